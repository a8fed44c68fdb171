using System.Collections.Immutable;
using Lodestone.Api.Meta;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Desired;

/// <summary>A VIP of a load balancer. Immutable.</summary>
public sealed record VipModel
{
    /// <summary>The load balancer whose address it is.</summary>
    public required ObjectKey LoadBalancer { get; init; }

    /// <summary>UID of the load balancer.</summary>
    public required string LoadBalancerUid { get; init; }

    /// <summary>The address.</summary>
    public required DatapathAddress Address { get; init; }

    /// <summary>VNI of the network whose workloads it is served to; 0 is the public network.</summary>
    public required uint Network { get; init; }

    /// <summary>What tells it from other VIPs.</summary>
    public VipKey Key => new(Network, Address);

    /// <summary>Whether it is served at the devices of workloads, not at the uplink.</summary>
    public bool IsInternal => Network != 0;

    /// <summary>Accepted ports.</summary>
    public required PortRules Ports { get; init; }

    /// <summary>Where its targets come from.</summary>
    public required RoutingModel Routing { get; init; }

    /// <summary>Who takes which slot at the time the state was computed; null for a public VIP on a machine that is no gateway.</summary>
    public FoldedRing? Ring { get; init; }

    /// <summary>Targets that live at the time the state was computed, ascending: those that need a real.</summary>
    public ImmutableArray<ulong> Alive { get; init; } = [];

    /// <summary>Whether this machine answers pings for it and, of a public one, ARP and NDP.</summary>
    public bool Announce { get; init; }

    /// <summary>How this machine tells of it, where it does.</summary>
    public VipAnnouncement Announcement { get; init; }

    /// <summary>Whether unknown UDP flows of a slot in transition are new ones, and so the current owner's.</summary>
    public bool UdpToCurrent { get; init; }

    /// <summary>Targets that are checked, ascending; they may answer from the VIP also while they are unhealthy.</summary>
    public ImmutableArray<ulong> Checked => Address.IsIPv4 ? Routing.CheckedIPv4 : Routing.CheckedIPv6;

    /// <summary>The history of the ring of the VIP's family.</summary>
    public RingHistory History => Address.IsIPv4 ? Routing.IPv4 : Routing.IPv6;
}
