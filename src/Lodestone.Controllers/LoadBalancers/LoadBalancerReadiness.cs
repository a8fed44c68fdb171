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
        int targets = (ours?.Destinations ?? []).Select(d => Identity(Member.Of(d))).Distinct().Count();
        int draining = (ours?.Draining ?? []).Select(d => Identity(Member.Of(d))).Distinct().Count();
        NetworkInterface[] selected = [.. interfaces.Where(n => lb.Spec.NetworkInterfaceSelector?.Matches(n.Metadata.Labels) == true)];

        // A target that has just lost its label is no longer selected, but still in the routing.
        return new LoadBalancerReadiness(
            OfNetwork(lb, network), OfTargets(lb, network, routing, isForeign, targets, selected), targets, draining, Math.Max(targets, selected.Length));
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
        LoadBalancer lb, Network? network, LoadBalancerRouting? routing, bool isForeign, int targets, NetworkInterface[] selected)
    {
        if (isForeign)
        {
            return new Finding(
                false,
                "RoutingNotOwned",
                $"LoadBalancerRouting {lb.Metadata.Name} is controlled by {routing!.Metadata.Controller!.Kind} {routing.Metadata.Controller.Name}; delete it, or rename this LoadBalancer");
        }

        if (lb.Spec.NetworkInterfaceSelector is null)
        {
            return targets > 0
                ? new Finding(true, "ManagedElsewhere", $"{Count(targets)}, from a LoadBalancerRouting that others write")
                : new Finding(false, "NoSelector", $"without spec.networkInterfaceSelector somebody else writes LoadBalancerRouting {lb.Metadata.Name}, and nobody has; give it a selector");
        }

        if (targets > 0)
        {
            return new Finding(true, "TargetsAvailable", $"{targets} of {Math.Max(targets, selected.Length)} selected network interfaces take new flows");
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

        return Some(selected.Where(n => !DestinationSelector.HasPlace(n))) is { Length: > 0 } nowhere
            ? new Finding(false, "NoTargetPlace", $"nothing can be sent to {nowhere}; give them a spec.providerID, lodestone://HOST/DEVICE")
            : new Finding(
                false,
                "NoTargetAddress",
                $"none of {selected.Length} selected network interfaces has an address of {string.Join(" or ", lb.Spec.IpFamilies ?? [])}; give one an address of that family in spec.ips");
    }

    /// <summary>The first few names, in order.</summary>
    private static string Some(IEnumerable<NetworkInterface> interfaces)
    {
        string[] names = [.. interfaces.Select(n => n.Metadata.Name ?? "").Order(StringComparer.Ordinal).Take(ShownInterfaces + 1)];
        return string.Join(", ", names.Take(ShownInterfaces)) + (names.Length > ShownInterfaces ? ", ..." : "");
    }

    private static string Count(int targets) => targets == 1 ? "1 target" : $"{targets} targets";

    /// <summary>An interface with addresses of both families is one target.</summary>
    private static string Identity(Member member) => member.Uid.Length > 0 ? member.Uid : member.Ip;
}
