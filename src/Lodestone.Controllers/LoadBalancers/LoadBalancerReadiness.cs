using Lodestone.Api.Networking;
using Lodestone.Controllers.Routing;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>What a load balancer's status says of its network and targets. Pure: only what it is given decides.</summary>
/// <param name="Network">The condition NetworkReady.</param>
/// <param name="Ready">The condition TargetsReady.</param>
/// <param name="Targets">Network interfaces that take new flows.</param>
/// <param name="Draining">Network interfaces that only keep the flows they have.</param>
/// <param name="Selected">Network interfaces that are selected.</param>
internal sealed record LoadBalancerReadiness(Finding Network, Finding Ready, int Targets, int Draining, int Selected)
{
    private const int ShownInterfaces = 3;

    internal static LoadBalancerReadiness Of(LoadBalancer lb, Network? network, LoadBalancerRouting? routing, IReadOnlyCollection<NetworkInterface> interfaces)
    {
        bool isForeign = routing is not null && lb.Spec.NetworkInterfaceSelector is not null && RoutingController.IsOwnedByAnother(routing, lb);
        LoadBalancerRouting? ours = isForeign ? null : routing;
        int routed = (ours?.Destinations ?? []).Select(d => Identity(Member.Of(d))).Distinct().Count();

        // One of weight 0 keeps the flows it has, but no ring has a slot of it.
        int targets = (ours?.Destinations ?? []).Where(d => d.Weight != 0).Select(d => Identity(Member.Of(d))).Distinct().Count();
        int draining = (ours?.Draining ?? []).Where(d => d.Unhealthy != true).Select(d => Identity(Member.Of(d))).Distinct().Count();
        NetworkInterface[] selected = [.. interfaces.Where(n => lb.Spec.NetworkInterfaceSelector?.Matches(n.Metadata.Labels) == true)];

        // A target that has just lost its label is no longer selected, but still in the routing.
        return new LoadBalancerReadiness(
            OfNetwork(lb, network), OfTargets(lb, network, routing, isForeign, targets, routed, selected), targets, draining, Math.Max(routed, selected.Length));
    }

    private static Finding OfNetwork(LoadBalancer lb, Network? network)
    {
        string name = lb.Spec.NetworkRef?.Name ?? "";
        if (network is null)
        {
            return new Finding(false, "NetworkNotFound", $"Network {name} doesn't exist; create it");
        }

        string why = network.Status?.Conditions.Of("Ready") is { Status: not "True" } ready ? $": {ready.Message}" : "; see its status";
        return RoutingController.IsAvailable(network)
            ? new Finding(true, "NetworkAvailable", $"Network {name} is Available")
            : new Finding(false, "NetworkNotAvailable", $"Network {name} is {network.Status?.State ?? "Pending"}{why}");
    }

