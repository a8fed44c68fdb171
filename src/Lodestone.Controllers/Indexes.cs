using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Controllers.Routing;

namespace Lodestone.Controllers;

/// <summary>Names and functions of the indexes the controllers look things up by.</summary>
internal static class Indexes
{
    /// <summary>Load balancers and network interfaces by <c>namespace/network</c>.</summary>
    internal const string Network = "network";

    /// <summary>IPAddresses and NetworkIDs by the UID of who holds them.</summary>
    internal const string Claimer = "claimer";

    /// <summary>Network interfaces by the name of the Host they are bound to.</summary>
    internal const string Host = "host";

    /// <summary>Internal load balancers by <c>namespace/network</c>.</summary>
    internal const string InternalNetwork = "internal-network";

    /// <summary>Routings by the UIDs of the network interfaces that drain there.</summary>
    internal const string Draining = "draining";

    /// <summary>Slices of routings by the UID of their routing.</summary>
    internal const string Routing = "routing";

    /// <summary>Hosts by their roles.</summary>
    internal const string Role = "role";

    /// <summary>Networks by <c>namespace/name</c> of those that they name in their peerings.</summary>
    internal const string Peer = "peer";

    /// <summary>Networks by <c>namespace/name</c> of the Prefixes that their peerings refer to.</summary>
    internal const string PeeringPrefix = "peering-prefix";

    /// <summary>Networks that aren't Available, all under the empty string.</summary>
    internal const string Waiting = "waiting";

    /// <summary>Network interfaces, and internal load balancers, by <c>namespace/network/address</c> of every address they have or want.</summary>
    internal const string Address = "address";

    /// <summary>Prefixes and PrefixAllocations by <c>namespace/parent</c>.</summary>
    internal const string Parent = "parent";

    /// <summary>PrefixAllocations by the UID of the Prefix they are made for.</summary>
    internal const string Requester = "requester";

    /// <summary>PrefixAllocations that wait and have no parent yet, by namespace.</summary>
    internal const string Unscheduled = "unscheduled";

    /// <summary>Prefixes that wait for a parent of their selector's, by namespace.</summary>
    internal const string Selecting = "selecting";

    /// <summary>Prefixes that parts can be made of, by namespace, and by namespace and label: single addresses, which are most, are not among them.</summary>
    internal const string Candidate = "candidate";

    /// <summary>Prefixes by the UID of the object that controls them.</summary>
    internal const string Controller = "controller";

    /// <summary>LoadBalancerPolicies by the load balancer they name.</summary>
    internal const string LoadBalancer = "loadbalancer";

    /// <summary>EndpointSlices by <c>namespace/service</c>.</summary>
    internal const string Service = "service";

    internal static string NetworkOf(string ns, string network) => $"{ns}/{network}";

    internal static IEnumerable<string> ByInternalNetwork(LoadBalancer lb) => lb.Spec.Type == "Internal" ? ByNetwork(lb) : [];

    internal static IEnumerable<string> ByNetwork(LoadBalancer lb) =>
        lb.Spec.NetworkRef is { } network ? [NetworkOf(lb.Metadata.Namespace ?? "", network.Name)] : [];

    internal static IEnumerable<string> ByNetwork(NetworkInterface nic) =>
        nic.Spec.NetworkRef is { } network ? [NetworkOf(nic.Metadata.Namespace ?? "", network.Name)] : [];

    internal static IEnumerable<string> ByLoadBalancer(LoadBalancerPolicy policy) => [LoadBalancerOf(policy).ToString()];

    internal static ObjectKey LoadBalancerOf(LoadBalancerPolicy policy) => new(policy.Metadata.Namespace ?? "", policy.Spec.LoadBalancerRef?.Name ?? "");

    internal static IEnumerable<string> ByPeer(Network network) => Networks.Peerings.Named(network).Select(k => k.ToString());

    internal static IEnumerable<string> ByPeeringPrefix(Network network) => Networks.Peerings.Prefixes(network).Select(k => k.ToString());

    internal static IEnumerable<string> ByWaiting(Network network) => network.Status?.State == "Available" ? [] : [""];
    internal static string AddressOf(string ns, string network, string address) => $"{ns}/{network}/{address}";

    internal static IEnumerable<string> ByAddress(NetworkInterface nic) =>
        ByAddress(nic.Metadata.Namespace, nic.Spec.NetworkRef, [.. (nic.Spec.Ips ?? []).Select(i => i.Value), .. nic.Status?.Ips ?? []]);

