namespace Lodestone.ApiServer.Storage;

/// <summary>A write and the state it was decided upon; it is refused when the state is another by then.</summary>
/// <param name="Kind">Create, update or delete.</param>
/// <param name="Resource">The resource as <c>plural.group</c>, or the bare plural in the core group.</param>
/// <param name="Key">The key within the resource.</param>
/// <param name="ExpectedVersion">The resourceVersion an update or deletion was decided upon.</param>
/// <param name="Draft">What to store; null for a deletion.</param>
internal sealed record StoreWrite(WriteKind Kind, string Resource, string Key, long ExpectedVersion, ObjectDraft? Draft)
{
    /// <summary>For a creation: an object (resource, key) that must exist and not be on its way out when the write is applied.</summary>
    public (string Resource, string Key)? Requires { get; init; }

    /// <summary>Stores an object whose key must be free.</summary>
    public static StoreWrite Create(string resource, ObjectDraft draft) => new(WriteKind.Create, resource, draft.Key, 0, draft);

    /// <summary>Stores a new version of an object.</summary>
    public static StoreWrite Update(string resource, StoredObject current, ObjectDraft draft) =>
        new(WriteKind.Update, resource, current.Key, current.ResourceVersion, draft);

    /// <summary>Removes an object.</summary>
    public static StoreWrite Delete(string resource, StoredObject current) =>
        new(WriteKind.Delete, resource, current.Key, current.ResourceVersion, null);
}
