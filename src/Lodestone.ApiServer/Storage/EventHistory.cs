namespace Lodestone.ApiServer.Storage;

/// <summary>The latest events of one resource, from which watches start and on which they wait.</summary>
/// <remarks>
/// One thread appends, any number read through cursors without a lock. There is no queue per watcher: a watcher is a
/// position, so a slow one costs nothing until the history has moved past it, and then it is closed.
/// </remarks>
internal sealed class EventHistory
{
    private readonly Lock _gate = new();
    private readonly Queue<EventSegment> _segments = new();
    private readonly int _maxEvents;
    private readonly long _maxBytes;
    private EventSegment _last = new();
    private int _count;
    private long _supersededBytes;
    private long _heldSince;
    private TaskCompletionSource _appended = NewSignal();

    /// <summary>An empty history that knows everything after a version.</summary>
    /// <param name="resourceVersion">Events up to here are not held.</param>
    /// <param name="maxEvents">Events held at most, rounded up to whole segments.</param>
    /// <param name="maxBytes">Bytes held at most of objects that only the history still needs.</param>
    public EventHistory(long resourceVersion, int maxEvents, long maxBytes)
    {
        _heldSince = resourceVersion;
        _maxEvents = maxEvents;
        _maxBytes = maxBytes;
        _segments.Enqueue(_last);
    }

    /// <summary>The version after which every event is held.</summary>
    public long HeldSince
    {
        get
        {
            lock (_gate)
            {
                return _heldSince;
            }
        }
    }

    /// <summary>Completes at the next append. Take it, look for events, and only then await it: so none is missed.</summary>
    public Task Appended => Volatile.Read(ref _appended).Task;

    /// <summary>Appends an event; readers are woken by <see cref="Wake"/>.</summary>
    public void Append(StoreEvent item)
    {
        lock (_gate)
        {
            if (_last.Count == EventSegment.Capacity)
            {
                var segment = new EventSegment();
                segment.Add(item);
                _segments.Enqueue(segment);
                _last.Next = segment;
                _last = segment;
            }
            else
            {
                _last.Add(item);
            }

            _count++;
            _supersededBytes += Superseded(item);
            while (_segments.Count > 1 && (_count - EventSegment.Capacity >= _maxEvents || _supersededBytes > _maxBytes))
            {
                EvictLocked();
            }
        }
    }

    /// <summary>Wakes everybody who waits on <see cref="Appended"/>.</summary>
    public void Wake() => Interlocked.Exchange(ref _appended, NewSignal()).TrySetResult();

    /// <summary>A cursor behind a version; false if events after it are no longer held.</summary>
    public bool TryOpen(long afterResourceVersion, out EventCursor cursor)
    {
        lock (_gate)
        {
            if (afterResourceVersion < _heldSince)
            {
                cursor = null!;
                return false;
            }

            EventSegment start = _last;
            foreach (EventSegment segment in _segments)
            {
                if (segment.Count > 0 && segment[segment.Count - 1].ResourceVersion > afterResourceVersion)
                {
                    start = segment;
                    break;
                }
            }

            cursor = new EventCursor(this, start, start.FirstAfter(afterResourceVersion), afterResourceVersion);
            return true;
        }
    }

    /// <summary>The objects at an earlier version, by taking back every event since; false if some are no longer held.</summary>
    public bool TryUndo(StoreSnapshot current, long resourceVersion, out ObjectMap objects)
    {
        objects = current.Objects;
        EventSegment[] segments;
        lock (_gate)
        {
            if (resourceVersion < _heldSince)
            {
                return false;
            }

            segments = [.. _segments];
        }

        for (int i = segments.Length - 1; i >= 0; i--)
        {
            EventSegment segment = segments[i];
            for (int j = segment.Count - 1; j >= 0; j--)
            {
                StoreEvent item = segment[j];
                if (item.ResourceVersion <= resourceVersion)
                {
                    return true;
                }

                if (item.ResourceVersion <= current.ResourceVersion)
                {
                    objects = item.Previous is null ? objects.Remove(item.Object.Key) : objects.Set(item.Previous);
                }
            }
        }

        return true;
    }

    private void EvictLocked()
    {
        EventSegment oldest = _segments.Dequeue();
        for (int i = 0; i < oldest.Count; i++)
        {
            _supersededBytes -= Superseded(oldest[i]);
        }

        _count -= oldest.Count;
        _heldSince = oldest[oldest.Count - 1].ResourceVersion;
        oldest.IsEvicted = true;
        // A stuck reader keeps its own segment alive, not all that came after.
        oldest.Next = null;
    }

    private static int Superseded(StoreEvent item) =>
        (item.Previous?.Json.Length ?? 0) + (item.Kind == StoreEventKind.Deleted ? item.Object.Json.Length : 0);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
