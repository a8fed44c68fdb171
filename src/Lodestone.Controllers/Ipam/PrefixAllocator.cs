using System.Net;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Ipam;

/// <summary>Gives parts of an Allocated <see cref="Prefix"/> to the <see cref="PrefixAllocation"/>s that name it. Keyed by the prefix.</summary>
/// <remarks>
/// Reads Prefix and PrefixAllocation. Writes used and holders in Prefix/status, PrefixAllocation/status and Events, nothing else.
/// A part is given in two writes (docs/adr/0007): for exactly the version of the Prefix that was judged its status says who gets what;
/// then the allocations say so. Whoever finds an entry without its second write finishes it. An entry goes only when the allocation it
/// names is gone or ended otherwise, confirmed by a direct read; writes to an allocation are for its version, so none comes after.
/// </remarks>
internal sealed class PrefixAllocator(
    ILister<Prefix> prefixes,
    ILister<PrefixAllocation> allocations,
    ApiClient client,
    EventRecorder events,
    TimeProvider timeProvider) : IReconciler
{
    /// <summary>Lost races against other writers of the Prefix before others get a turn.</summary>
    private const int MaxAttempts = 8;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        prefixes.TryGet(key, out Prefix? parent);
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (parent is null || !PrefixRequests.IsAllocated(parent) || !PrefixRange.TryParse(parent.Spec.Prefix, out PrefixRange whole))
            {
                return ReconcileResult.Done;
            }

            PrefixLedgerPlan plan = await JudgeAsync(parent, whole, cancellationToken);
            (bool isCommitted, parent) = await CommitAsync(parent, plan, cancellationToken);
            if (isCommitted)
            {
                await AnswerAsync(key.Name, plan, cancellationToken);
                return ReconcileResult.Done;
            }
        }

        return ReconcileResult.RequeueAfter(RetryDelay);
    }

    /// <summary>Finds out which entries are still held, and plans with that.</summary>
    private async Task<PrefixLedgerPlan> JudgeAsync(Prefix parent, PrefixRange whole, CancellationToken cancellationToken)
    {
        string ns = parent.Metadata.Namespace ?? "";
        Dictionary<string, PrefixAllocation> asking = [];
        foreach (PrefixAllocation allocation in allocations.ByIndex(Indexes.Parent, Indexes.ParentOf(ns, parent.Metadata.Name ?? "")))
        {
            asking[allocation.Metadata.Name ?? ""] = allocation;
        }

        List<string> unclaimed = [];
        foreach ((string part, string holder) in PrefixLedger.EntriesOf(parent))
        {
            if (holder.Length > 0 && !PrefixLedger.IsHeldBy(parent, part, asking.GetValueOrDefault(holder)))
            {
                // The cache may lag behind a creation as well as behind a deletion.
                PrefixAllocation? current = await client.TryGetAsync<PrefixAllocation>(new ObjectKey(ns, holder), cancellationToken);
                asking.Remove(holder);
                if (current?.Spec.PrefixRef?.Name == parent.Metadata.Name)
                {
                    asking[holder] = current!;
                }

                if (!PrefixLedger.IsHeldBy(parent, part, current))
                {
                    unclaimed.Add(part);
                }
            }
            else if (holder.Length == 0 && !asking.Values.Any(a => PrefixRequests.IsAllocated(a) && a.Status!.Prefix == part))
            {
                unclaimed.Add(part);
            }
        }

        if (unclaimed.Exists(part => parent.Status?.Holders?.Exists(h => h.Prefix == part) != true))
        {
            await FindHoldersAsync(parent, asking, unclaimed, cancellationToken);
        }

        HashSet<string> released = [];
        Dictionary<string, string> orphans = [];
        Dictionary<string, string> children = unclaimed.Count > 0 ? ChildrenOf(parent) : [];
        foreach (string part in unclaimed)
        {
            if (children.TryGetValue(part, out string? child))
            {
                orphans[part] = child;
            }
            else
            {
                released.Add(part);
            }
        }

        return PrefixLedger.Plan(parent, whole, released, orphans, asking.Values);
    }

    /// <summary>For parts that came into status.used without a holder, from another controller: asks all allocations of the namespace.</summary>
    private async Task FindHoldersAsync(Prefix parent, Dictionary<string, PrefixAllocation> asking, List<string> unclaimed, CancellationToken cancellationToken)
    {
        foreach (PrefixAllocation allocation in await client.ListAsync<PrefixAllocation>(new ListOptions { Namespace = parent.Metadata.Namespace }, cancellationToken))
        {
            if (PrefixRequests.IsAllocated(allocation)
                && allocation.Spec.PrefixRef?.Name == parent.Metadata.Name
                && unclaimed.Remove(allocation.Status!.Prefix ?? ""))
            {
                asking[allocation.Metadata.Name ?? ""] = allocation;
            }
        }
    }

    /// <summary>
    /// The Prefixes that are parts of this one, by prefix. Such a part stays taken although its allocation was deleted, by hand or by a
    /// deletion that takes dependents first: the Prefix asks for it again, or goes.
    /// </summary>
    private Dictionary<string, string> ChildrenOf(Prefix parent)
    {
        Dictionary<string, string> children = [];
        foreach (Prefix child in prefixes.ByIndex(Indexes.Parent, Indexes.ParentOf(parent.Metadata.Namespace ?? "", parent.Metadata.Name ?? "")))
        {
            if (PrefixRequests.IsAllocated(child) && child.Spec.Prefix is { } part)
            {
                children[part] = child.Metadata.Uid ?? "";
            }
        }

        return children;
    }

    /// <summary>The first write: for exactly this version. Not committed: the Prefix as it is now, or null where it is gone.</summary>
    private async Task<(bool IsCommitted, Prefix? Current)> CommitAsync(Prefix seen, PrefixLedgerPlan plan, CancellationToken cancellationToken)
    {
        if (plan.IsIn(seen.Status))
        {
            return (true, seen);
        }

        bool isCommitted = false;
        try
        {
            Prefix? current = await client.UpdateStatusAsync(
                seen,
                p =>
                {
                    isCommitted = p.Metadata.ResourceVersion == seen.Metadata.ResourceVersion;
                    if (isCommitted)
                    {
                        p.Status!.Used = plan.Used.Count > 0 ? plan.Used : null;
                        p.Status.Holders = plan.Holders.Count > 0 ? plan.Holders : null;
                    }
                },
                cancellationToken);
            return (isCommitted && current is not null, current);
        }
        catch (ApiException exception) when (exception.StatusCode == HttpStatusCode.RequestEntityTooLarge)
        {
            string message = $"{plan.Used.Count} parts are more than an object can hold; make Prefixes of this one and allocate from them";
            events.Record(seen, EventType.Warning, "TooManyParts", message);
            throw new TerminalException(message, exception);
        }
    }

    /// <summary>
    /// The second write, one by one: who asks meanwhile is served by one first write, which is as long as the list of what is used and
    /// goes to everybody who watches. Faster answers made seven times as many of those and nothing sooner.
    /// </summary>
    private async Task AnswerAsync(string parent, PrefixLedgerPlan plan, CancellationToken cancellationToken)
    {
        foreach ((PrefixAllocation allocation, string part) in plan.Grants)
        {
            await SetAsync(allocation, PrefixRequests.Allocated, part, "Allocated", $"{part} of Prefix {parent}", cancellationToken);
        }

        foreach ((PrefixAllocation allocation, string message) in plan.Failures)
        {
            await SetAsync(allocation, PrefixRequests.Failed, null, "Impossible", message, cancellationToken);
        }

        foreach ((PrefixAllocation allocation, string reason, string message) in plan.Waiting)
        {
            await SetAsync(allocation, PrefixRequests.Pending, null, reason, message, cancellationToken);
        }
    }

    private Task SetAsync(PrefixAllocation allocation, string phase, string? part, string reason, string message, CancellationToken cancellationToken) =>
        AllocationStatus.WriteAsync(client, events, timeProvider, allocation, phase, part, reason, message, cancellationToken);
}
