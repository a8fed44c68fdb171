namespace Lodestone.Datapath.Tables;

/// <summary>Indexes into <c>reals</c>, 1 to capacity - 1; the smallest free one first. Not thread-safe.</summary>
/// <remarks>
/// A retired index stays in quarantine until it is recycled: records of the flow table may still name it, and must be swept
/// (<see cref="FlowTable.Sweep"/>) before another real may be meant by it.
/// </remarks>
public sealed class IndexAllocator
{
    private readonly uint _capacity;
    private readonly HashSet<uint> _used = [];
    private readonly SortedSet<uint> _freed = [];
    private readonly SortedSet<uint> _quarantine = [];
    private uint _next = 1;

    /// <summary>Indexes of an array of so many elements, of which 0 is never given out.</summary>
    public IndexAllocator(uint capacity)
    {
        ArgumentOutOfRangeException.ThrowIfZero(capacity);
        _capacity = capacity;
    }

    /// <summary>Indexes given out and not retired.</summary>
    public int UsedCount => _used.Count;

    /// <summary>Retired indexes that wait to be recycled, ascending.</summary>
    public IReadOnlyCollection<uint> Quarantine => _quarantine;

    /// <summary>Gives out an index; false when none is free. Quarantined ones are not.</summary>
    public bool TryAllocate(out uint index)
    {
        if (_freed.Count > 0)
        {
            index = _freed.Min;
            _freed.Remove(index);
            return _used.Add(index);
        }

        while (_next < _capacity && (_used.Contains(_next) || _quarantine.Contains(_next)))
        {
            _next++;
        }

        if (_next >= _capacity)
        {
            index = 0;
            return false;
        }

        index = _next++;
        return _used.Add(index);
    }

    /// <summary>Marks an index as used that was found in the map at start.</summary>
    /// <exception cref="InvalidOperationException">It is 0, outside the array or taken.</exception>
    public void Reserve(uint index)
    {
        if (index == 0 || index >= _capacity || _quarantine.Contains(index) || !_used.Add(index))
        {
            throw new InvalidOperationException($"index {index} cannot be reserved: it is taken or not within 1..{_capacity - 1}");
        }

        _freed.Remove(index);
    }

    /// <summary>Puts an index into quarantine.</summary>
    /// <exception cref="InvalidOperationException">It is not in use.</exception>
    public void Retire(uint index)
    {
        if (!_used.Remove(index))
        {
            throw new InvalidOperationException($"index {index} is not in use");
        }

        _quarantine.Add(index);
    }

    /// <summary>Ends an index's quarantine: no ring and no record names it any more.</summary>
    /// <exception cref="InvalidOperationException">It is not in quarantine.</exception>
    public void Recycle(uint index)
    {
        if (!_quarantine.Remove(index))
        {
            throw new InvalidOperationException($"index {index} is not in quarantine");
        }

        _freed.Add(index);
    }
}