    internal static IEnumerable<string> ByAddress(LoadBalancer lb) => lb.Spec.Type == "Internal"
        ? ByAddress(lb.Metadata.Namespace, lb.Spec.NetworkRef, [.. (lb.Spec.Ips ?? []).Select(i => i.Value)])
        : [];

    internal static IEnumerable<string> ByHost(NetworkInterface nic) =>
        ProviderId.TryParse(nic.Spec.ProviderID, out ProviderId id) ? [id.Host] : [];

    internal static IEnumerable<string> ByDraining(LoadBalancerRouting routing) => UidsOf(routing.Draining);

    internal static IEnumerable<string> ByDraining(LoadBalancerRoutingSlice slice) => UidsOf(slice.Draining);

    internal static IEnumerable<string> ByRouting(LoadBalancerRoutingSlice slice) => slice.RoutingRef is { } routing ? [routing.Uid] : [];

    internal static IEnumerable<string> ByRole(Host host) => (host.Spec.Roles ?? []).Distinct();

    internal static IEnumerable<string> ByClaimer(IPAddress address) => address.Spec.ClaimRef is { } claim ? [claim.Uid] : [];

    internal static IEnumerable<string> ByClaimer(NetworkID id) => id.Spec.ClaimRef is { } claim ? [claim.Uid] : [];

    internal static string ParentOf(string ns, string parent) => $"{ns}/{parent}";

    internal static IEnumerable<string> ByParent(Prefix prefix) =>
        prefix.Spec.ParentRef is { } parent ? [ParentOf(prefix.Metadata.Namespace ?? "", parent.Name)] : [];

    internal static IEnumerable<string> ByParent(PrefixAllocation allocation) =>
        allocation.Spec.PrefixRef is { } parent ? [ParentOf(allocation.Metadata.Namespace ?? "", parent.Name)] : [];

    internal static IEnumerable<string> ByRequester(PrefixAllocation allocation) =>
        allocation.Metadata.Controller is { Kind: "Prefix" } requester ? [requester.Uid] : [];

    internal static IEnumerable<string> ByUnscheduled(PrefixAllocation allocation) =>
        allocation.Spec.PrefixRef is null && Ipam.PrefixRequests.IsPending(allocation) ? [allocation.Metadata.Namespace ?? ""] : [];

    internal static IEnumerable<string> BySelecting(Prefix prefix) =>
        prefix.Spec.ParentSelector is not null && !Ipam.PrefixRequests.IsAllocated(prefix) ? [prefix.Metadata.Namespace ?? ""] : [];

    internal static IEnumerable<string> ByCandidate(Prefix prefix)
    {
        if (!Ipam.PrefixRequests.IsAllocated(prefix) || !PrefixRange.TryParse(prefix.Spec.Prefix, out PrefixRange range) || range.First == range.Last)
        {
            return [];
        }

        string ns = prefix.Metadata.Namespace ?? "";
        return [ns, .. (prefix.Metadata.Labels ?? []).Select(l => LabelOf(ns, l.Key, l.Value))];
    }

    /// <summary>Where in <see cref="Candidate"/> all are that a selector may select.</summary>
    internal static string CandidatesOf(string ns, LabelSelector? selector) =>
        selector?.MatchLabels is { Count: > 0 } labels ? LabelOf(ns, labels.First().Key, labels.First().Value) : ns;

    internal static IEnumerable<string> ByController(Prefix prefix) => prefix.Metadata.Controller is { } controller ? [controller.Uid] : [];

    private static string LabelOf(string ns, string key, string value) => $"{ns}/{key}={value}";

    internal static ObjectKey KeyOf(ClaimRef claim) => new(claim.Namespace ?? "", claim.Name);

    internal static ObjectKey RoutingOf(LoadBalancerRoutingSlice slice) => new(slice.Metadata.Namespace ?? "", slice.RoutingRef?.Name ?? "");

    /// <summary>An address as the index writes it; null for what is no address.</summary>
    internal static string? Canonical(string? text) =>
        IPFamily.TryParseAddress(text, out System.Net.IPAddress? ip) ? (ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip).ToString() : null;

    private static IEnumerable<string> ByAddress(string? ns, LocalObjectReference? network, IEnumerable<string?> texts) => texts
        .Select(Canonical)
        .OfType<string>()
        .Distinct()
        .Select(t => AddressOf(ns ?? "", network?.Name ?? "", t));

    private static IEnumerable<string> UidsOf(List<LoadBalancerDraining>? draining) =>
        (draining ?? []).Select(d => Member.Of(d).Uid).Where(uid => uid.Length > 0).Distinct();
}
