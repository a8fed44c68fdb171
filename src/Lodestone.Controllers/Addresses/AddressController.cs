using System.IO.Hashing;
using System.Text;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.LoadBalancers;
using Lodestone.Controllers.Routing;

namespace Lodestone.Controllers.Addresses;

/// <summary>Gives every <see cref="LoadBalancer"/> its addresses and publishes them in status.</summary>
/// <remarks>
/// Reads LoadBalancer, AddressPool, IPAddress, Namespace, Network, NetworkInterface. Writes IPAddress, the addresses and the condition
/// AddressesAllocated in LoadBalancer/status, the finalizer <see cref="DatapathFinalizer.Name"/>, and Events, nothing else. An address is
/// taken by creating the IPAddress object named after it, before it appears in status: whatever fails in between, no address is ever held
/// twice and the next attempt finds it. Before it appears the load balancer gets the finalizer, with which it stays until gateways have
/// let go; then the <see cref="AddressReleaseController"/> gives back what it held.
/// </remarks>
internal sealed class AddressController(
    ILister<LoadBalancer> loadBalancers,
    ILister<AddressPool> pools,
    ILister<IPAddress> addresses,
    ILister<Namespace> namespaces,
    ILister<Network> networks,
    ILister<NetworkInterface> interfaces,
    ApiClient client,
    EventRecorder events,
    ControllerOptions options,
    TimeProvider timeProvider) : IReconciler
{
    internal const string ConditionType = "AddressesAllocated";

    /// <summary>Lost races against other allocators, or a stale cache, before the reconcile starts over.</summary>
    private const int MaxCollisions = 64;

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!loadBalancers.TryGet(key, out LoadBalancer? lb) || lb.IsBeingDeleted)
        {
            return ReconcileResult.Done;
        }

        List<AddressOutcome> outcomes = lb.Spec.Type == "Internal"
            ? await AllocateInternalAsync(lb, cancellationToken)
            : await AllocatePublicAsync(lb, cancellationToken);
        LoadBalancer? held = outcomes.Exists(o => o.Address is not null) ? await DatapathFinalizer.EnsureAsync(client, lb, cancellationToken) : lb;
        if (held is null)
        {
            return ReconcileResult.Done;
        }

        await PublishAsync(held, outcomes, cancellationToken);
        await ReleaseUnusedAsync(lb, outcomes, cancellationToken);
        ReconcileResult result = ReconcileResult.Done;
        foreach (AddressOutcome outcome in outcomes)
        {
            result = outcome.RetryAfter is { } delay ? result.Or(ReconcileResult.RequeueAfter(delay)) : result;
        }

        return result;
    }

    private async Task<List<AddressOutcome>> AllocatePublicAsync(LoadBalancer lb, CancellationToken cancellationToken)
    {
        var outcomes = new List<AddressOutcome>();
        foreach (string family in lb.Spec.IpFamilies ?? [])
        {
            outcomes.Add(await AllocateAsync(lb, family, cancellationToken));
        }

        return outcomes;
    }

    private async Task<AddressOutcome> AllocateAsync(LoadBalancer lb, string family, CancellationToken cancellationToken)
    {
        IPAddress? held = addresses.ByIndex(Indexes.Claimer, lb.Metadata.Uid ?? "")
            .Where(a => a.Spec.NetworkRef is null && !a.IsBeingDeleted && DestinationSelector.FamilyOf(a.Spec.Ip) == family)
            .OrderByDescending(a => lb.Status?.Ips?.Contains(a.Spec.Ip) == true)
            .ThenBy(a => a.Metadata.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        if (held is not null && await KeepAsync(held, cancellationToken))
        {
            return new AddressOutcome(held.Spec.Ip);
        }

        AddressPool[] eligible = [.. pools.All
            .Where(p => !p.IsBeingDeleted && IsFor(p, lb))
            .OrderByDescending(p => p.Spec.Priority ?? 0)
            .ThenBy(p => p.Metadata.Name, StringComparer.Ordinal)];
        var exhausted = new List<string>();
        int collisions = 0;
        foreach (AddressPool pool in eligible)
        {
            AddressRangeSet set = PoolAddresses.Of(pool.Spec);
            if (set.Count(family) == 0)
            {
                continue;
            }

            ulong seed = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(lb.Metadata.Uid + family));
            foreach (System.Net.IPAddress candidate in PoolAddresses.InOrder(set, family, seed))
            {
                string name = IPAddressName.Format(candidate);
                if (addresses.TryGet(new ObjectKey("", name), out _))
                {
                    continue;
                }

                if (await TryClaimAsync(Build(lb, name, candidate, new LocalObjectReference { Name = pool.Metadata.Name ?? "" }, null), cancellationToken) is null)
                {
                    return new AddressOutcome(candidate.ToString());
                }

                if (++collisions == MaxCollisions)
                {
                    throw new InvalidOperationException($"{MaxCollisions} addresses of AddressPool {pool.Metadata.Name} were taken by others while LoadBalancer {lb.Key} tried them");
                }
            }

            exhausted.Add($"{pool.Metadata.Name} ({set.Count(family)} of {set.Count(family)} in use)");
        }

        return exhausted.Count > 0
            ? new AddressOutcome(null, "PoolExhausted", $"no free {family} address in AddressPool {string.Join(", ", exhausted)}; add addresses to a pool, or delete LoadBalancers")
            : new AddressOutcome(null, "NoPool", NoPoolMessage(family));
    }

    private string NoPoolMessage(string family)
    {
        string[] others = [.. pools.All.Where(p => PoolAddresses.Of(p.Spec).Count(family) > 0).Select(p => p.Metadata.Name ?? "").Order(StringComparer.Ordinal).Take(3)];
        return others.Length > 0
            ? $"no AddressPool offers {family} addresses to this LoadBalancer; look at the selectors of {string.Join(", ", others)}"
            : $"there is no AddressPool with {family} addresses; create one";
    }

    private bool IsFor(AddressPool pool, LoadBalancer lb)
    {
        if (pool.Spec.LoadBalancerSelector?.Matches(lb.Metadata.Labels) == false)
        {
            return false;
        }

        return pool.Spec.NamespaceSelector is not { } selector
            || (namespaces.TryGet(new ObjectKey("", lb.Metadata.Namespace ?? ""), out Namespace? ns) && selector.Matches(ns.Metadata.Labels));
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
        foreach (IpSource source in wanted)
        {
            outcomes.Add(source.Value is not null && System.Net.IPAddress.TryParse(source.Value, out System.Net.IPAddress? address)
                ? await ReserveAsync(lb, network, address, cancellationToken)
                : new AddressOutcome(null, "EphemeralNotSupported", "addresses from an ephemeral Prefix are not served yet; give the address in spec.ips[].value"));
        }

        return outcomes;
    }

    private async Task<AddressOutcome> ReserveAsync(LoadBalancer lb, Network network, System.Net.IPAddress address, CancellationToken cancellationToken)
    {
        string text = address.ToString();
        string name = IPAddressName.Format(address, network.Metadata.Uid);
        addresses.TryGet(new ObjectKey("", name), out IPAddress? known);
        string index = Indexes.NetworkOf(lb.Metadata.Namespace ?? "", network.Metadata.Name ?? "");
        NetworkInterface? user = interfaces.ByIndex(Indexes.Network, index).FirstOrDefault(n => n.Status?.Ips?.Contains(text) == true);
        if (user is not null && known?.Spec.ClaimRef?.Uid != lb.Metadata.Uid)
        {
            return new AddressOutcome(null, "AddressConflict", $"{text} is an address of NetworkInterface {user.Metadata.Name} in Network {network.Metadata.Name}");
        }

        IPAddress? holder = known ?? await TryClaimAsync(
            Build(lb, name, address, null, new LocalUidReference { Name = network.Metadata.Name ?? "", Uid = network.Metadata.Uid ?? "" }),
            cancellationToken);
        if (holder is null)
        {
            return new AddressOutcome(text);
        }

        if (holder.Spec.ClaimRef?.Uid == lb.Metadata.Uid)
        {
            return await KeepAsync(holder, cancellationToken)
                ? new AddressOutcome(text)
                : new AddressOutcome(null, "AddressInQuarantine", $"{text} is being given back", TimeSpan.FromSeconds(1));
        }

        string who = holder.Spec.ClaimRef is { } claim ? $"{claim.Resource} {claim.Namespace}/{claim.Name}" : "nobody we know";
        return holder.Status?.ReleasedAt is not null
            ? new AddressOutcome(null, "AddressInQuarantine", $"{text} was held by {who} until a moment ago; it is free again in at most {options.AddressQuarantine.TotalSeconds} s")
            : new AddressOutcome(null, "AddressConflict", $"{text} in Network {network.Metadata.Name} is held by {who}");
    }

    /// <summary>Takes an address. Null: it is ours; else the object that holds it.</summary>
    private async Task<IPAddress?> TryClaimAsync(IPAddress claim, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateAsync(claim, cancellationToken);
            return null;
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            // Another allocator was faster, or we were, in an attempt that the cache doesn't show yet.
            IPAddress? holder = await client.TryGetAsync<IPAddress>(claim.Key, cancellationToken);
            if (holder is null)
            {
                throw;
            }

            bool isOurs = holder.Spec.ClaimRef?.Uid == claim.Spec.ClaimRef!.Uid && !holder.IsBeingDeleted && await KeepAsync(holder, cancellationToken);
            return isOurs ? null : holder;
        }
    }

    /// <summary>Takes back an address of ours that is being given back. False: too late.</summary>
    private async Task<bool> KeepAsync(IPAddress held, CancellationToken cancellationToken) =>
        held.Status?.ReleasedAt is null
        || await client.UpdateStatusAsync(held, a => a.Status = new IPAddressStatus(), cancellationToken) is { IsBeingDeleted: false };

    private async Task PublishAsync(LoadBalancer lb, List<AddressOutcome> outcomes, CancellationToken cancellationToken)
    {
        AddressOutcome[] failures = [.. outcomes.Where(o => o.Address is null)];
        string[] ips = [.. outcomes.Select(o => o.Address).OfType<string>().Distinct()];
        bool isComplete = failures.Length == 0;
        string reason = isComplete ? "Allocated" : failures[0].Reason;
        string message = isComplete ? string.Join(", ", ips) : string.Join("; ", failures.Select(f => f.Message).Distinct());
        bool isNews = false;
        LoadBalancer? written = await client.UpdateStatusAsync(
            lb,
            current =>
            {
                current.Status ??= new LoadBalancerStatus();

                // By what is stored: the cache may not show our last write yet.
                Condition? before = current.Status.Conditions.Of(ConditionType);
                isNews = before?.Reason != reason || before.Message != message;
                current.Status.Ips = ips.Length > 0 ? [.. ips] : null;
                current.Status.Conditions = current.Status.Conditions.With(ConditionType, isComplete, reason, message, lb.Metadata.Generation, timeProvider.GetUtcNow());
            },
            cancellationToken);
        if (written is not null && isNews)
        {
            events.Record(lb, isComplete ? EventType.Normal : EventType.Warning, reason, message);
        }
    }

    /// <summary>
    /// Lets go of what the load balancer holds but no longer wants: a family, or an address of spec.ips, was taken away. Only once it
    /// has everything it wants: what looks unused while something is missing may be what a passing failure hid.
    /// </summary>
    private async Task ReleaseUnusedAsync(LoadBalancer lb, List<AddressOutcome> outcomes, CancellationToken cancellationToken)
    {
        if (outcomes.Exists(o => o.Address is null))
        {
            return;
        }

        foreach (IPAddress held in addresses.ByIndex(Indexes.Claimer, lb.Metadata.Uid ?? ""))
        {
            if (held.Status?.ReleasedAt is null && !outcomes.Exists(o => o.Address == held.Spec.Ip))
            {
                await AddressReleaseController.ReleaseAsync(client, held, timeProvider.GetUtcNow(), cancellationToken);
            }
        }
    }

    private static IPAddress Build(LoadBalancer lb, string name, System.Net.IPAddress address, LocalObjectReference? pool, LocalUidReference? network) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new IPAddressSpec
        {
            Ip = address.ToString(),
            PoolRef = pool,
            NetworkRef = network,
            ClaimRef = new ClaimRef
            {
                Group = ResourceDefinitions.LoadBalancer.Group,
                Resource = ResourceDefinitions.LoadBalancer.Plural,
                Namespace = lb.Metadata.Namespace,
                Name = lb.Metadata.Name ?? "",
                Uid = lb.Metadata.Uid ?? "",
            },
        },
    };
}
