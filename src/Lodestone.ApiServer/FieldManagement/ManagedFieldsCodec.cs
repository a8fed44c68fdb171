using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Lodestone.Api.Json;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Reads and writes <c>metadata.managedFields</c> (facts 2.1).</summary>
internal static class ManagedFieldsCodec
{
    /// <summary>The only way of writing sets there is.</summary>
    public const string FieldsType = "FieldsV1";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 256 };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <summary>The list in an object's JSON; null if it has none.</summary>
    public static RawJson? Find(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return null;
        }

        var reader = new Utf8JsonReader(json, ReaderOptions);
        reader.Read();
        if (!TryEnter(ref reader, "metadata"u8) || !TryEnter(ref reader, "managedFields"u8))
        {
            return null;
        }

        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new RawJson(json[start..(int)reader.BytesConsumed].ToArray());
    }

    /// <summary>Puts the list into an object's JSON that has none: last in the metadata, where it stands in the stored form.</summary>
    public static byte[] Insert(byte[] json, RawJson? fields)
    {
        if (fields is not { } list)
        {
            return json;
        }

        var reader = new Utf8JsonReader(json, ReaderOptions);
        reader.Read();
        bool hasMetadata = TryEnter(ref reader, "metadata"u8);
        Debug.Assert(hasMetadata, "every object has metadata");
        reader.Skip();
        int end = (int)reader.BytesConsumed - 1;
        ReadOnlySpan<byte> name = ",\"managedFields\":"u8;
        return [.. json.AsSpan(0, end), .. name, .. list.Utf8.Span, .. json.AsSpan(end)];
    }

    /// <summary>Reads the list, or null if any entry can't be understood.</summary>
    public static List<ManagedEntry>? TryParse(ReadOnlySpan<byte> utf8)
    {
        var entries = new List<ManagedEntry>(4);
        try
        {
            var reader = new Utf8JsonReader(utf8, ReaderOptions);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (TryRead(ref reader) is not { } entry)
                {
                    return null;
                }

                // Of two entries of one manager the later one counts.
                entries.RemoveAll(e => e.Manager == entry.Manager);
                entries.Add(entry);
            }
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }

        return entries;
    }

    /// <summary>Whether a client asks to forget all managers: an empty list, or one of a single empty entry.</summary>
    public static bool IsReset(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, ReaderOptions);
        return reader.Read() && reader.TokenType == JsonTokenType.StartArray && reader.Read()
            && (reader.TokenType == JsonTokenType.EndArray
                || (reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.EndObject
                    && reader.Read() && reader.TokenType == JsonTokenType.EndArray));
    }

    /// <summary>Sorts the list as Kubernetes does, and writes it; null if it is empty.</summary>
    public static byte[]? Write(List<ManagedEntry> entries)
    {
        if (entries.Count == 0)
        {
            return null;
        }

        ArrayBufferWriter<byte> buffer = _buffer ??= new ArrayBufferWriter<byte>(2048);
        buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(buffer, JsonTree.WriterOptions))
        {
            entries.Sort(Compare);
            writer.WriteStartArray();
            foreach (ManagedEntry entry in entries)
            {
                Write(writer, entry);
            }

            writer.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Moves from an object's start to the start of a member's value.</summary>
    private static bool TryEnter(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private static ManagedEntry? TryRead(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        string manager = "", operation = "", apiVersion = "", subresource = "", fieldsType = "";
        DateTimeOffset? time = null;
        FieldSet fields = FieldSet.Empty;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Reads(ref reader, "manager"u8))
            {
                manager = StringPool.Shared.Get(ref reader);
            }
            else if (Reads(ref reader, "operation"u8))
            {
                operation = StringPool.Shared.Get(ref reader);
            }
            else if (Reads(ref reader, "apiVersion"u8))
            {
                apiVersion = StringPool.Shared.Get(ref reader);
            }
            else if (Reads(ref reader, "subresource"u8))
            {
                subresource = StringPool.Shared.Get(ref reader);
            }
            else if (Reads(ref reader, "fieldsType"u8))
            {
                fieldsType = StringPool.Shared.Get(ref reader);
            }
            else if (Reads(ref reader, "time"u8))
            {
                time = reader.TokenType == JsonTokenType.Null ? null : reader.GetDateTimeOffset();
            }
            else if (Reads(ref reader, "fieldsV1"u8))
            {
                fields = reader.TokenType == JsonTokenType.Null ? FieldSet.Empty : FieldsV1.Read(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return (operation, fieldsType) switch
        {
            _ when apiVersion.Length == 0 => null,
            ("Apply", FieldsType) => new ManagedEntry(ManagerId.Applier(manager, subresource), apiVersion, time, fields),
            ("Update", FieldsType) => new ManagedEntry(ManagerId.Updater(manager, apiVersion, subresource), apiVersion, time, fields),
            _ => null,
        };
    }

    private static bool Reads(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueTextEquals(name) && reader.Read();

    private static int Compare(ManagedEntry left, ManagedEntry right)
    {
        int order = left.Manager.Operation.CompareTo(right.Manager.Operation);
        order = order != 0 ? order : (left.Time?.ToUnixTimeSeconds() ?? 0).CompareTo(right.Time?.ToUnixTimeSeconds() ?? 0);
        order = order != 0 ? order : string.CompareOrdinal(left.Manager.Name, right.Manager.Name);
        order = order != 0 ? order : string.CompareOrdinal(left.ApiVersion, right.ApiVersion);
        return order != 0 ? order : string.CompareOrdinal(left.Manager.Subresource, right.Manager.Subresource);
    }

    // The members in the order of Kubernetes' own type.
    private static void Write(Utf8JsonWriter writer, ManagedEntry entry)
    {
        writer.WriteStartObject();
        if (entry.Manager.Name.Length > 0)
        {
            writer.WriteString("manager"u8, entry.Manager.Name);
        }

        writer.WriteString("operation"u8, entry.Manager.Operation == ManagerOperation.Apply ? "Apply"u8 : "Update"u8);
        writer.WriteString("apiVersion"u8, entry.ApiVersion);
        if (entry.Time is { } time)
        {
            Span<char> text = stackalloc char[32];
            time.UtcDateTime.TryFormat(text, out int length, TimeFormat, CultureInfo.InvariantCulture);
            writer.WriteString("time"u8, text[..length]);
        }

        writer.WriteString("fieldsType"u8, FieldsType);
        writer.WritePropertyName("fieldsV1"u8);
        FieldsV1.Write(writer, entry.Fields);
        if (entry.Manager.Subresource.Length > 0)
        {
            writer.WriteString("subresource"u8, entry.Manager.Subresource);
        }

        writer.WriteEndObject();
    }
}
