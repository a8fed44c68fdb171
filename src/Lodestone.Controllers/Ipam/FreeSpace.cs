using Lodestone.Api.Ipam;
using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Ipam;

/// <summary>What of a prefix is taken and what is free. Parts are only ever taken; who gives back makes a new one.</summary>
/// <remarks>
/// A sorted list of disjoint ranges: taking a certain part is a binary search, taking the first that is free walks over the gaps from
/// where the last search of that length ended, since what lies before has no room and gets none. A batch is linear in what is taken.
/// </remarks>
internal sealed class FreeSpace
{
    private readonly PrefixRange _whole;
    private readonly List<PrefixRange> _taken;
    private readonly Dictionary<int, UInt128?> _searchFrom = [];

    /// <param name="whole">The prefix that is given out in parts.</param>
    /// <param name="taken">What is taken already; what lies elsewhere doesn't count.</param>
    internal FreeSpace(PrefixRange whole, IEnumerable<PrefixRange> taken)
    {
        _whole = whole;
        _taken = [.. taken.Where(whole.Contains)];
        _taken.Sort((a, b) => a.First != b.First ? a.First.CompareTo(b.First) : b.Last.CompareTo(a.Last));

        // Prefixes nest or are apart: of two that overlap the first now holds the second.
        int count = 0;
        for (int i = 0; i < _taken.Count; i++)
        {
            if (count == 0 || !_taken[count - 1].Contains(_taken[i]))
            {
                _taken[count++] = _taken[i];
            }
        }

        _taken.RemoveRange(count, _taken.Count - count);
    }

    /// <summary>Takes a certain part. False: something of it is taken, or it isn't a part.</summary>
    internal bool TryTake(PrefixRange part)
    {
        int index = IndexAfter(part.First);
        if (!_whole.Contains(part) || (index < _taken.Count && _taken[index].Overlaps(part)))
        {
            return false;
        }

        _taken.Insert(index, part);
        return true;
    }

    /// <summary>Takes the free part of a length that has the lowest address.</summary>
    internal bool TryTakeFirst(int length, out PrefixRange part)
    {
        part = default;
        if (length < _whole.Length || length > IPFamily.Bits(_whole.Family))
        {
            return false;
        }

        UInt128 from = _whole.First;
        if (_searchFrom.TryGetValue(length, out UInt128? known))
        {
            if (known is null)
            {
                return false;
            }

            from = known.Value;
        }

        for (int index = IndexAfter(from); ; index++)
        {
            PrefixRange candidate = PrefixRange.Of(_whole.Family, from, length);
            if (index == _taken.Count || !_taken[index].Overlaps(candidate))
            {
                part = candidate;
                _taken.Insert(index, candidate);
                _searchFrom[length] = Next(candidate.Last);
                return true;
            }

            // Behind what is in the way, and behind the part that it spoils.
            UInt128 last = UInt128.Max(_taken[index].Last, candidate.Last);
            if (Next(last) is not { } next)
            {
                _searchFrom[length] = null;
                return false;
            }

            from = next;
            while (index + 1 < _taken.Count && _taken[index + 1].Last < from)
            {
                index++;
            }
        }
    }

    /// <summary>The address after one; null at the end of the prefix.</summary>
    private UInt128? Next(UInt128 address) => address >= _whole.Last ? null : address + 1;

    /// <summary>Index of the first taken part that doesn't end before an address.</summary>
    private int IndexAfter(UInt128 address)
    {
        (int low, int high) = (0, _taken.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_taken[middle].Last < address)
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
