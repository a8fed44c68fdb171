namespace Lodestone.ApiServer.Storage;

/// <summary>A watcher's place in the events of one resource. For one reader.</summary>
internal sealed class EventCursor
{
    private readonly EventHistory _history;
    private EventSegment _segment;
    private int _index;
    private long _after;

    internal EventCursor(EventHistory history, EventSegment segment, int index, long after)
    {
        _history = history;
        _segment = segment;
        _index = index;
        _after = after;
    }

    /// <summary>True when the history has moved past this cursor: events were missed, the watch must end.</summary>
    public bool IsTooSlow => _segment.IsEvicted;

    /// <summary>Completes at the next append. Take it, call <see cref="TryRead"/> until it says no, and only then await it.</summary>
    public Task Appended => _history.Appended;

    /// <summary>The next event, if there is one.</summary>
    public bool TryRead(out StoreEvent item)
    {
        while (!IsTooSlow)
        {
            if (_index < _segment.Count)
            {
                item = _segment[_index++];
                if (item.ResourceVersion > _after)
                {
                    _after = item.ResourceVersion;
                    return true;
                }
            }
            else if (_index == EventSegment.Capacity && _segment.Next is { } next)
            {
                _segment = next;
                _index = 0;
            }
            else
            {
                break;
            }
        }

        item = null!;
        return false;
    }
}
