using System.Globalization;
using Lodestone.Api.Ipam;

namespace Lodestone.Controllers.Ipam;

/// <summary>Who has which part of a prefix: the pure half of <see cref="PrefixAllocator"/>.</summary>
internal static class PrefixLedger
{
    /// <summary>The parts that are given away, and to which allocation. An empty name: nobody wrote down to whom.</summary>
    internal static Dictionary<string, string> EntriesOf(Prefix parent)
    {
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string used in parent.Status?.Used ?? [])
        {
            entries[used] = "";
        }

        foreach (PrefixHolder holder in parent.Status?.Holders ?? [])
        {
            entries[holder.Prefix] = holder.Allocation;
        }

        return entries;
    }

    /// <summary>Whether an allocation has, or is about to get, a part that is written down for it.</summary>
    internal static bool IsHeldBy(Prefix parent, string part, PrefixAllocation? allocation) =>
        allocation is not null
        && allocation.Spec.PrefixRef?.Name == parent.Metadata.Name
        && (PrefixRequests.IsAllocated(allocation)
            ? allocation.Status!.Prefix == part
            : PrefixRequests.IsPending(allocation) && PrefixRequests.IsAnswer(allocation.Spec, part));

    /// <summary>Decides what becomes of all requests at once.</summary>
    /// <param name="parent">The prefix, Allocated.</param>
    /// <param name="whole">Its range.</param>
    /// <param name="released">Parts that nobody has any more.</param>
    /// <param name="orphans">Parts whose allocation is gone while the Prefix made of it is there; the value is that Prefix's UID.</param>
    /// <param name="allocations">Every allocation that names the prefix.</param>
    internal static PrefixLedgerPlan Plan(
        Prefix parent,
        PrefixRange whole,
        IReadOnlySet<string> released,
        IReadOnlyDictionary<string, string> orphans,
        IReadOnlyCollection<PrefixAllocation> allocations)
    {
        Dictionary<string, string> entries = EntriesOf(parent);
        foreach (string part in released)
        {
            entries.Remove(part);
        }

        var space = new FreeSpace(whole, entries.Keys.Select(Range));
        foreach (PrefixAllocation allocation in allocations)
        {
            // Given by somebody who keeps no ledger. What overlaps what others have can't be written down; the API refuses it.
            if (PrefixRequests.IsAllocated(allocation)
                && allocation.Status!.Prefix is { } part
                && (entries.TryGetValue(part, out string? holder) ? holder.Length == 0 : space.TryTake(Range(part))))
            {
                entries[part] = allocation.Metadata.Name ?? "";
            }
        }

        Dictionary<string, string> parts = [];
        foreach ((string part, string holder) in entries)
        {
            if (!orphans.ContainsKey(part))
            {
                parts[holder] = part;
            }
        }

        var plan = new PrefixLedgerPlan();
        foreach (PrefixAllocation allocation in allocations
            .Where(PrefixRequests.IsPending)
            .OrderBy(a => a.Metadata.CreationTimestamp)
            .ThenBy(a => a.Metadata.Name, StringComparer.Ordinal))
        {
            string name = allocation.Metadata.Name ?? "";
            if (parts.TryGetValue(name, out string? committed))
            {
                plan.Grants.Add((allocation, committed));
            }
            else if (!allocation.IsBeingDeleted)
            {
                Serve(parent, whole, allocation, entries, orphans, space, plan);
            }
        }

        foreach ((string part, string holder) in entries.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            plan.Used.Add(part);
            if (holder.Length > 0)
            {
                plan.Holders.Add(new PrefixHolder { Prefix = part, Allocation = holder });
            }
        }

        return plan;
    }

    private static void Serve(
        Prefix parent,
        PrefixRange whole,
        PrefixAllocation allocation,
        Dictionary<string, string> entries,
        IReadOnlyDictionary<string, string> orphans,
        FreeSpace space,
        PrefixLedgerPlan plan)
    {
        (string name, PrefixAllocationSpec request) = (allocation.Metadata.Name ?? "", allocation.Spec);
        string parentName = parent.Metadata.Name ?? "";
        if (PrefixRequests.WhyImpossible(parent, whole, request.IpFamily, request.Prefix, request.PrefixLength) is { } impossible)
        {
            plan.Failures.Add((allocation, impossible));
        }
        else if (parent.IsBeingDeleted)
        {
            plan.Waiting.Add((allocation, "ParentDeleting", $"Prefix {parentName} is being deleted"));
        }
        else if (request.Prefix is { } wanted)
        {
            bool isOwn = orphans.TryGetValue(wanted, out string? child) && allocation.Metadata.Controller?.Uid == child;
            if (isOwn || space.TryTake(Range(wanted)))
            {
                entries[wanted] = name;
                plan.Grants.Add((allocation, wanted));
            }
            else
            {
                plan.Waiting.Add((allocation, "PrefixInUse", $"{wanted} of Prefix {parentName} is in use; see status.holders of the Prefix"));
            }
        }
        else if (space.TryTakeFirst(request.PrefixLength ?? 0, out PrefixRange part))
        {
            entries[part.ToString()] = name;
            plan.Grants.Add((allocation, part.ToString()));
        }
        else
        {
            string length = (request.PrefixLength ?? 0).ToString(CultureInfo.InvariantCulture);
            plan.Waiting.Add((allocation, "NoRoom", $"Prefix {parentName} ({parent.Spec.Prefix}) has no free /{length}; delete Prefixes made from it, or use another"));
        }
    }

    private static PrefixRange Range(string text) => PrefixRange.TryParse(text, out PrefixRange range) ? range : default;
}
