using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.Client.Controllers;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Routing;

/// <summary>Gives every <see cref="LoadBalancer"/> that has a selector its <see cref="LoadBalancerRouting"/>.</summary>
/// <remarks>
/// Reads LoadBalancer, Network, NetworkInterface, LoadBalancerRouting. Writes LoadBalancerRouting, nothing else.
/// A routing first appears once the Network is Available; a Network that flaps later doesn't tear it down. A load balancer without
/// selector is somebody else's to route: its routing is never touched.
/// </remarks>
internal sealed class RoutingController(
    ILister<LoadBalancer> loadBalancers,
    ILister<Network> networks,
    ILister<NetworkInterface> interfaces,
    ILister<LoadBalancerRouting> routings,
    ApiClient client,
    ControllerOptions options,
    TimeProvider timeProvider) : IReconciler
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!loadBalancers.TryGet(key, out LoadBalancer? lb) || lb.IsBeingDeleted || lb.Spec.NetworkInterfaceSelector is null || lb.Spec.NetworkRef is null)
        {
            return ReconcileResult.Done;
        }

        routings.TryGet(key, out LoadBalancerRouting? routing);
        if (!networks.TryGet(new ObjectKey(key.Namespace, lb.Spec.NetworkRef.Name), out Network? network)
            || (!IsAvailable(network) && routing?.NetworkRef?.Uid != network.Metadata.Uid))
        {
            return ReconcileResult.Done;
        }

        if (routing is null)
        {
            routing = await CreateAsync(lb, network, cancellationToken);
            if (routing is null)
            {
                // Somebody created it a moment ago; the informer tells what it is.
                throw new ApiException($"LoadBalancerRouting {key} exists already");
            }
        }

        // One of another's is told by condition TargetsReady. One left by a predecessor of the same name the garbage collector removes,
        // and that wakes us.
        return IsOwnedByAnother(routing, lb) ? ReconcileResult.Done : await UpdateAsync(lb, network, routing, cancellationToken);
    }

    /// <summary>The load balancers that select an interface, and those whose routing names it still: it may be draining there.</summary>
    internal static IEnumerable<ObjectKey> LoadBalancersOf(ILister<LoadBalancer> loadBalancers, ILister<LoadBalancerRouting> routings, NetworkInterface nic)
    {
        foreach (string network in Indexes.ByNetwork(nic))
        {
            foreach (LoadBalancer lb in loadBalancers.ByIndex(Indexes.Network, network))
            {
                if (lb.Spec.NetworkInterfaceSelector?.Matches(nic.Metadata.Labels) == true)
                {
                    yield return lb.Key;
                }
            }
        }

        foreach (LoadBalancerRouting routing in routings.ByIndex(Indexes.Member, nic.Metadata.Uid ?? ""))
        {
            yield return routing.Key;
        }
    }

    internal static bool IsAvailable(Network network) => network.Status?.State == "Available";

    /// <summary>Whether the routing has another controller. One without any is ours to adopt, as IronCore's forced apply does.</summary>
    internal static bool IsOwnedByAnother(LoadBalancerRouting routing, LoadBalancer lb) =>
        routing.Metadata.Controller is { } owner && owner.Uid != lb.Metadata.Uid;

    private async Task<LoadBalancerRouting?> CreateAsync(LoadBalancer lb, Network network, CancellationToken cancellationToken)
    {
        var routing = new LoadBalancerRouting { Metadata = new ObjectMeta { Namespace = lb.Metadata.Namespace, Name = lb.Metadata.Name } };
        Apply(routing, lb, network, Plan(lb, network, null));
        try
        {
            return await client.CreateAsync(routing, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            return await client.TryGetAsync<LoadBalancerRouting>(lb.Key, cancellationToken);
        }
    }

    private async Task<ReconcileResult> UpdateAsync(LoadBalancer lb, Network network, LoadBalancerRouting routing, CancellationToken cancellationToken)
    {
        DateTimeOffset? next = null;
        await client.UpdateAsync(
            routing,
            current =>
            {
                RoutingPlan plan = Plan(lb, network, current);
                next = plan.NextDeadline;
                if (!IsOwnedByAnother(current, lb))
                {
                    Apply(current, lb, network, plan);
                }
            },
            cancellationToken);

        // A second later than the deadline: one that has just been reached is still in force by the clock of the last whole second.
        return next is { } time ? ReconcileResult.RequeueAfter(time - timeProvider.GetUtcNow() + TimeSpan.FromSeconds(1)) : ReconcileResult.Done;
    }

    private RoutingPlan Plan(LoadBalancer lb, Network network, LoadBalancerRouting? current)
    {
        var ofNetwork = interfaces.ByIndex(Indexes.Network, Indexes.NetworkOf(lb.Metadata.Namespace ?? "", network.Metadata.Name ?? ""));
        HashSet<Member>? live = null;

        bool IsLive(Member member)
        {
            // Rarely asked, so built only then. An interface that is being deleted lives until it is gone or says otherwise.
            live ??= [.. ofNetwork.Where(DestinationSelector.IsAvailable).SelectMany(n => (n.Status!.Ips ?? []).Select(ip => new Member(n.Metadata.Uid ?? "", ip)))];
            return live.Contains(member);
        }

        return RoutingPlanner.Plan(
            current, DestinationSelector.Select(lb, ofNetwork), IsLive, timeProvider.GetUtcNow(), options.LearningWindow, options.UdpLearningWindow, options.DrainTime);
    }

    private static void Apply(LoadBalancerRouting routing, LoadBalancer lb, Network network, RoutingPlan plan)
    {
        if (routing.Metadata.Controller is null)
        {
            (routing.Metadata.OwnerReferences ??= []).Add(new OwnerReference
            {
                ApiVersion = ResourceDefinitions.LoadBalancer.ApiVersion,
                Kind = ResourceDefinitions.LoadBalancer.Kind,
                Name = lb.Metadata.Name ?? "",
                Uid = lb.Metadata.Uid ?? "",
                Controller = true,
            });
        }

        routing.NetworkRef = new LocalUidReference { Name = network.Metadata.Name ?? "", Uid = network.Metadata.Uid ?? "" };
        routing.Destinations = [.. plan.Destinations];
        routing.RingGeneration = plan.Generation;
        routing.RingHistory = plan.History.Count > 0 ? [.. plan.History] : null;
        routing.Draining = plan.Draining.Count > 0 ? [.. plan.Draining] : null;
    }
}
