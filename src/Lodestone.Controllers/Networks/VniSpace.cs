using System.Numerics;

namespace Lodestone.Controllers.Networks;

/// <summary>Which VNIs of a range are taken, so that a free one is found without walking over those in use. Thread-safe.</summary>
/// <remarks>One bit a VNI, in pages that exist only where one is taken: at most 2 MiB for all 24 bits. A search looks at one page and, at worst, at one count a page.</remarks>
internal sealed class VniSpace
{
    private const int PageBits = 12;
    private const int PageSize = 1 << PageBits;
    private const int WordBits = 64;

    private readonly Lock _lock = new();
    private readonly int _min;
    private readonly int _count;
    private readonly ulong[]?[] _pages;
    private readonly int[] _taken;
    private int _free;

    /// <summary>A range in which nothing is taken.</summary>
    /// <param name="min">The lowest VNI.</param>
    /// <param name="max">The highest VNI.</param>
    internal VniSpace(int min, int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, min);
        _min = min;
        _count = max - min + 1;
        _free = _count;
        int pages = (_count + PageSize - 1) >> PageBits;
        _pages = new ulong[pages][];
        _taken = new int[pages];
    }

    /// <summary>Whether every VNI is taken.</summary>
    internal bool IsFull
    {
        get
        {
            lock (_lock)
            {
                return _free == 0;
            }
        }
    }

    /// <summary>Notes that a VNI is taken, or free again; one outside the range is no concern.</summary>
    internal void Set(int vni, bool isTaken)
    {
        int index = vni - _min;
        if (vni < _min || index >= _count)
        {
            return;
        }

        lock (_lock)
        {
            int page = index >> PageBits;
            ulong[] words = _pages[page] ??= new ulong[PageSize / WordBits];
            ref ulong word = ref words[(index & (PageSize - 1)) / WordBits];
            ulong bit = 1UL << (index % WordBits);
            if ((word & bit) != 0 == isTaken)
            {
                return;
            }

            word ^= bit;
            _taken[page] += isTaken ? 1 : -1;
            _free += isTaken ? -1 : 1;
            if (_taken[page] == 0)
            {
                _pages[page] = null;
            }
        }
    }

    /// <summary>The first free VNI at or after <paramref name="from"/>, going on at the lowest after the highest; false when all are taken.</summary>
    internal bool TryFindFree(int from, out int vni)
    {
        int start = from - _min;
        start = start < 0 || start >= _count ? 0 : start;
        lock (_lock)
        {
            int first = start >> PageBits;
            for (int i = 0; i <= _pages.Length; i++)
            {
                // The first page is looked at twice: from the start on, and at last before it.
                int page = (first + i) % _pages.Length;
                int index = FindInPageLocked(page, i == 0 ? start & (PageSize - 1) : 0);
                if (index >= 0)
                {
                    vni = _min + (page << PageBits) + index;
                    return true;
                }
            }
        }

        vni = 0;
        return false;
    }

    private int FindInPageLocked(int page, int from)
    {
        int size = Math.Min(PageSize, _count - (page << PageBits));
        if (_taken[page] == size || from >= size)
        {
            return -1;
        }

        if (_pages[page] is not { } words)
        {
            return from;
        }

        for (int i = from / WordBits; i * WordBits < size; i++)
        {
            ulong free = ~words[i];
            if (i == from / WordBits)
            {
                free &= ulong.MaxValue << (from % WordBits);
            }

            if (free != 0)
            {
                int index = (i * WordBits) + BitOperations.TrailingZeroCount(free);
                return index < size ? index : -1;
            }
        }

        return -1;
    }
}
