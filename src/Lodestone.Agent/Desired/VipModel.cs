using Lodestone.Api.Meta;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Desired;

/// <summary>A VIP of a public load balancer. Immutable.</summary>
public sealed record VipModel
{
    /// <summary>The load balancer whose address it is.</summary>
    public required ObjectKey LoadBalancer { get; init; }

    /// <summary>UID of the load balancer.</summary>
    public required string LoadBalancerUid { get; init; }

    /// <summary>The address.</summary>
    public required DatapathAddress Address { get; init; }

    /// <summary>VNI; 0 is the public network.</summary>
    public required uint Network { get; init; }

    /// <summary>Accepted ports.</summary>
    public required PortRules Ports { get; init; }

    /// <summary>Where its targets come from.</summary>
    public required RoutingModel Routing { get; init; }

    /// <summary>Who takes which slot at the time the state was computed; null on a machine that is no gateway.</summary>
    public FoldedRing? Ring { get; init; }

    /// <summary>Whether this machine answers ARP and NDP for it.</summary>
    public bool Announce { get; init; }

    /// <summary>Whether unknown UDP flows of a slot in transition are new ones, and so the current owner's.</summary>
    public bool UdpToCurrent { get; init; }

    /// <summary>The history of the ring of the VIP's family.</summary>
    public RingHistory History => Address.IsIPv4 ? Routing.IPv4 : Routing.IPv6;
}
