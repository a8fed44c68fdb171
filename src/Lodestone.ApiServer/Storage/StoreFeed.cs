namespace Lodestone.ApiServer.Storage;

/// <summary>Follows the writes to several resources from one place: what there is first, then every event.</summary>
/// <remarks>For one reader. It waits on the store's version and so costs nothing while nothing is written.</remarks>
internal sealed class StoreFeed(IObjectStore store, IReadOnlyList<string> resources)
{
    private readonly EventCursor?[] _cursors = new EventCursor?[resources.Count];

    /// <summary>Every event up to this version has been passed on, of all resources.</summary>
    public long Covered { get; private set; } = -1;

    /// <summary>Passes on what happened since the last call, resource by resource.</summary>
    /// <param name="restart">Receives a resource and all its objects: at first, and when events were missed because the reader was too slow.</param>
    /// <param name="observe">Receives a resource and one event.</param>
    public void Read(Action<int, StoreSnapshot> restart, Action<int, StoreEvent> observe)
    {
        // Taken first: what is published later than this may be seen below for one resource and not for another.
        long version = store.ResourceVersion;
        for (int i = 0; i < resources.Count; i++)
        {
            while (true)
            {
                if (_cursors[i] is not { IsTooSlow: false } cursor)
                {
                    StoreSnapshot snapshot = store.Read(resources[i]);
                    if (!store.TryWatch(resources[i], snapshot.ResourceVersion, out cursor))
                    {
                        continue;
                    }

                    _cursors[i] = cursor;
                    restart(i, snapshot);
                }

                while (cursor.TryRead(out StoreEvent item))
                {
                    observe(i, item);
                }

                if (!cursor.IsTooSlow)
                {
                    break;
                }
            }
        }

        Covered = version;
    }

    /// <summary>Completes when there is something to read, or after a time.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => store.WaitForAsync(Covered + 1, atMost, cancellationToken);
}
