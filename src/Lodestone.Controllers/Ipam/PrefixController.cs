using System.Collections.Concurrent;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Ipam;

/// <summary>Makes every <see cref="Prefix"/> Allocated: a root at once, a child through a <see cref="PrefixAllocation"/> of its parent.</summary>
/// <remarks>
/// Reads Prefix and PrefixAllocation. Writes Prefix (spec.prefix, spec.parentRef, its own finalizer), phase and conditions in
/// Prefix/status, PrefixAllocations that the Prefix controls, and Events, nothing else. What was allocated goes into the spec first,
/// where it can be set once: whatever fails or races after, the Prefix never says Allocated of two parts.
/// </remarks>
internal sealed class PrefixController(
    ILister<Prefix> prefixes,
    ILister<PrefixAllocation> allocations,
    ApiClient client,
    EventRecorder events,
    TimeProvider timeProvider) : IReconciler
{
    internal const string Finalizer = "ipam.ironcore.dev/prefix";
    internal const string RequesterLabel = "ipam.ironcore.dev/requester-uid";
    internal const string ConditionType = "Allocated";

    /// <summary>How long an allocation whose parent a selector chose waits for room before another parent is chosen (IronCore's --prefix-allocation-timeout).</summary>
    private static readonly TimeSpan RoomTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Names of what we created and the cache may not show yet, by UID of the Prefix.</summary>
    private readonly ConcurrentDictionary<string, ObjectKey> _created = new();

    private readonly RetrySchedule _retries = new(timeProvider);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!prefixes.TryGet(key, out Prefix? seen))
        {
            return ReconcileResult.Done;
        }

        if (seen.IsBeingDeleted)
        {
            await FinalizeAsync(seen, cancellationToken);
            return ReconcileResult.Done;
        }

        Prefix? prefix = await client.UpdateAsync(seen, AddFinalizer, cancellationToken);
        if (prefix is null || prefix.IsBeingDeleted)
        {
            return ReconcileResult.Done;
        }

        if (prefix.Spec.ParentRef is null && prefix.Spec.ParentSelector is null)
        {
            await SetPhaseAsync(prefix, true, "Root", "a root prefix is simply there", cancellationToken);
            return ReconcileResult.Done;
        }

        return await EnsurePartAsync(prefix, cancellationToken);
    }

    private async Task<ReconcileResult> EnsurePartAsync(Prefix prefix, CancellationToken cancellationToken)
    {
        SubPrefix sub = SubPrefix.Of(prefix, Requests(prefix));
        if (sub.Outdated.Count > 0)
        {
            // By the newest spec: to give back what the Prefix was made of a moment ago can't be undone.
            Prefix? current = await client.TryGetAsync<Prefix>(prefix.Key, cancellationToken);
            if (current is null || current.Metadata.Uid != prefix.Metadata.Uid)
            {
                return ReconcileResult.Done;
            }

            prefix = current;
            sub = SubPrefix.Of(prefix, Requests(prefix));
            foreach (PrefixAllocation outdated in sub.Outdated)
            {
                await DeleteAsync(outdated, cancellationToken);
            }
        }

        return sub.Active switch
        {
            null => await RequestAsync(prefix, cancellationToken),
            { Status.Phase: PrefixRequests.Allocated } active => await CompleteAsync(prefix, active, cancellationToken),
            { Status.Phase: PrefixRequests.Failed } active => await RetryAsync(prefix, active, cancellationToken),
            PrefixAllocation active => await WaitAsync(prefix, active, cancellationToken),
        };
    }

    private IEnumerable<PrefixAllocation> Requests(Prefix prefix) => allocations.ByIndex(Indexes.Requester, prefix.Metadata.Uid ?? "");

    private async Task<ReconcileResult> RequestAsync(Prefix prefix, CancellationToken cancellationToken)
    {
        string uid = prefix.Metadata.Uid ?? "";
        if (_created.TryGetValue(uid, out ObjectKey known)
            && !allocations.TryGet(known, out _)
            && await client.TryGetAsync<PrefixAllocation>(known, cancellationToken) is { IsBeingDeleted: false })
        {
            return ReconcileResult.Done;
        }

        PrefixAllocation created = await client.CreateAsync(SubPrefix.RequestOf(prefix), cancellationToken);
        _created[uid] = created.Key;
        return ReconcileResult.Done;
    }

    /// <summary>Makes what was allocated the Prefix's own: spec first, status after.</summary>
    private async Task<ReconcileResult> CompleteAsync(Prefix prefix, PrefixAllocation allocation, CancellationToken cancellationToken)
    {
        (string part, string parent) = (allocation.Status!.Prefix ?? "", allocation.Spec.PrefixRef?.Name ?? "");
        Prefix? updated = await client.UpdateAsync(
            prefix,
            p =>
            {
                if ((p.Spec.Prefix ?? part) == part && (p.Spec.ParentRef?.Name ?? parent) == parent)
                {
                    p.Spec.Prefix = part;
                    p.Spec.ParentRef ??= new LocalObjectReference { Name = parent };
                }
            },
            cancellationToken);
        if (updated is { IsBeingDeleted: false } && updated.Spec.Prefix == part && updated.Spec.ParentRef?.Name == parent)
        {
            _retries.Forget(prefix.Metadata.Uid ?? "");
            _created.TryRemove(prefix.Metadata.Uid ?? "", out _);
            await SetPhaseAsync(updated, true, "Allocated", $"{part} of Prefix {parent}", cancellationToken);
        }

        return ReconcileResult.Done;
    }

    /// <summary>Asks again where the answer may be another one: the parent was made anew, or a selector may choose another.</summary>
    private async Task<ReconcileResult> RetryAsync(Prefix prefix, PrefixAllocation failed, CancellationToken cancellationToken)
    {
        Condition? why = failed.Status?.Conditions.Of(AllocationStatus.ConditionType);
        await SetPhaseAsync(prefix, false, why?.Reason ?? "AllocationFailed", why?.Message ?? $"PrefixAllocation {failed.Metadata.Name} failed", cancellationToken);
        if (prefix.Spec.ParentSelector is null && !FitsParent(prefix, failed))
        {
            return ReconcileResult.Done;
        }

        TimeSpan delay = _retries.DelayOf(prefix.Metadata.Uid ?? "", failed.Metadata.Uid ?? "");
        if (delay > TimeSpan.Zero)
        {
            return ReconcileResult.RequeueAfter(delay);
        }

        return await DeleteAsync(failed, cancellationToken) ? await RequestAsync(prefix, cancellationToken) : ReconcileResult.Done;
    }

    private async Task<ReconcileResult> WaitAsync(Prefix prefix, PrefixAllocation pending, CancellationToken cancellationToken)
    {
        if (pending.Status?.Conditions.Of(AllocationStatus.ConditionType) is not { Status: "False" } why)
        {
            return ReconcileResult.Done;
        }

        await SetPhaseAsync(prefix, false, why.Reason, why.Message, cancellationToken);
        if (prefix.Spec.ParentRef is not null || prefix.Spec.ParentSelector is null || pending.Spec.PrefixRef is not { } chosen)
        {
            return ReconcileResult.Done;
        }

        // A selector chose the parent, others took the room. Only where another has some: asking again doesn't make any.
        TimeSpan left = (why.LastTransitionTime ?? DateTimeOffset.MinValue) + RoomTimeout - timeProvider.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return ReconcileResult.RequeueAfter(left);
        }

        PrefixAllocation request = SubPrefix.RequestOf(prefix);
        string candidates = Indexes.CandidatesOf(prefix.Metadata.Namespace ?? "", request.Spec.PrefixSelector);
        string? better = PrefixCandidates.Choose(request, prefixes.ByIndex(Indexes.Candidate, candidates), Scheduled);
        return better is not null && better != chosen.Name && await DeleteAsync(pending, cancellationToken)
            ? await RequestAsync(prefix, cancellationToken)
            : ReconcileResult.Done;
    }

    private IEnumerable<PrefixAllocation> Scheduled(Prefix parent) =>
        allocations.ByIndex(Indexes.Parent, Indexes.ParentOf(parent.Metadata.Namespace ?? "", parent.Metadata.Name ?? ""));

    private bool FitsParent(Prefix prefix, PrefixAllocation failed) =>
        prefixes.TryGet(new ObjectKey(prefix.Metadata.Namespace ?? "", failed.Spec.PrefixRef?.Name ?? ""), out Prefix? parent)
        && PrefixRequests.IsAllocated(parent)
        && PrefixRange.TryParse(parent.Spec.Prefix, out PrefixRange whole)
        && PrefixRequests.WhyImpossible(parent, whole, failed.Spec.IpFamily, failed.Spec.Prefix, failed.Spec.PrefixLength) is null;

    /// <summary>Deletes an allocation as it was seen. False: it changed meanwhile, which wakes us again.</summary>
    private async Task<bool> DeleteAsync(PrefixAllocation allocation, CancellationToken cancellationToken)
    {
        try
        {
            var exactly = new DeleteOptions { Uid = allocation.Metadata.Uid, ResourceVersion = allocation.Metadata.ResourceVersion };
            await client.DeleteAsync<PrefixAllocation>(allocation.Key, exactly, cancellationToken);
            return true;
        }
        catch (ApiException exception) when (exception.IsConflict)
        {
            return false;
        }
    }

    private async Task FinalizeAsync(Prefix prefix, CancellationToken cancellationToken)
    {
        _retries.Forget(prefix.Metadata.Uid ?? "");
        _created.TryRemove(prefix.Metadata.Uid ?? "", out _);
        if (prefix.Metadata.Finalizers?.Contains(Finalizer) != true)
        {
            return;
        }

        string[] users = [.. Scheduled(prefix).Where(PrefixRequests.IsAllocated).Select(a => a.Metadata.Name ?? "")
            .Union((prefix.Status?.Holders ?? []).Select(h => h.Allocation))
            .Order(StringComparer.Ordinal)];
        if (users.Length > 0 || prefix.Status?.Used is { Count: > 0 })
        {
            string more = users.Length > 3 ? $" and {users.Length - 3} more" : "";
            events.Record(prefix, EventType.Warning, "PrefixInUse", $"deletion waits for PrefixAllocation {string.Join(", ", users.Take(3))}{more}; delete the Prefixes made from this one");
            return;
        }

        // For a version in which nothing is used: what is given away stands in the status first.
        await client.UpdateAsync(
            prefix,
            p =>
            {
                if (p.Status?.Used is not { Count: > 0 })
                {
                    p.Metadata.Finalizers?.Remove(Finalizer);
                }
            },
            cancellationToken);
    }

    private async Task SetPhaseAsync(Prefix prefix, bool isAllocated, string reason, string message, CancellationToken cancellationToken)
    {
        string? before = prefix.Status?.Conditions.Of(ConditionType)?.Reason;
        Prefix? written = await client.UpdateStatusAsync(
            prefix,
            p =>
            {
                PrefixStatus status = p.Status ??= new PrefixStatus();
                if (!isAllocated && status.Phase == PrefixRequests.Allocated)
                {
                    // It stays what it is; what it was made of is asked for again.
                    return;
                }

                DateTimeOffset now = timeProvider.GetUtcNow();
                string phase = isAllocated ? PrefixRequests.Allocated : PrefixRequests.Pending;
                status.LastPhaseTransitionTime = status.Phase == phase ? status.LastPhaseTransitionTime : now;
                status.Phase = phase;
                status.Conditions = status.Conditions.With(ConditionType, isAllocated, reason, message, p.Metadata.Generation, now);
            },
            cancellationToken);
        if (written is not null && before != reason && !PrefixRequests.IsAllocated(prefix))
        {
            events.Record(prefix, isAllocated ? EventType.Normal : EventType.Warning, reason, message);
        }
    }

    private static void AddFinalizer(Prefix prefix)
    {
        if (!prefix.IsBeingDeleted && prefix.Metadata.Finalizers?.Contains(Finalizer) != true)
        {
            (prefix.Metadata.Finalizers ??= []).Add(Finalizer);
        }
    }
}
