namespace Lodestone.ApiServer.Storage;

/// <summary>An object ready to be stored but for its resourceVersion, which the writer puts in place.</summary>
internal sealed class ObjectDraft
{
    /// <summary>Takes JSON whose <c>metadata.resourceVersion</c> is present, at best as an empty string.</summary>
    /// <exception cref="FormatException">The JSON is not an object of the stored form.</exception>
    public ObjectDraft(ReadOnlyMemory<byte> json)
    {
        Json = json;
        Summary = ObjectSummary.Parse(json.Span);
        Key = Summary.Key;
    }

    /// <summary>The JSON; not to be written to until the write has been answered.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>Identity, labels and life cycle.</summary>
    public ObjectSummary Summary { get; }

    /// <summary>The key within the resource.</summary>
    public string Key { get; }
}
