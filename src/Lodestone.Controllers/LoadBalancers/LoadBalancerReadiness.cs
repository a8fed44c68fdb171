using Lodestone.Api.Networking;
using Lodestone.Controllers.Routing;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>What a load balancer's status says of its network and targets. Pure: only what it is given decides.</summary>
/// <param name="Network">The condition NetworkReady.</param>
/// <param name="Ready">The condition TargetsReady.</param>
/// <param name="Targets">Network interfaces that take new flows.</param>
/// <param name="Draining">Network interfaces that only keep the flows they have.</param>
internal sealed record LoadBalancerReadiness(Finding Network, Finding Ready, int Targets, int Draining)
{
    internal static LoadBalancerReadiness Of(LoadBalancer lb, Network? network, LoadBalancerRouting? routing, IReadOnlyCollection<NetworkInterface> interfaces)
    {
        bool isForeign = routing is not null && lb.Spec.NetworkInterfaceSelector is not null && RoutingController.IsOwnedByAnother(routing, lb);
        LoadBalancerRouting? ours = isForeign ? null : routing;
        int targets = (ours?.Destinations ?? []).Select(d => Identity(Member.Of(d))).Distinct().Count();
        int draining = (ours?.Draining ?? []).Select(d => Identity(Member.Of(d))).Distinct().Count();
        return new LoadBalancerReadiness(OfNetwork(lb, network), OfTargets(lb, network, routing, isForeign, targets, interfaces), targets, draining);
    }

    private static Finding OfNetwork(LoadBalancer lb, Network? network)
    {
        string name = lb.Spec.NetworkRef?.Name ?? "";
        return network is null ? new Finding(false, "NetworkNotFound", $"Network {name} doesn't exist; create it")
            : RoutingController.IsAvailable(network) ? new Finding(true, "NetworkAvailable", $"Network {name} is Available")
            : new Finding(false, "NetworkNotAvailable", $"Network {name} is {network.Status?.State ?? "Pending"}");
    }

    private static Finding OfTargets(
        LoadBalancer lb, Network? network, LoadBalancerRouting? routing, bool isForeign, int targets, IReadOnlyCollection<NetworkInterface> interfaces)
    {
        if (isForeign)
        {
            return new Finding(false, "RoutingNotOwned", $"LoadBalancerRouting {lb.Metadata.Name} is controlled by {routing!.Metadata.Controller!.Kind} {routing.Metadata.Controller.Name}");
        }

        if (lb.Spec.NetworkInterfaceSelector is not { } selector)
        {
            return targets > 0
                ? new Finding(true, "ManagedElsewhere", $"{Count(targets)}, from a LoadBalancerRouting that others write")
                : new Finding(false, "NoSelector", "without spec.networkInterfaceSelector somebody else writes the LoadBalancerRouting, and nobody has");
        }

        NetworkInterface[] selected = [.. interfaces.Where(n => selector.Matches(n.Metadata.Labels))];
        if (targets > 0 && DestinationSelector.IsOverLimit(lb, selected))
        {
            return new Finding(false, "TooManyTargets", $"a load balancer has at most {LoadBalancerRouting.MaxTargets} targets of a family and {selected.Length} are selected: the first by UID take the flows; select fewer");
        }

        if (targets > 0)
        {
            return new Finding(true, "TargetsAvailable", $"{targets} of {selected.Length} selected network interfaces take new flows");
        }

        if (selected.Length == 0)
        {
            return new Finding(false, "NoTargetSelected", $"no NetworkInterface of Network {lb.Spec.NetworkRef?.Name} has the labels that spec.networkInterfaceSelector wants");
        }

        string[] waiting = [.. selected.Where(n => !DestinationSelector.IsAvailable(n)).Select(n => n.Metadata.Name ?? "").Order(StringComparer.Ordinal).Take(3)];
        return network is null || !RoutingController.IsAvailable(network) ? new Finding(false, "NetworkNotAvailable", "the targets wait for the Network")
            : waiting.Length > 0 ? new Finding(false, "NoTargetAvailable", $"none of {selected.Length} selected network interfaces is Available: {string.Join(", ", waiting)}{(selected.Length > 3 ? ", ..." : "")}")
            : new Finding(false, "NoTargetAddress", $"no selected network interface has an address of {string.Join(" or ", lb.Spec.IpFamilies ?? [])}");
    }

    private static string Count(int targets) => targets == 1 ? "1 target" : $"{targets} targets";

    /// <summary>An interface with addresses of both families is one target.</summary>
    private static string Identity(Member member) => member.Uid.Length > 0 ? member.Uid : member.Ip;
}
