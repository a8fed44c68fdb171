using System.Collections.Concurrent;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>Lets a <see cref="LoadBalancer"/> that is being deleted go once no gateway has its addresses in its data path any more.</summary>
/// <remarks>
/// Reads LoadBalancer and Host. Writes the finalizer <see cref="DatapathFinalizer.Name"/> of LoadBalancer, which the address controller
/// adds, and Events, nothing else. Its addresses are given back when the object is gone, so after that.
/// </remarks>
internal sealed class LoadBalancerDeletionController(
    ILister<LoadBalancer> loadBalancers,
    ILister<Host> hosts,
    ApiClient client,
    EventRecorder events,
    ControllerOptions options,
    TimeProvider timeProvider) : IReconciler
{
    /// <summary>How long a deletion may take before an Event tells what it waits for. Gateways normally need a fraction of it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RecheckInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<ObjectKey, string> _told = new();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!loadBalancers.TryGet(key, out LoadBalancer? lb) || !lb.IsBeingDeleted || !DatapathFinalizer.IsOn(lb))
        {
            _told.TryRemove(key, out _);
            return ReconcileResult.Done;
        }

        DatapathHolders holders = HoldersOf(lb);
        if (holders.Names.Count > 0)
        {
            return Wait(lb, holders);
        }

        foreach (LoadBalancerGateway entry in lb.Status?.Gateways ?? [])
        {
            // A Host that was created a moment ago may not be in the cache.
            if (!hosts.TryGet(new ObjectKey("", entry.Name), out _) && await client.TryGetAsync<Host>(new ObjectKey("", entry.Name), cancellationToken) is not null)
            {
                return ReconcileResult.RequeueAfter(RecheckInterval);
            }
        }

        LoadBalancer? updated = await client.UpdateAsync(
            lb,
            current =>
            {
                // By what is stored: a gateway may have reported since.
                if (HoldersOf(current).Names.Count == 0)
                {
                    current.Metadata.Finalizers?.Remove(DatapathFinalizer.Name);
                }
            },
            cancellationToken);
        return updated is not null && DatapathFinalizer.IsOn(updated) ? ReconcileResult.RequeueAfter(RecheckInterval) : ReconcileResult.Done;
    }

    private ReconcileResult Wait(LoadBalancer lb, DatapathHolders holders)
    {
        ReconcileResult result = holders.RetryAfter is { } delay ? ReconcileResult.RequeueAfter(delay) : ReconcileResult.Done;
        TimeSpan patience = (lb.Metadata.DeletionTimestamp ?? default) + Patience - timeProvider.GetUtcNow();
        if (patience > TimeSpan.Zero)
        {
            return result.Or(ReconcileResult.RequeueAfter(patience));
        }

        string more = holders.Names.Count > 3 ? $" and {holders.Names.Count - 3} more" : "";
        string lapsed = holders.Lapsed.Count == 0
            ? "; do their agents run?"
            : $"; the agent of {string.Join(", ", holders.Lapsed.Take(3))} is out of reach, which is waited for {options.AddressQuarantine.TotalSeconds} s: start it, or delete the Host";
        string message = $"deletion waits until the addresses are out of the data path of Host {string.Join(", ", holders.Names.Take(3))}{more}{lapsed}";
        if (!_told.TryGetValue(lb.Key, out string? told) || told != message)
        {
            _told[lb.Key] = message;
            events.Record(lb, EventType.Warning, "DeletionWaits", message);
        }

        return result;
    }

    private DatapathHolders HoldersOf(LoadBalancer lb) => DatapathHolders.Of(
        lb, name => hosts.TryGet(new ObjectKey("", name), out Host? host) ? host : null, options.AddressQuarantine, timeProvider.GetUtcNow());
}
