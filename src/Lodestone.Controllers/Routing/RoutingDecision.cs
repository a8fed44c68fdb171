using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Policies;
using Lodestone.Controllers.Selection;

namespace Lodestone.Controllers.Routing;

/// <summary>What the routing of a load balancer is to say, by what the caches show. Reads caches and the clock, and asks nobody.</summary>
internal sealed class RoutingDecision(
    ILister<NetworkInterface> interfaces, TargetSelection targets, PolicySelection policies, ControllerOptions options, TimeProvider timeProvider)
{
    /// <summary>How a plan is laid out in objects.</summary>
    /// <param name="plan">What is to be said.</param>
    /// <param name="routing">The routing as it is.</param>
    /// <param name="known">Its slices that exist and are as it lists them, by name.</param>
    internal RoutingLayout Lay(RoutingPlan plan, LoadBalancerRouting routing, IReadOnlyDictionary<string, LoadBalancerRoutingSlice> known) =>
        RoutingLayout.Of(plan, routing, known, options.RoutingBudgetBytes, number => RoutingSlices.NewName(routing, number));

    /// <summary>What a load balancer's routing is to say.</summary>
    /// <param name="lb">The load balancer.</param>
    /// <param name="network">Its network.</param>
    /// <param name="current">The routing as it is, whole; null: there is none yet.</param>
    internal RoutingPlan Plan(LoadBalancer lb, Network network, LoadBalancerRouting? current)
    {
        Dictionary<string, string>? names = null;

        bool IsLive(Member member)
        {
            // Rarely asked, so built only then. An interface that is being deleted lives until it is gone or says otherwise.
            names ??= NamesOf(current);
            return names.TryGetValue(member.Uid, out string? name)
                && interfaces.TryGet(new ObjectKey(lb.Metadata.Namespace ?? "", name), out NetworkInterface? nic)
                && nic.Metadata.Uid == member.Uid
                && nic.Spec.NetworkRef?.Name == network.Metadata.Name
                && DestinationSelector.IsAvailable(nic)
                && nic.Status?.Ips?.Contains(member.Ip) == true;
        }

        LoadBalancerPolicy? policy = policies.Of(lb.Key);
        List<NetworkInterface> selected = targets.InterfacesOf(lb);
        HealthSelection candidates = Judge(lb, policy, selected, DestinationSelector.Select(lb, selected, policy), current);
        return RoutingPlanner.Plan(
            current,
            candidates.Destinations,
            IsLive,
            timeProvider.GetUtcNow(),
            PolicyEffects.WindowOf(policy, options),
            PolicyEffects.UdpWindowOf(policy, options),
            PolicyEffects.DrainOf(policy, options),
            PolicyEffects.Publish(policy),
            candidates.Unhealthy,
            PolicyEffects.UnhealthyDrainOf(policy, options),
            PolicyEffects.SlowStartOf(policy));
    }

    private static HealthSelection Judge(
        LoadBalancer lb, LoadBalancerPolicy? policy, List<NetworkInterface> selected, List<LoadBalancerDestination> candidates, LoadBalancerRouting? current)
    {
        if (policy?.Spec.HealthCheck is null)
        {
            return HealthSelection.All(candidates);
        }

        var interfaces = selected.ToDictionary(nic => nic.Metadata.Uid ?? "", StringComparer.Ordinal);
        string? StateOf(LoadBalancerDestination candidate) =>
            HealthSelection.Find(interfaces[candidate.Uid ?? ""], lb.Metadata.Uid, DestinationSelector.FamilyOf(candidate.Ip ?? ""))?.State;
        return HealthSelection.Of(
            candidates,
            current,
            candidate => StateOf(candidate) switch
            {
                TargetHealth.Healthy => true,
                TargetHealth.Unhealthy or TargetHealth.Flapping => false,
                _ => null,
            },
            candidate => StateOf(candidate) == TargetHealth.Flapping);
    }

    /// <summary>Names of a routing's interfaces by their UIDs.</summary>
    private static Dictionary<string, string> NamesOf(LoadBalancerRouting? routing)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (LoadBalancerDestination d in routing?.Destinations ?? [])
        {
            names[Member.Of(d).Uid] = d.TargetRef?.Name ?? d.Name ?? "";
        }

        foreach (LoadBalancerDraining d in routing?.Draining ?? [])
        {
            names[Member.Of(d).Uid] = d.TargetRef?.Name ?? d.Name ?? "";
        }

        return names;
    }

    /// <summary>Makes a routing say what was planned.</summary>
    internal static void Apply(LoadBalancerRouting routing, LoadBalancer lb, Network network, RoutingPlan plan, RoutingLayout layout)
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
        routing.Destinations = [.. layout.Destinations];
        routing.Total = layout.Total;
        routing.Slices = layout.Slices.Count > 0 ? [.. layout.Slices] : null;
        routing.RingGeneration = plan.Generation;
        routing.Policy = plan.Policy;
        routing.RingHistory = layout.History.Count > 0 ? [.. layout.History] : null;
        routing.Draining = layout.Draining.Count > 0 ? [.. layout.Draining] : null;
    }
}
