namespace Lodestone.ApiServer.Storage;

/// <summary>A run of events in order. Filled by one thread, read by any; a full segment points to the next.</summary>
internal sealed class EventSegment
{
    /// <summary>Events in one segment.</summary>
    public const int Capacity = 512;

    private readonly StoreEvent[] _events = new StoreEvent[Capacity];
    private int _count;
    private EventSegment? _next;
    private bool _evicted;

    /// <summary>How many events may be read.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The segment after this one once this one is full.</summary>
    public EventSegment? Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>True when the history no longer holds this segment: a reader that is still here is too slow.</summary>
    public bool IsEvicted
    {
        get => Volatile.Read(ref _evicted);
        set => Volatile.Write(ref _evicted, value);
    }

    /// <summary>An event below <see cref="Count"/>.</summary>
    public StoreEvent this[int index] => _events[index];

    /// <summary>Adds an event; the segment must not be full.</summary>
    public void Add(StoreEvent item)
    {
        _events[_count] = item;
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>The index of the first event after a version; <see cref="Count"/> if there is none.</summary>
    public int FirstAfter(long resourceVersion)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_events[middle].ResourceVersion <= resourceVersion)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
