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

    /// <summary>The addresses of an AddressPool without those it excludes. Texts that are no range are left out: validation tells them.</summary>
    public static AddressRangeSet Of(AddressPoolSpec spec) => Create(Parse(spec.Addresses), Parse(spec.ExcludedAddresses));

    /// <summary>All addresses of <paramref name="included"/> that are not in <paramref name="excluded"/>.</summary>
    public static AddressRangeSet Create(IEnumerable<AddressRange> included, IEnumerable<AddressRange> excluded)
    {
        List<AddressRange> ranges = Merge(included);
        foreach (AddressRange hole in Merge(excluded))
        {
            ranges = [.. ranges.SelectMany(range => Subtract(range, hole))];
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
    public bool Contains(Address address) => Array.Exists(_ranges, range => range.Contains(address));

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

    private static IEnumerable<AddressRange> Parse(List<string>? texts)
    {
        foreach (string text in texts ?? [])
        {
            if (AddressRange.TryParse(text, out AddressRange range, out _))
            {
                yield return range;
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

    private static IEnumerable<AddressRange> Subtract(AddressRange range, AddressRange hole)
    {
        if (!range.Overlaps(hole))
        {
            yield return range;
            yield break;
        }

        if (range.First < hole.First)
        {
            yield return range with { Last = hole.First - 1 };
        }

        if (hole.Last < range.Last)
        {
            yield return range with { First = hole.Last + 1 };
        }
    }
}
