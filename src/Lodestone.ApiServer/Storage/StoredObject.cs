using System.Buffers.Text;
using System.Diagnostics;

namespace Lodestone.ApiServer.Storage;

/// <summary>One version of one object, immutable: its JSON as it is sent, and its summary.</summary>
internal sealed class StoredObject
{
    private StoredObject(string key, byte[] json, long resourceVersion, ObjectSummary summary)
    {
        Key = key;
        Json = json;
        ResourceVersion = resourceVersion;
        Summary = summary;
    }

    /// <summary>The key within the resource, see <see cref="ObjectSummary.Key"/>.</summary>
    public string Key { get; }

    /// <summary>The whole object as UTF-8 JSON, resourceVersion included. Never written to.</summary>
    public byte[] Json { get; }

    /// <summary>The store's version at which this version of the object was written.</summary>
    public long ResourceVersion { get; }

    /// <summary>Identity, labels and life cycle.</summary>
    public ObjectSummary Summary { get; }

    /// <summary>What selectors read from <see cref="Json"/>, once one has asked; null before. Whoever sets it sets the same.</summary>
    public string[]? FieldValues { get; set; }

    /// <summary>Gives a draft (or another version of an object) this resourceVersion: one copy with the digits put in place.</summary>
    public static StoredObject Create(ObjectSummary summary, ReadOnlySpan<byte> json, long resourceVersion, string? key = null)
    {
        Span<byte> digits = stackalloc byte[20];
        bool formatted = Utf8Formatter.TryFormat(resourceVersion, digits, out int length);
        Debug.Assert(formatted);

        var bytes = new byte[json.Length - summary.VersionLength + length];
        json[..summary.VersionOffset].CopyTo(bytes);
        digits[..length].CopyTo(bytes.AsSpan(summary.VersionOffset));
        json[(summary.VersionOffset + summary.VersionLength)..].CopyTo(bytes.AsSpan(summary.VersionOffset + length));

        return new StoredObject(key ?? summary.Key, bytes, resourceVersion, summary.WithVersionLength(length));
    }

    /// <summary>What a dry run answers with: the draft, without a version.</summary>
    public static StoredObject Unversioned(ObjectDraft draft)
    {
        ReadOnlySpan<byte> json = draft.Json.Span;
        int start = draft.Summary.VersionOffset - "\"resourceVersion\":\"".Length, end = draft.Summary.VersionOffset + draft.Summary.VersionLength + 1;
        if (json[end] == ',')
        {
            end++;
        }

        return new StoredObject(draft.Key, [.. json[..start], .. json[end..]], 0, draft.Summary);
    }

    /// <summary>The object as the log or a snapshot holds it; keeps the array.</summary>
    /// <param name="json">The object.</param>
    /// <param name="key">The key it was stored under.</param>
    /// <exception cref="FormatException">The JSON is not an object of the stored form.</exception>
    public static StoredObject Load(byte[] json, string key)
    {
        ObjectSummary summary = ObjectSummary.Parse(json, out long resourceVersion);
        return new StoredObject(key, json, resourceVersion, summary);
    }

    /// <summary>The same object under a later resourceVersion, which is what a DELETED event carries.</summary>
    public StoredObject WithResourceVersion(long resourceVersion) => Create(Summary, Json, resourceVersion, Key);
}
