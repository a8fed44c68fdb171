using System.Numerics;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>Regions of one flat array, first fit: rings in <c>rings</c>, bitmaps in <c>port_bitmaps</c>. Not thread-safe.</summary>
/// <remarks>Nothing of it is stored: after a restart it is rebuilt from the VIP table that is served.</remarks>
public sealed class RegionAllocator
{
    private readonly SortedList<uint, uint> _lengths = [];

    /// <summary>An array of so many elements, all free.</summary>
    public RegionAllocator(uint capacity) => Capacity = capacity;

    /// <summary>Elements of the array.</summary>
    public uint Capacity { get; }

    /// <summary>Elements in use.</summary>
    public uint Used { get; private set; }

    /// <summary>The rings that the VIPs of a table use.</summary>
    public static RegionAllocator OfRings(ReadOnlySpan<Vip> table, uint capacity)
    {
        RegionAllocator allocator = new(capacity);
        foreach (ref readonly Vip vip in table)
        {
            if (vip.Flags != VipFlags.None && vip.RingShift != 0)
            {
                allocator.Reserve(vip.RingBase, RingSlots(vip));
            }
        }

        return allocator;
    }

    /// <summary>The port bitmaps that the VIPs of a table use.</summary>
    public static RegionAllocator OfPortBitmaps(ReadOnlySpan<Vip> table, uint capacity)
    {
        RegionAllocator allocator = new(capacity);
        foreach (ref readonly Vip vip in table)
        {
            if (vip.Flags.HasFlag(VipFlags.PortBitmap))
            {
                allocator.Reserve(vip.PortBitmapBase, PortRules.BitmapWords);
            }
        }

        return allocator;
    }

    /// <summary>Slots of a VIP's ring; 0 without a ring.</summary>
    public static uint RingSlots(in Vip vip) => vip.RingShift == 0 ? 0 : 1u << (64 - (int)vip.RingShift);

    /// <summary>The ring_shift of a ring of so many slots, a power of two.</summary>
    public static uint RingShift(int slots) => slots == 0 ? 0 : 64 - (uint)BitOperations.Log2((uint)slots);

    /// <summary>Takes the first gap that is long enough; false when there is none.</summary>
    public bool TryAllocate(uint length, out uint start)
    {
        ArgumentOutOfRangeException.ThrowIfZero(length);
        uint next = 0;
        for (int i = 0; i < _lengths.Count && _lengths.GetKeyAtIndex(i) - next < length; i++)
        {
            next = _lengths.GetKeyAtIndex(i) + _lengths.GetValueAtIndex(i);
        }

        start = next;
        if (Capacity - next < length)
        {
            return false;
        }

        _lengths.Add(start, length);
        Used += length;
        return true;
    }

    /// <summary>Marks a region as used that was found in a table.</summary>
    /// <exception cref="InvalidOperationException">It overlaps another or lies outside the array: the table is not one of ours.</exception>
    public void Reserve(uint start, uint length)
    {
        if (start > Capacity || Capacity - start < length)
        {
            throw new InvalidOperationException($"region {start}+{length} lies outside an array of {Capacity}");
        }

        for (int i = 0; i < _lengths.Count; i++)
        {
            uint other = _lengths.GetKeyAtIndex(i);
            if (start < other + _lengths.GetValueAtIndex(i) && other < start + length)
            {
                throw new InvalidOperationException($"region {start}+{length} overlaps {other}+{_lengths.GetValueAtIndex(i)}");
            }
        }

        _lengths.Add(start, length);
        Used += length;
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
    }
}
