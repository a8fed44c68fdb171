using Lodestone.Api.Ipam;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>What differs between two snapshots. Of objects: what was there and what is; they are not changed, so the same instance is the same object.</summary>
/// <remarks>Slices are not among them: a load balancer that waits for one is looked at every time.</remarks>
internal sealed class PlanChanges(PlanWorld before, PlanWorld after)
{
    private readonly bool _hasSameHosts = HaveSameHosts(before.Snapshot, after.Snapshot);

    /// <summary>Network interfaces.</summary>
    public IReadOnlyList<(NetworkInterface? Old, NetworkInterface? New)> NetworkInterfaces { get; } = after.NetworkInterfaces.ChangesSince(before.NetworkInterfaces);

    /// <summary>Prefixes.</summary>
    public IReadOnlyList<(Prefix? Old, Prefix? New)> Prefixes { get; } = after.Prefixes.ChangesSince(before.Prefixes);

    /// <summary>Load balancers.</summary>
    public IReadOnlyList<(LoadBalancer? Old, LoadBalancer? New)> LoadBalancers { get; } = after.LoadBalancers.ChangesSince(before.LoadBalancers);

    /// <summary>Routings.</summary>
    public IReadOnlyList<(LoadBalancerRouting? Old, LoadBalancerRouting? New)> Routings { get; } = after.Routings.ChangesSince(before.Routings);

    /// <summary>Whether networks are as they were.</summary>
    public bool HasSameNetworks { get; } = after.Networks.ChangesSince(before.Networks).Count == 0;

    /// <summary>Whether this machine's devices are as they were.</summary>
    public bool HasSameDevices { get; } = ReferenceEquals(before.Snapshot.Devices, after.Snapshot.Devices);

    /// <summary>Whether this machine takes part in the underlay as it did.</summary>
    public bool HasSameUnderlay { get; } = before.Snapshot.Underlay == after.Snapshot.Underlay;

    /// <summary>Whether all that the ways to targets depend on, but for network interfaces, devices and next hops, is as it was.</summary>
    public bool HasSameSite => HasSameUnderlay && _hasSameHosts;

    /// <summary>The addresses whose next hop is known otherwise than before.</summary>
    public IReadOnlySet<IPAddress> NextHops { get; } = ChangedNextHops(before.Snapshot.NextHops, after.Snapshot.NextHops);

    /// <summary>The addresses that this machine was silent about and is no longer, or the other way round.</summary>
    public IReadOnlyList<DatapathAddress> Silent { get; } = ChangedSilent(before.Snapshot.Silent, after.Snapshot.Silent);

    /// <summary>Whether what concerns all load balancers at once is the same. Where it is not, everything differs.</summary>
    public static bool IsSameMachine(WorldSnapshot one, WorldSnapshot other) =>
        one.HostName == other.HostName && one.IsGateway == other.IsGateway && one.BgpPeers.IsEmpty == other.BgpPeers.IsEmpty;

    /// <summary>Whether all hosts are reached in the same way, and trusted alike.</summary>
    private static bool HaveSameHosts(WorldSnapshot one, WorldSnapshot other) =>
        one.TrustsAnySource == other.TrustsAnySource
        && (ReferenceEquals(one.Hosts, other.Hosts) || (one.Hosts.Count == other.Hosts.Count && one.Hosts.Zip(other.Hosts).All(hosts => IsSamePlace(hosts.First, hosts.Second))));

    /// <summary>Whether a host is reached in the same way; what its agent reports of itself does not matter.</summary>
    private static bool IsSamePlace(Host one, Host other) =>
        ReferenceEquals(one, other)
        || (one.Metadata.Name == other.Metadata.Name
            && one.Spec.UnderlayPrefix == other.Spec.UnderlayPrefix
            && (one.Spec.UnderlayAddresses ?? []).SequenceEqual(other.Spec.UnderlayAddresses ?? []));

    private static HashSet<IPAddress> ChangedNextHops(IReadOnlyDictionary<IPAddress, MacAddress> before, IReadOnlyDictionary<IPAddress, MacAddress> after) =>
        ReferenceEquals(before, after)
            ? []
            : [.. before.Except(after).Concat(after.Except(before)).Select(entry => entry.Key)];

    private static DatapathAddress[] ChangedSilent(IReadOnlySet<DatapathAddress> before, IReadOnlySet<DatapathAddress> after) =>
        ReferenceEquals(before, after)
            ? []
            : [.. before.Union(after).Where(address => before.Contains(address) != after.Contains(address))];
}
