using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Ipam;
using Lodestone.Controllers.LoadBalancers;
using Lodestone.Controllers.Routing;

namespace Lodestone.Controllers.Addresses;

/// <summary>Gives every <see cref="LoadBalancer"/> its addresses and publishes them in status.</summary>
/// <remarks>
/// Reads LoadBalancer, AddressPool, IPAddress, Namespace, Network, NetworkInterface, Prefix. Writes IPAddress, the addresses and the condition
/// AddressesAllocated in LoadBalancer/status, the finalizer <see cref="DatapathFinalizer.Name"/>, and Events, nothing else. An address is
/// taken by creating the IPAddress object named after it, before it appears in status: whatever fails in between, no address is ever held
/// twice and the next attempt finds it. Before it appears the load balancer gets the finalizer, with which it stays until gateways have
/// let go; then the <see cref="AddressReleaseController"/> gives back what it held.
/// What can't be had takes nothing away: an address that is served goes on until its successor is there.
/// </remarks>
internal sealed class AddressController(
    ILister<LoadBalancer> loadBalancers,
    ILister<IPAddress> addresses,
    ILister<Network> networks,
    ILister<NetworkInterface> interfaces,
    ILister<Prefix> prefixes,
    PublicAllocator allocator,
    AddressClaims claims,
    AddressQueue queue,
    Action lookAtQueue,
    ApiClient client,
    EventRecorder events,
    ControllerOptions options,
    TimeProvider timeProvider) : IReconciler
{
    internal const string ConditionType = "AddressesAllocated";

    /// <summary>When to look again where the cache is behind what is stored; its next change wakes us too.</summary>
    private static readonly TimeSpan StaleDelay = TimeSpan.FromMilliseconds(100);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!loadBalancers.TryGet(key, out LoadBalancer? lb) || lb.IsBeingDeleted)
        {
            Leave(key);
            return ReconcileResult.Done;
        }

        try
        {
            return await ReconcileAsync(lb, cancellationToken);
        }
        catch
        {
            // Those behind it need not wait until this one can be helped.
            Leave(key);
            throw;
        }
    }

    private async Task<ReconcileResult> ReconcileAsync(LoadBalancer lb, CancellationToken cancellationToken)
    {
        List<AddressOutcome> outcomes = lb.Spec.Type == "Internal"
            ? await AllocateInternalAsync(lb, cancellationToken)
            : await AllocatePublicAsync(lb, cancellationToken);
        LoadBalancer? held = outcomes.Exists(o => o.Address is not null) ? await DatapathFinalizer.EnsureAsync(client, lb, cancellationToken) : lb;
        if (held is null)
        {
            Leave(lb.Key);
            return ReconcileResult.Done;
        }

        if (!await TryPublishAsync(lb, held, outcomes, cancellationToken))
        {
            return ReconcileResult.RequeueAfter(StaleDelay);
        }

        await ReleaseUnusedAsync(lb, outcomes, cancellationToken);
        if (outcomes.Exists(o => o.WaitsFor is not null))
        {
            queue.Wait(AddressWaiter.Of(lb, outcomes));
            lookAtQueue();
        }
        else
        {
            Leave(lb.Key);
        }

        ReconcileResult result = ReconcileResult.Done;
        foreach (AddressOutcome outcome in outcomes)
        {
            result = outcome.RetryAfter is { } delay ? result.Or(ReconcileResult.RequeueAfter(delay)) : result;
        }

        return result;
    }

    private void Leave(ObjectKey key)
    {
        if (queue.Leave(key))
        {
            lookAtQueue();
        }
    }

    private async Task<List<AddressOutcome>> AllocatePublicAsync(LoadBalancer lb, CancellationToken cancellationToken)
    {
        var outcomes = new List<AddressOutcome>();
        foreach (string family in lb.Spec.IpFamilies ?? [])
        {
            outcomes.Add(await allocator.AllocateAsync(lb, family, cancellationToken));
        }

        return outcomes;
    }

    private async Task<List<AddressOutcome>> AllocateInternalAsync(LoadBalancer lb, CancellationToken cancellationToken)
    {
        if (lb.Spec.Ips is not { Count: > 0 } wanted)
        {
            return [new AddressOutcome(null, "NoAddresses", "an Internal LoadBalancer has the addresses that spec.ips gives it, and it gives none")];
        }

        if (!networks.TryGet(new ObjectKey(lb.Metadata.Namespace ?? "", lb.Spec.NetworkRef?.Name ?? ""), out Network? network))
        {
            return [new AddressOutcome(null, "NetworkNotFound", $"Network {lb.Spec.NetworkRef?.Name} doesn't exist")];
        }

        var outcomes = new List<AddressOutcome>();
        for (int i = 0; i < wanted.Count; i++)
        {
            AddressOutcome found = LoadBalancerAddresses.Of(lb, i, prefixes);
            AddressOutcome outcome = found.Address is not null && IPFamily.TryParseAddress(found.Address, out System.Net.IPAddress? address)
                ? await ReserveAsync(lb, network, address, cancellationToken)
                : found;
            outcomes.Add(outcome with { Family = i < lb.Spec.IpFamilies?.Count ? lb.Spec.IpFamilies[i] : null });
        }

        return outcomes;
    }

    private async Task<AddressOutcome> ReserveAsync(LoadBalancer lb, Network network, System.Net.IPAddress address, CancellationToken cancellationToken)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        string text = address.ToString();
        string name = IPAddressName.Format(address, network.Metadata.Uid);
        var ours = new AddressOutcome(text) { Name = name };
        addresses.TryGet(new ObjectKey("", name), out IPAddress? known);
        bool isHeld = known?.Spec.ClaimRef?.Uid == lb.Metadata.Uid && known?.Status?.ReleasedAt is null;
        if (!isHeld && UserOf(lb, text) is { } user)
        {
            return new AddressOutcome(null, "AddressConflict", $"{text} is an address of NetworkInterface {user.Metadata.Name} in Network {network.Metadata.Name}");
        }

        IPAddress? holder = known ?? await claims.TryTakeAsync(
            AddressClaims.Build(lb, address, null, new LocalUidReference { Name = network.Metadata.Name ?? "", Uid = network.Metadata.Uid ?? "" }),
            cancellationToken);
        if (holder is null)
        {
            return ours;
        }

        if (holder.Spec.ClaimRef?.Uid == lb.Metadata.Uid)
        {
            return await claims.KeepAsync(holder, cancellationToken)
                ? ours
                : new AddressOutcome(null, "AddressInQuarantine", $"{text} is being given back", TimeSpan.FromSeconds(1));
        }

        string who = holder.Spec.ClaimRef is { } claim ? $"{claim.Resource} {claim.Namespace}/{claim.Name}" : "nobody we know";
        return holder.Status?.ReleasedAt is not null
            ? new AddressOutcome(null, "AddressInQuarantine", $"{text} was held by {who} until a moment ago; it is free again in at most {options.AddressQuarantine.TotalSeconds} s")
            : new AddressOutcome(null, "AddressConflict", $"{text} in Network {network.Metadata.Name} is held by {who}");
    }

    /// <summary>
    /// The network interface whose address it is: one that is bound with it, or one that wants it and is older than the load balancer.
    /// A younger one is refused by its agent once the load balancer holds the address.
    /// </summary>
    private NetworkInterface? UserOf(LoadBalancer lb, string address) => interfaces
        .ByIndex(Indexes.Address, Indexes.AddressOf(lb.Metadata.Namespace ?? "", lb.Spec.NetworkRef?.Name ?? "", address))
        .Where(n => n.Status?.Ips?.Exists(ip => Indexes.Canonical(ip) == address) == true || n.Metadata.CreationTimestamp < lb.Metadata.CreationTimestamp)
        .OrderBy(n => n.Metadata.Name, StringComparer.Ordinal)
        .FirstOrDefault();

    /// <summary>
    /// Publishes what came of it, if the addresses in status still are those it was decided upon: another controller that is not yet, or
    /// no longer, the leader may have published others meanwhile, and must not find them overwritten and given back.
    /// </summary>
    /// <param name="lb">What it was decided upon.</param>
    /// <param name="latest">The load balancer as last written by us.</param>
    /// <param name="outcomes">What came of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False: they are not; nothing was written.</returns>
    private async Task<bool> TryPublishAsync(LoadBalancer lb, LoadBalancer latest, List<AddressOutcome> outcomes, CancellationToken cancellationToken)
    {
        AddressOutcome[] failures = [.. outcomes.Where(o => o.Address is null)];
        string[] kept = [.. failures.SelectMany(f => ServedInPlaceOf(lb, f)).Distinct()];
        string[] ips = [.. outcomes.Select(o => o.Address).OfType<string>().Concat(kept).Distinct()];
        bool isComplete = failures.Length == 0;
        string reason = isComplete ? "Allocated" : failures[0].Reason;
        string message = isComplete
            ? string.Join(", ", ips)
            : string.Join("; ", failures.Select(f => f.Message).Distinct()) + (kept.Length > 0 ? $"; {string.Join(", ", kept)} is served until then" : "");
        bool isNews = false;
        bool isStale = false;
        LoadBalancer? written = await client.UpdateStatusAsync(
            latest,
            current =>
            {
                isStale = !(current.Status?.Ips ?? []).SequenceEqual(lb.Status?.Ips ?? []);
                if (isStale)
                {
                    return;
                }

                current.Status ??= new LoadBalancerStatus();

                // By what is stored: the cache may not show our last write yet.
                Condition? before = current.Status.Conditions.Of(ConditionType);
                isNews = before?.Reason != reason || before.Message != message;
                current.Status.Ips = ips.Length > 0 ? [.. ips] : null;
                current.Status.Conditions = current.Status.Conditions.With(ConditionType, isComplete, reason, message, lb.Metadata.Generation, timeProvider.GetUtcNow());
            },
            cancellationToken);
        if (written is not null && !isStale && isNews)
        {
            events.Record(lb, isComplete ? EventType.Normal : EventType.Warning, reason, message);
        }

        return !isStale;
    }

    /// <summary>The addresses that are served and go on, since what should take their place can't be had.</summary>
    private IEnumerable<string> ServedInPlaceOf(LoadBalancer lb, AddressOutcome failure) => addresses
        .ByIndex(Indexes.Claimer, lb.Metadata.Uid ?? "")
        .Where(a => a.Status?.ReleasedAt is null && lb.Status?.Ips?.Contains(a.Spec.Ip) == true && IsWantedFamily(lb, a)
            && (failure.Family is null || failure.Family == DestinationSelector.FamilyOf(a.Spec.Ip)))
        .Select(a => a.Spec.Ip);

    /// <summary>
    /// Lets go of what the load balancer holds but no longer wants: a family was taken away, or an address has its successor. What looks
    /// unused while the family has none may be what a passing failure hid.
    /// </summary>
    private async Task ReleaseUnusedAsync(LoadBalancer lb, List<AddressOutcome> outcomes, CancellationToken cancellationToken)
    {
        foreach (IPAddress held in addresses.ByIndex(Indexes.Claimer, lb.Metadata.Uid ?? ""))
        {
            if (held.Status?.ReleasedAt is not null || outcomes.Exists(o => o.Name == held.Metadata.Name))
            {
                continue;
            }

            bool hasSuccessor = outcomes.Exists(o => o.Address is not null && o.Family == DestinationSelector.FamilyOf(held.Spec.Ip));
            if (hasSuccessor || !IsWantedFamily(lb, held))
            {
                await AddressReleaseController.ReleaseAsync(client, held, timeProvider.GetUtcNow(), cancellationToken);
            }
        }
    }

    /// <summary>Whether the load balancer wants addresses of that family at all. An Internal one without spec.ips wants none.</summary>
    private static bool IsWantedFamily(LoadBalancer lb, IPAddress held) =>
        lb.Spec.IpFamilies?.Contains(DestinationSelector.FamilyOf(held.Spec.Ip) ?? "") == true
        && (lb.Spec.Type != "Internal" || lb.Spec.Ips is { Count: > 0 });
}