    private static Finding OfTargets(
        LoadBalancer lb, Network? network, LoadBalancerRouting? routing, bool isForeign, int targets, int routed, NetworkInterface[] selected)
    {
        if (isForeign)
        {
            return new Finding(
                false,
                "RoutingNotOwned",
                $"LoadBalancerRouting {lb.Metadata.Name} is controlled by {routing!.Metadata.Controller!.Kind} {routing.Metadata.Controller.Name}; delete it, or rename this LoadBalancer");
        }

        if (routed > 0 && targets == 0)
        {
            string where = lb.Spec.NetworkInterfaceSelector is null ? $"LoadBalancerRouting {lb.Metadata.Name}" : "spec.weights of its LoadBalancerPolicy";
            return new Finding(false, "AllWeightsZero", $"{Count(routed)} of weight 0: what they have they keep, and new flows are dropped; give one a weight above 0 in {where}");
        }

        string idle = routed > targets ? $"; {routed - targets} of weight 0 keep those they have" : "";
        if (lb.Spec.NetworkInterfaceSelector is null)
        {
            return targets > 0
                ? new Finding(true, "ManagedElsewhere", $"{Count(targets)}, from a LoadBalancerRouting that others write{idle}")
                : routing is not null ? new Finding(false, "NoSelector", $"LoadBalancerRouting {lb.Metadata.Name}, which others write, has no destination")
                : new Finding(false, "NoSelector", $"without spec.networkInterfaceSelector somebody else writes LoadBalancerRouting {lb.Metadata.Name}, and nobody has; give it a selector");
        }

        if (targets > 0 && DestinationSelector.IsOverLimit(lb, selected))
        {
            return new Finding(false, "TooManyTargets", $"a load balancer has at most {LoadBalancerRouting.MaxTargets} targets of a family and {selected.Length} are selected: the first by UID take the flows; select fewer");
        }

        if (targets > 0 && routing!.Policy?.HealthCheck is not null && FailingOpen(lb, routing, selected) is { Length: > 0 } failing)
        {
            return new Finding(false, "AllTargetsUnhealthy", $"no target is healthy over {failing}, so all that flap, or else all, count as healthy; see status.health of the network interfaces, or correct the policy's healthCheck");
        }

        if (targets > 0)
        {
            string[] unhealthy = [.. (routing!.Draining ?? []).Where(d => d.Unhealthy == true).Select(d => d.Name ?? "").Distinct()];
            string left = unhealthy.Length > 0 ? $"; health checks leave out {Shorten(unhealthy)}" : "";
            string[] starting = [.. (routing.Destinations ?? []).Where(d => d.SlowStartTime is not null).Select(d => d.Name ?? d.Ip ?? "").Distinct()];
            string growing = starting.Length > 0 ? $"; starting slowly: {Shorten(starting)}" : "";
            return new Finding(true, "TargetsAvailable", $"{targets} of {Math.Max(routed, selected.Length)} selected network interfaces take new flows{idle}{left}{growing}");
        }

        if (selected.Length == 0)
        {
            return new Finding(
                false,
                "NoTargetSelected",
                $"no NetworkInterface of Network {lb.Spec.NetworkRef?.Name} has the labels that spec.networkInterfaceSelector wants; label some, or correct the selector");
        }

        if (network is null || !RoutingController.IsAvailable(network))
        {
            return new Finding(false, "NetworkNotAvailable", $"{selected.Length} selected network interfaces wait for Network {lb.Spec.NetworkRef?.Name}; see condition NetworkReady");
        }

        if (Some(selected.Where(n => !DestinationSelector.IsAvailable(n))) is { Length: > 0 } waiting)
        {
            return new Finding(false, "NoTargetAvailable", $"none of {selected.Length} selected network interfaces is Available: {waiting}; see their conditions");
        }

        if (Some(selected.Where(n => !DestinationSelector.IsHostThere(n))) is { Length: > 0 } away)
        {
            return new Finding(false, "NoTargetAvailable", $"the hosts of the {selected.Length} selected network interfaces are out of reach or drained: {away}; see their condition HostReady");
        }

        return Some(selected.Where(n => !DestinationSelector.HasPlace(n))) is { Length: > 0 } nowhere
            ? new Finding(false, "NoTargetPlace", $"nothing can be sent to {nowhere}; give them a spec.providerID, lodestone://HOST/DEVICE")
            : new Finding(
                false,
                "NoTargetAddress",
                $"none of {selected.Length} selected network interfaces has an address of {string.Join(" or ", lb.Spec.IpFamilies ?? [])}; give one an address of that family in spec.ips");
    }

    /// <summary>The families over which unhealthy targets take new flows, since there are no others, and one that says why.</summary>
    private static string FailingOpen(LoadBalancer lb, LoadBalancerRouting routing, NetworkInterface[] selected)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (LoadBalancerDestination destination in routing.Destinations ?? [])
        {
            string family = DestinationSelector.FamilyOf(destination.Ip ?? "") ?? "";
            if (Array.Find(selected, nic => nic.Metadata.Uid == destination.Uid) is { } nic
                && HealthSelection.Find(nic, lb.Metadata.Uid, family) is { State: TargetHealth.Unhealthy or TargetHealth.Flapping } health)
            {
                found.TryAdd(family, $"{family} ({nic.Metadata.Name}: {health.Message})");
            }
        }

        return string.Join(" and ", found.Values);
    }

    /// <summary>The first few names, in order.</summary>
    private static string Some(IEnumerable<NetworkInterface> interfaces) => Shorten(interfaces.Select(n => n.Metadata.Name ?? ""));

    private static string Shorten(IEnumerable<string> all)
    {
        string[] names = [.. all.Order(StringComparer.Ordinal).Take(ShownInterfaces + 1)];
        return string.Join(", ", names.Take(ShownInterfaces)) + (names.Length > ShownInterfaces ? ", ..." : "");
    }

    private static string Count(int targets) => targets == 1 ? "1 target" : $"{targets} targets";

    /// <summary>An interface with addresses of both families is one target.</summary>
    private static string Identity(Member member) => member.Uid.Length > 0 ? member.Uid : member.Ip;
}
