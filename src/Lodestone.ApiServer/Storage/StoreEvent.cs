namespace Lodestone.ApiServer.Storage;

/// <summary>One committed write. Shared by every watcher of the resource: its bytes are made once, by the write.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Object">The object as written; of a deletion its last state, under the deletion's resourceVersion.</param>
/// <param name="Previous">What it was before; null for a creation.</param>
internal sealed record StoreEvent(StoreEventKind Kind, StoredObject Object, StoredObject? Previous)
{
    private StoredObject? _left;

    /// <summary>What is told to a watcher for whom a changed object ceased to be selected: its state before, under this version. Made once for all of them.</summary>
    public StoredObject Left => _left ?? Interlocked.CompareExchange(ref _left, Previous!.WithResourceVersion(ResourceVersion), null) ?? _left;

    /// <summary>The store's version of this write.</summary>
    public long ResourceVersion => Object.ResourceVersion;
}
