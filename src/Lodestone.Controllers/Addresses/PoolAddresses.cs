using Lodestone.Api.Platform;

namespace Lodestone.Controllers.Addresses;

/// <summary>The addresses a pool gives out.</summary>
/// <remarks>
/// The first and the last address of an IPv4 prefix shorter than /31 are not given out: hosts on such a segment take them for the
/// network's and the broadcast address. Who wants them names them as a range (<c>203.0.113.0-203.0.113.15</c>). IPv6 prefixes and
/// ranges are given out whole.
/// </remarks>
internal static class PoolAddresses
{
    internal static AddressRangeSet Of(AddressPoolSpec spec) => AddressRangeSet.Create(
        (spec.Addresses ?? []).SelectMany(Included),
        (spec.ExcludedAddresses ?? []).SelectMany(text => AddressRange.TryParse(text, out AddressRange range, out _) ? [range] : Array.Empty<AddressRange>()));

    /// <summary>The addresses of a family in the order in which one claimer tries them: from a start of its own, around.</summary>
    /// <param name="set">The pool's addresses.</param>
    /// <param name="family">The family.</param>
    /// <param name="seed">Decides the start, so that claimers that allocate at the same time rarely want the same address.</param>
    internal static IEnumerable<System.Net.IPAddress> InOrder(AddressRangeSet set, string family, ulong seed)
    {
        AddressRange[] ranges = [.. set.Ranges.Where(r => r.Family == family)];
        UInt128 total = set.Count(family);
        if (total == 0)
        {
            yield break;
        }

        // Pools of IPv6 may hold more than 2^64 addresses; starting within the first 2^64 is spread enough.
        UInt128 start = seed % total;
        for (UInt128 i = 0; i < total; i++)
        {
            // start + i may pass 2^128, hence no plain remainder.
            UInt128 index = total - start > i ? start + i : i - (total - start);
            int r = 0;
            while (index >= ranges[r].Count)
            {
                index -= ranges[r++].Count;
            }

            yield return AddressRange.ToAddress(ranges[r].First + index, family);
        }
    }

    private static IEnumerable<AddressRange> Included(string text)
    {
        if (!AddressRange.TryParse(text, out AddressRange range, out _))
        {
            // Validation refused it; where it got past, the other ranges still serve.
            yield break;
        }

        bool isSegment = range.Family == "IPv4" && text.Contains('/', StringComparison.Ordinal) && range.Count > 2;
        yield return isSegment ? range with { First = range.First + 1, Last = range.Last - 1 } : range;
    }
}
