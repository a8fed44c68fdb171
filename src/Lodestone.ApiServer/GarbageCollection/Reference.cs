using System.Text.Json;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.GarbageCollection;

/// <summary>One entry of <c>metadata.ownerReferences</c>.</summary>
/// <param name="ApiVersion">Group and version of the owner, as written.</param>
/// <param name="Kind">Kind of the owner.</param>
/// <param name="Name">Name of the owner.</param>
/// <param name="Uid">What identifies the owner; a later object of the same name is another one.</param>
/// <param name="Blocks">Whether the owner waits for this object when it is deleted in the foreground.</param>
internal sealed record Reference(string ApiVersion, string Kind, string Name, string Uid, bool Blocks)
{
    /// <summary>The references of an object, without parsing the rest of it.</summary>
    public static IReadOnlyList<Reference> Of(StoredObject item)
    {
        if (item.Summary.OwnerUids.Length == 0)
        {
            return [];
        }

        var reader = new Utf8JsonReader(item.Json);
        reader.Read();
        if (!Enter(ref reader, "metadata"u8) || !Enter(ref reader, "ownerReferences"u8))
        {
            return [];
        }

        var references = new List<Reference>(item.Summary.OwnerUids.Length);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            references.Add(ReadOne(ref reader));
        }

        return references;
    }

    private static Reference ReadOne(ref Utf8JsonReader reader)
    {
        string apiVersion = "", kind = "", name = "", uid = "";
        bool blocks = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("apiVersion"u8))
            {
                reader.Read();
                apiVersion = StringPool.Shared.Get(ref reader);
            }
            else if (reader.ValueTextEquals("kind"u8))
            {
                reader.Read();
                kind = StringPool.Shared.Get(ref reader);
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                name = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("uid"u8))
            {
                reader.Read();
                uid = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("blockOwnerDeletion"u8))
            {
                reader.Read();
                blocks = reader.TokenType == JsonTokenType.True;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return new Reference(apiVersion, kind, name, uid, blocks);
    }

    /// <summary>From the start of an object to the start of one of its values; false if there is no such value.</summary>
    private static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt)
            {
                return reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            }

            reader.Skip();
        }

        return false;
    }
}
