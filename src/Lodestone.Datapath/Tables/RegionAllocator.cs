using System.Numerics;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>Regions of one flat array, first fit: rings in <c>rings</c>, bitmaps in <c>port_bitmaps</c>. Not thread-safe.</summary>
/// <remarks>
/// Nothing of it is stored: after a restart it is rebuilt from the VIP table that is served. A search costs by the gaps that are too small, not by
/// the regions in use.
/// </remarks>
public sealed class RegionAllocator
{
    /// <summary>Lengths of regions in use, by where they begin.</summary>
    private readonly Dictionary<uint, uint> _lengths = [];

    /// <summary>Lengths of what is free, by where it begins; no two touch.</summary>
    private readonly SortedList<uint, uint> _gaps = [];

    /// <summary>An array of so many elements, all free.</summary>
    public RegionAllocator(uint capacity)
    {
        Capacity = capacity;
        if (capacity > 0)
        {
            _gaps.Add(0, capacity);
        }
    }

    /// <summary>Elements of the array.</summary>
    public uint Capacity { get; }

    /// <summary>Elements in use.</summary>
    public uint Used { get; private set; }

    /// <summary>The rings that the VIPs of a table use.</summary>
    public static RegionAllocator OfRings(ReadOnlySpan<Vip> table, uint capacity)
    {
        List<(uint Start, uint Length)> regions = [];
        foreach (ref readonly Vip vip in table)
        {
            if (vip.Flags != VipFlags.None && vip.RingShift != 0)
            {
                regions.Add((vip.RingBase, RingSlots(vip)));
            }
        }

        return Of(regions, capacity);
    }

    /// <summary>The port bitmaps that the VIPs of a table use.</summary>
    public static RegionAllocator OfPortBitmaps(ReadOnlySpan<Vip> table, uint capacity)
    {
        List<(uint Start, uint Length)> regions = [];
        foreach (ref readonly Vip vip in table)
        {
            if (vip.Flags.HasFlag(VipFlags.PortBitmap))
            {
                regions.Add((vip.PortBitmapBase, PortRules.BitmapWords));
            }
        }

        return Of(regions, capacity);
    }

    /// <summary>Slots of a VIP's ring; 0 without a ring.</summary>
    public static uint RingSlots(in Vip vip) => vip.RingShift == 0 ? 0 : 1u << (64 - (int)vip.RingShift);

    /// <summary>The ring_shift of a ring of so many slots, a power of two.</summary>
    public static uint RingShift(int slots) => slots == 0 ? 0 : 64 - (uint)BitOperations.Log2((uint)slots);

    /// <summary>Takes the first gap that is long enough; false when there is none.</summary>
    public bool TryAllocate(uint length, out uint start)
    {
        ArgumentOutOfRangeException.ThrowIfZero(length);
        for (int i = 0; i < _gaps.Count; i++)
        {
            if (_gaps.GetValueAtIndex(i) >= length)
            {
                start = _gaps.GetKeyAtIndex(i);
                Take(i, start, length);
                return true;
            }
        }

        start = 0;
        return false;
    }

    /// <summary>Marks a region as used that was found in a table.</summary>
    /// <exception cref="InvalidOperationException">It overlaps another or lies outside the array: the table is not one of ours.</exception>
    public void Reserve(uint start, uint length)
    {
        if (start > Capacity || Capacity - start < length)
        {
            throw new InvalidOperationException($"region {start}+{length} lies outside an array of {Capacity}");
        }

        int gap = GapBefore(start);
        if (gap < 0 || _gaps.GetKeyAtIndex(gap) + (ulong)_gaps.GetValueAtIndex(gap) < start + (ulong)length)
        {
            (uint other, uint its) = _lengths.First(region => start < region.Key + region.Value && region.Key < start + length);
            throw new InvalidOperationException($"region {start}+{length} overlaps {other}+{its}");
        }

        Take(gap, start, length);
    }

    /// <summary>Gives a region back. The caller has waited until no packet can be reading it.</summary>
    /// <exception cref="InvalidOperationException">No region begins there.</exception>
    public void Free(uint start)
    {
        if (!_lengths.Remove(start, out uint length))
        {
            throw new InvalidOperationException($"no region begins at {start}");
        }

        Used -= length;
        int before = GapBefore(start);
        if (_gaps.Remove(start + length, out uint behind))
        {
            length += behind;
        }

        if (before >= 0 && _gaps.GetKeyAtIndex(before) + _gaps.GetValueAtIndex(before) == start)
        {
            _gaps.SetValueAtIndex(before, _gaps.GetValueAtIndex(before) + length);
        }
        else
        {
            _gaps.Add(start, length);
        }
    }

    /// <summary>In ascending order, so that each ends in the last gap.</summary>
    private static RegionAllocator Of(List<(uint Start, uint Length)> regions, uint capacity)
    {
        RegionAllocator allocator = new(capacity);
        regions.Sort();
        foreach ((uint start, uint length) in regions)
        {
            allocator.Reserve(start, length);
        }

        return allocator;
    }

    /// <summary>Makes a part of a gap a region; what is left on either side stays free.</summary>
    private void Take(int gap, uint start, uint length)
    {
        uint first = _gaps.GetKeyAtIndex(gap), end = first + _gaps.GetValueAtIndex(gap);
        if (start > first)
        {
            _gaps.SetValueAtIndex(gap, start - first);
        }
        else
        {
            _gaps.RemoveAt(gap);
        }

        if (start + length < end)
        {
            _gaps.Add(start + length, end - start - length);
        }

        _lengths.Add(start, length);
        Used += length;
    }

    /// <summary>The last gap that begins at or before a place; -1: there is none.</summary>
    private int GapBefore(uint place)
    {
        int low = 0, high = _gaps.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (_gaps.GetKeyAtIndex(middle) <= place)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }
}
