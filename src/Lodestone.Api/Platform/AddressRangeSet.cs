using Lodestone.Api.Networking;
using Address = System.Net.IPAddress;

namespace Lodestone.Api.Platform;

/// <summary>A set of addresses, kept as sorted ranges that neither overlap nor touch. Immutable.</summary>
public sealed class AddressRangeSet
{
    private readonly AddressRange[] _ranges;

    private AddressRangeSet(AddressRange[] ranges)
    {
        _ranges = ranges;
    }

    /// <summary>The ranges, IPv4 before IPv6, each family ascending.</summary>
    public IReadOnlyList<AddressRange> Ranges => _ranges;

    /// <summary>The addresses an AddressPool gives out. Texts that are no range are left out: validation tells them.</summary>
    /// <remarks>
    /// Unless the pool includes them, the first and the last address of an IPv4 prefix shorter than /31 are left out: hosts on such a
    /// segment take them for the network's and the broadcast address. Ranges and IPv6 prefixes are taken whole.
    /// </remarks>
    public static AddressRangeSet Of(AddressPoolSpec spec) =>
        Create(Parse(spec.Addresses, isWhole: spec.IncludeNetworkAndBroadcast == true), Parse(spec.ExcludedAddresses, isWhole: true));

    /// <summary>All addresses of <paramref name="included"/> that are not in <paramref name="excluded"/>.</summary>
    public static AddressRangeSet Create(IEnumerable<AddressRange> included, IEnumerable<AddressRange> excluded)
    {
        List<AddressRange> holes = Merge(excluded);
        var ranges = new List<AddressRange>();
        int hole = 0;
        foreach (AddressRange range in Merge(included))
        {
            while (hole < holes.Count && IsBefore(holes[hole], range))
            {
                hole++;
            }

            AddRemainder(range, holes, hole, ranges);
        }

        return new AddressRangeSet([.. ranges]);
    }

    /// <summary>How many addresses of a family there are, up to 2^128 - 1.</summary>
    public UInt128 Count(string family)
    {
        UInt128 count = 0;
        foreach (AddressRange range in _ranges)
        {
            count += range.Family == family ? range.Count : UInt128.Zero;
        }

        return count;
    }

    /// <summary>Whether an address is in the set.</summary>
    public bool Contains(Address address)
    {
        string family = IPFamily.Of(address);
        UInt128 number = AddressRange.ToNumber(address);
        int low = 0;
        int high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            AddressRange range = _ranges[middle];
            int order = range.Family != family ? string.CompareOrdinal(range.Family, family)
                : range.Last < number ? -1
                : range.First > number ? 1
                : 0;
            if (order == 0)
            {
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }

    /// <summary>The lowest address of a family that <paramref name="isUsed"/> does not claim, or null.</summary>
    /// <param name="family">The family.</param>
    /// <param name="isUsed">Whether an address is taken; asked in ascending order until it says no.</param>
    public Address? NextFree(string family, Predicate<Address> isUsed)
    {
        foreach (AddressRange range in _ranges)
        {
            if (range.Family != family)
            {
                continue;
            }

            for (UInt128 number = range.First; ; number++)
            {
                Address address = AddressRange.ToAddress(number, family);
                if (!isUsed(address))
                {
                    return address;
                }

                if (number == range.Last)
                {
                    break;
                }
            }
        }

        return null;
    }

    private static IEnumerable<AddressRange> Parse(List<string>? texts, bool isWhole)
    {
        foreach (string text in texts ?? [])
        {
            if (AddressRange.TryParse(text, out AddressRange range, out _))
            {
                bool isSegment = !isWhole && range.Family == IPFamily.IPv4 && range.Count > 2 && text.Contains('/', StringComparison.Ordinal);
                yield return isSegment ? range with { First = range.First + 1, Last = range.Last - 1 } : range;
            }
        }
    }

    private static List<AddressRange> Merge(IEnumerable<AddressRange> ranges)
    {
        var merged = new List<AddressRange>();
        foreach (AddressRange range in ranges.OrderBy(r => r.Family, StringComparer.Ordinal).ThenBy(r => r.First))
        {
            bool touches = merged.Count > 0
                && merged[^1].Family == range.Family
                && (merged[^1].Last == UInt128.MaxValue || range.First <= merged[^1].Last + 1);
            if (!touches)
            {
                merged.Add(range);
            }
            else if (range.Last > merged[^1].Last)
            {
                merged[^1] = merged[^1] with { Last = range.Last };
            }
        }

        return merged;
    }

    private static bool IsBefore(AddressRange hole, AddressRange range) =>
        hole.Family == range.Family ? hole.Last < range.First : string.CompareOrdinal(hole.Family, range.Family) < 0;

    /// <summary>What is left of a range without the holes, which are sorted; those before <paramref name="hole"/> lie before the range.</summary>
    private static void AddRemainder(AddressRange range, List<AddressRange> holes, int hole, List<AddressRange> result)
    {
        UInt128 first = range.First;
        for (; hole < holes.Count && holes[hole].Overlaps(range); hole++)
        {
            if (first < holes[hole].First)
            {
                result.Add(range with { First = first, Last = holes[hole].First - 1 });
            }

            if (holes[hole].Last >= range.Last)
            {
                return;
            }

            first = holes[hole].Last + 1;
        }

        result.Add(range with { First = first });
    }
}
