namespace Lodestone.ApiServer.Storage;

/// <summary>Versioned objects by resource and key: consistent reads, compare-and-swap writes, and the events between versions.</summary>
/// <remarks>All members may be called from any thread. Nothing is visible, in reads or events, before it is durable.</remarks>
internal interface IObjectStore : IAsyncDisposable
{
    /// <summary>The version of the last write everybody can see.</summary>
    public long ResourceVersion { get; }

    /// <summary>The failure that stopped the store from taking writes, or null.</summary>
    public StoreException? Failure { get; }

    /// <summary>All resources that have, or had, objects.</summary>
    public IReadOnlyCollection<string> Resources { get; }

    /// <summary>The resource now.</summary>
    public StoreSnapshot Read(string resource);

    /// <summary>The resource at an earlier version; false if the events since are no longer held.</summary>
    public bool TryReadAt(string resource, long resourceVersion, out StoreSnapshot snapshot);

    /// <summary>Completes when <see cref="ResourceVersion"/> has reached a version; false if that took longer than the time given.</summary>
    public Task<bool> WaitForAsync(long resourceVersion, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Writes, and completes when the write is on disk and visible, or refused.</summary>
    /// <exception cref="StoreException">The store could not write; the object is as it was.</exception>
    public Task<WriteResult> WriteAsync(StoreWrite write);

    /// <summary>A cursor over the events after a version; false if some of them are no longer held.</summary>
    public bool TryWatch(string resource, long afterResourceVersion, out EventCursor cursor);

    /// <summary>The version after which every event of a resource is held: the oldest a watch can start from.</summary>
    public long HeldSince(string resource);
}
