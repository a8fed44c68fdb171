using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace Lodestone.ApiServer.Storage;

/// <summary>What the server needs to know of an object without parsing it again: its identity, labels, owners and life cycle.</summary>
internal sealed class ObjectSummary
{
    private Guid _uid;
    private string? _otherUid;

    /// <summary>Namespace, or the empty string for a cluster-scoped object.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name, unique within namespace and resource.</summary>
    public required string Name { get; init; }

    /// <summary>Unique over all objects that ever existed. Made anew each time: kept as 16 bytes, since every object has one and few look.</summary>
    public string Uid => _otherUid ?? _uid.ToString();

    /// <summary>The metadata's generation; 0 when the kind does not keep one.</summary>
    public long Generation { get; init; }

    /// <summary>When the object was created, RFC 3339; empty if unknown.</summary>
    public string CreationTimestamp { get; init; } = "";

    /// <summary>When deletion was asked for, RFC 3339; null while the object lives.</summary>
    public string? DeletionTimestamp { get; init; }

    /// <summary>Labels, sorted by key (ordinal).</summary>
    public KeyValuePair<string, string>[] Labels { get; init; } = [];

    /// <summary>Finalizers in the object's order.</summary>
    public string[] Finalizers { get; init; } = [];

    /// <summary>UIDs of the owners in the object's order.</summary>
    public string[] OwnerUids { get; init; } = [];

    /// <summary>Where the digits of metadata.resourceVersion start in the JSON.</summary>
    public int VersionOffset { get; init; }

    /// <summary>How many bytes metadata.resourceVersion has in the JSON; 0 in a draft.</summary>
    public int VersionLength { get; private set; }

    /// <summary>The key within a resource: <c>namespace/name</c>, or the bare name of a cluster-scoped object.</summary>
    public string Key => Namespace.Length == 0 ? Name : Namespace + "/" + Name;

    /// <summary>The same summary for JSON whose resourceVersion has another length.</summary>
    public ObjectSummary WithVersionLength(int length)
    {
        if (length == VersionLength)
        {
            return this;
        }

        var copy = (ObjectSummary)MemberwiseClone();
        copy.VersionLength = length;
        return copy;
    }

    /// <summary>The value of a label, or null.</summary>
    public string? Label(string key)
    {
        foreach (KeyValuePair<string, string> label in Labels)
        {
            if (label.Key == key)
            {
                return label.Value;
            }
        }

        return null;
    }

    /// <summary>Reads the summary out of an object's JSON; the JSON must carry <c>metadata.resourceVersion</c> as a string without escapes.</summary>
    /// <exception cref="FormatException">The JSON is not an object of the stored form.</exception>
    public static ObjectSummary Parse(ReadOnlySpan<byte> json) => Parse(json, out _);

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static ObjectSummary Parse(ReadOnlySpan<byte> json, out long resourceVersion)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            Expect(reader.Read() && reader.TokenType == JsonTokenType.StartObject, "not a JSON object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isMetadata = reader.ValueTextEquals("metadata"u8);
                reader.Read();
                if (isMetadata)
                {
                    return ParseMetadata(ref reader, out resourceVersion);
                }

                reader.Skip();
            }
        }
        catch (JsonException exception)
        {
            throw new FormatException($"stored object is not JSON: {exception.Message}", exception);
        }

        throw new FormatException("stored object has no metadata");
    }

    private static ObjectSummary ParseMetadata(ref Utf8JsonReader reader, out long resourceVersion)
    {
        string ns = "", name = "", created = "";
        Guid uid = default;
        string? otherUid = "";
        string? deleted = null;
        KeyValuePair<string, string>[] labels = [];
        string[] finalizers = [];
        string[] owners = [];
        long generation = 0;
        int offset = -1, length = 0;
        resourceVersion = 0;

        Expect(reader.TokenType == JsonTokenType.StartObject, "metadata is not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                name = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("namespace"u8))
            {
                reader.Read();
                ns = StringPool.Shared.Get(ref reader);
            }
            else if (reader.ValueTextEquals("uid"u8))
            {
                reader.Read();
                otherUid = TryParseUid(reader.ValueSpan, out uid) ? null : reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("resourceVersion"u8))
            {
                reader.Read();
                offset = checked((int)reader.TokenStartIndex + 1);
                length = reader.ValueSpan.Length;
                Expect(
                    length == 0 || long.TryParse(reader.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out resourceVersion),
                    "metadata.resourceVersion is not a number");
            }
            else if (reader.ValueTextEquals("generation"u8))
            {
                reader.Read();
                generation = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("creationTimestamp"u8))
            {
                reader.Read();
                created = reader.TokenType == JsonTokenType.String ? StringPool.Shared.Get(ref reader) : "";
            }
            else if (reader.ValueTextEquals("deletionTimestamp"u8))
            {
                reader.Read();
                deleted = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }
            else if (reader.ValueTextEquals("labels"u8))
            {
                reader.Read();
                labels = ParseLabels(ref reader);
            }
            else if (reader.ValueTextEquals("finalizers"u8))
            {
                reader.Read();
                finalizers = ParseStrings(ref reader);
            }
            else if (reader.ValueTextEquals("ownerReferences"u8))
            {
                reader.Read();
                owners = ParseOwners(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        Expect(offset >= 0, "metadata.resourceVersion is missing");
        Expect(name.Length > 0, "metadata.name is missing");
        return new ObjectSummary
        {
            Namespace = ns,
            Name = name,
            _uid = uid,
            _otherUid = otherUid,
            Generation = generation,
            CreationTimestamp = created,
            DeletionTimestamp = deleted,
            Labels = labels,
            Finalizers = finalizers,
            OwnerUids = owners,
            VersionOffset = offset,
            VersionLength = length,
        };
    }

    /// <summary>Reads a UID of the usual form; false for any other, which is kept as the text it is.</summary>
    private static bool TryParseUid(ReadOnlySpan<byte> text, out Guid uid)
    {
        Span<byte> canonical = stackalloc byte[36];
        return Utf8Parser.TryParse(text, out uid, out int read)
            && read == text.Length
            && Utf8Formatter.TryFormat(uid, canonical, out int written)
            && text.SequenceEqual(canonical[..written]);
    }

    private static KeyValuePair<string, string>[] ParseLabels(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return [];
        }

        var labels = new List<KeyValuePair<string, string>>(4);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = StringPool.Shared.Get(ref reader);
            reader.Read();
            labels.Add(new(key, StringPool.Shared.Get(ref reader)));
        }

        labels.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return [.. labels];
    }

    private static string[] ParseStrings(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return [];
        }

        var items = new List<string>(2);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(StringPool.Shared.Get(ref reader));
        }

        return [.. items];
    }

    private static string[] ParseOwners(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return [];
        }

        var uids = new List<string>(1);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isUid = reader.ValueTextEquals("uid"u8);
                reader.Read();
                if (isUid)
                {
                    uids.Add(reader.GetString() ?? "");
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        return [.. uids];
    }

    private static void Expect(bool condition, string what)
    {
        if (!condition)
        {
            throw new FormatException($"stored object: {what}");
        }
    }
}
