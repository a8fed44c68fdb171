using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Ipam;

/// <summary>Which change of a Prefix or PrefixAllocation wakes whom.</summary>
internal sealed class IpamWatches(ILister<Prefix> prefixes, ILister<PrefixAllocation> allocations)
{
    /// <summary>Prefixes to look at when one changes: itself, and those made from it, whose failed requests may fit now.</summary>
    internal IEnumerable<ObjectKey> PrefixesFor(Prefix? old, Prefix? current)
    {
        Prefix any = (current ?? old)!;
        yield return any.Key;
        if (HasNewRange(old, current))
        {
            foreach (Prefix child in prefixes.ByIndex(Indexes.Parent, Indexes.ParentOf(any.Metadata.Namespace ?? "", any.Metadata.Name ?? "")))
            {
                yield return child.Key;
            }
        }

        // Room that a selector's request waits for.
        foreach (Prefix waiting in HasMoreRoom(old, current) ? prefixes.ByIndex(Indexes.Selecting, any.Metadata.Namespace ?? "") : [])
        {
            yield return waiting.Key;
        }
    }

    /// <summary>Prefixes to look at when an allocation changes: the one that asked, and the parent, which may wait to be deleted.</summary>
    internal static IEnumerable<ObjectKey> PrefixesFor(PrefixAllocation allocation)
    {
        string ns = allocation.Metadata.Namespace ?? "";
        if (allocation.Metadata.Controller is { Kind: "Prefix" } requester)
        {
            yield return new ObjectKey(ns, requester.Name);
        }

        if (allocation.Spec.PrefixRef is { } parent)
        {
            yield return new ObjectKey(ns, parent.Name);
        }
    }

    /// <summary>Prefixes whose ledger to look at when one changes: its own, and that of its parent when it goes, which frees its part.</summary>
    internal static IEnumerable<ObjectKey> ParentsFor(Prefix? old, Prefix? current)
    {
        yield return (current ?? old)!.Key;
        if (current is null && old!.Spec.ParentRef is { } parent)
        {
            yield return new ObjectKey(old.Metadata.Namespace ?? "", parent.Name);
        }
    }

    /// <summary>Prefixes whose ledger to look at when an allocation changes.</summary>
    internal static IEnumerable<ObjectKey> ParentsFor(PrefixAllocation allocation) =>
        allocation.Spec.PrefixRef is { } parent ? [new ObjectKey(allocation.Metadata.Namespace ?? "", parent.Name)] : [];

    /// <summary>Allocations to look at when a prefix changes: those that have none yet, and when it comes or goes those that name it.</summary>
    internal IEnumerable<ObjectKey> WaitingFor(Prefix? old, Prefix? current)
    {
        Prefix any = (current ?? old)!;
        string ns = any.Metadata.Namespace ?? "";
        foreach (PrefixAllocation waiting in HasMoreRoom(old, current) ? allocations.ByIndex(Indexes.Unscheduled, ns) : [])
        {
            yield return waiting.Key;
        }

        foreach (PrefixAllocation waiting in HasNewRange(old, current) ? allocations.ByIndex(Indexes.Parent, Indexes.ParentOf(ns, any.Metadata.Name ?? "")) : [])
        {
            if (PrefixRequests.IsPending(waiting))
            {
                yield return waiting.Key;
            }
        }
    }

    /// <summary>Objects whose ephemeral Prefix this is, or would be by its name.</summary>
    internal static IEnumerable<ObjectKey> OwnersOf(Prefix prefix)
    {
        string ns = prefix.Metadata.Namespace ?? "";
        IEnumerable<string> names = EphemeralPrefix.OwnersOf(prefix.Metadata.Name ?? "");
        if (prefix.Metadata.Controller is { } controller)
        {
            names = names.Append(controller.Name);
        }

        return names.Distinct().Select(name => new ObjectKey(ns, name));
    }

    private static bool HasNewRange(Prefix? old, Prefix? current) =>
        old is null || current is null || PrefixRequests.IsAllocated(old) != PrefixRequests.IsAllocated(current);

    /// <summary>Whether there may be room now where there was none: it became Allocated or selectable, or gives back more than it gave.</summary>
    private static bool HasMoreRoom(Prefix? old, Prefix? current) =>
        current is not null
        && PrefixRequests.IsAllocated(current)
        && (HasNewRange(old, current)
            || (old!.Status?.Used ?? []).Except(current.Status?.Used ?? []).Any()
            || !LabelsOf(old).SequenceEqual(LabelsOf(current)));

    private static IEnumerable<KeyValuePair<string, string>> LabelsOf(Prefix prefix) =>
        (prefix.Metadata.Labels ?? []).OrderBy(l => l.Key, StringComparer.Ordinal);
}
