using Lodestone.Api.Ipam;

namespace Lodestone.Controllers.Ipam;

/// <summary>Which prefix a selector's request goes to: the pure half of <see cref="PrefixAllocationController"/>.</summary>
/// <remarks>
/// The first by name that has room. IronCore takes a random one of these, so nobody can rely on another choice; a fixed one can be
/// foretold, and fills one prefix before it begins the next.
/// </remarks>
internal static class PrefixCandidates
{
    /// <param name="allocation">The request.</param>
    /// <param name="prefixes">Those that may suit, of its namespace; each is looked at.</param>
    /// <param name="requestsOf">Allocations that a prefix was chosen for: those that wait have their room set aside.</param>
    /// <returns>The prefix's name; null: none has room.</returns>
    internal static string? Choose(PrefixAllocation allocation, IEnumerable<Prefix> prefixes, Func<Prefix, IEnumerable<PrefixAllocation>> requestsOf)
    {
        PrefixAllocationSpec request = allocation.Spec;
        foreach (Prefix candidate in prefixes.Where(p => request.PrefixSelector?.Matches(p.Metadata.Labels) == true).OrderBy(p => p.Metadata.Name, StringComparer.Ordinal))
        {
            if (candidate.IsBeingDeleted
                || !PrefixRequests.IsAllocated(candidate)
                || !PrefixRange.TryParse(candidate.Spec.Prefix, out PrefixRange whole)
                || PrefixRequests.WhyImpossible(candidate, whole, request.IpFamily, request.Prefix, request.PrefixLength) is not null)
            {
                continue;
            }

            var space = new FreeSpace(whole, Ranges(candidate.Status?.Used ?? []));
            HashSet<string> written = [.. (candidate.Status?.Holders ?? []).Select(h => h.Allocation)];
            foreach (PrefixAllocation waiting in requestsOf(candidate))
            {
                if (PrefixRequests.IsPending(waiting) && !written.Contains(waiting.Metadata.Name ?? "") && waiting.Metadata.Uid != allocation.Metadata.Uid)
                {
                    Take(space, waiting.Spec);
                }
            }

            if (Take(space, request))
            {
                return candidate.Metadata.Name;
            }
        }

        return null;
    }

    private static bool Take(FreeSpace space, PrefixAllocationSpec request) =>
        request.Prefix is { } wanted
            ? PrefixRange.TryParse(wanted, out PrefixRange part) && space.TryTake(part)
            : space.TryTakeFirst(request.PrefixLength ?? 0, out _);

    private static IEnumerable<PrefixRange> Ranges(IEnumerable<string> used)
    {
        foreach (string text in used)
        {
            if (PrefixRange.TryParse(text, out PrefixRange range))
            {
                yield return range;
            }
        }
    }
}
