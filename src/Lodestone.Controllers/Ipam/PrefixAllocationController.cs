using System.Collections.Concurrent;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Ipam;

/// <summary>Chooses a <see cref="Prefix"/> for <see cref="PrefixAllocation"/>s that have only a selector, and tells what is wrong with the one that is named.</summary>
/// <remarks>
/// Reads Prefix and PrefixAllocation. Writes spec.prefixRef and the condition of PrefixAllocations that wait, and Events, nothing else.
/// What is given is decided by the <see cref="PrefixAllocator"/> of the chosen prefix.
/// </remarks>
internal sealed class PrefixAllocationController(
    ILister<Prefix> prefixes,
    ILister<PrefixAllocation> allocations,
    ApiClient client,
    EventRecorder events,
    TimeProvider timeProvider) : IReconciler
{
    private readonly Lock _lock = new();

    /// <summary>Choices that the cache doesn't show yet, by allocation; without them a burst would all be sent to the same room.</summary>
    private readonly ConcurrentDictionary<ObjectKey, PrefixAllocation> _chosen = new();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!allocations.TryGet(key, out PrefixAllocation? allocation) || allocation.IsBeingDeleted || !PrefixRequests.IsPending(allocation))
        {
            _chosen.TryRemove(key, out _);
            return ReconcileResult.Done;
        }

        if (allocation.Spec.PrefixRef is { } reference)
        {
            _chosen.TryRemove(key, out _);
            await TellAsync(allocation, reference.Name, cancellationToken);
            return ReconcileResult.Done;
        }

        string? name = Choose(allocation);
        if (name is null)
        {
            await SetWaitingAsync(
                allocation, "NoSuitablePrefix", $"no Allocated {allocation.Spec.IpFamily} Prefix that spec.prefixSelector selects has room; make one, or give one the labels", cancellationToken);
            return ReconcileResult.Done;
        }

        try
        {
            await client.UpdateAsync(allocation, a => a.Spec.PrefixRef ??= new LocalObjectReference { Name = name }, cancellationToken);
        }
        catch
        {
            _chosen.TryRemove(key, out _);
            throw;
        }

        return ReconcileResult.Done;
    }

    /// <summary>One at a time, so that two choices never count the same room.</summary>
    private string? Choose(PrefixAllocation allocation)
    {
        lock (_lock)
        {
            string candidates = Indexes.CandidatesOf(allocation.Metadata.Namespace ?? "", allocation.Spec.PrefixSelector);
            string? name = PrefixCandidates.Choose(allocation, prefixes.ByIndex(Indexes.Candidate, candidates), RequestsOf);
            if (name is not null)
            {
                _chosen[allocation.Key] = new PrefixAllocation
                {
                    Metadata = allocation.Metadata,
                    Spec = new PrefixAllocationSpec
                    {
                        IpFamily = allocation.Spec.IpFamily,
                        Prefix = allocation.Spec.Prefix,
                        PrefixLength = allocation.Spec.PrefixLength,
                        PrefixRef = new LocalObjectReference { Name = name },
                    },
                };
            }

            return name;
        }
    }

    private IEnumerable<PrefixAllocation> RequestsOf(Prefix candidate)
    {
        (string ns, string name) = (candidate.Metadata.Namespace ?? "", candidate.Metadata.Name ?? "");
        IReadOnlyCollection<PrefixAllocation> known = allocations.ByIndex(Indexes.Parent, Indexes.ParentOf(ns, name));
        return known.Concat(_chosen.Values.Where(
            c => c.Metadata.Namespace == ns && c.Spec.PrefixRef!.Name == name && allocations.TryGet(c.Key, out PrefixAllocation? cached) && cached.Spec.PrefixRef is null));
    }

    private async Task TellAsync(PrefixAllocation allocation, string name, CancellationToken cancellationToken)
    {
        if (!prefixes.TryGet(new ObjectKey(allocation.Metadata.Namespace ?? "", name), out Prefix? parent))
        {
            await SetWaitingAsync(allocation, "ParentNotFound", $"Prefix {name} doesn't exist; create it", cancellationToken);
        }
        else if (!PrefixRequests.IsAllocated(parent))
        {
            await SetWaitingAsync(allocation, "ParentNotAllocated", $"Prefix {name} is not Allocated itself", cancellationToken);
        }
    }

    private Task SetWaitingAsync(PrefixAllocation allocation, string reason, string message, CancellationToken cancellationToken) =>
        AllocationStatus.WriteAsync(client, events, timeProvider, allocation, PrefixRequests.Pending, null, reason, message, cancellationToken);
}
