using Lodestone.Api.Platform;

namespace Lodestone.Api.Networking;

/// <summary>What a LoadBalancerPolicy makes gateways do, as they need it; written beside the destinations, so that all of them do the same.</summary>
public sealed class RoutingPolicy
{
    /// <summary>Name of the LoadBalancerPolicy.</summary>
    public string Name { get; set; } = "";
    /// <summary>UID of the LoadBalancerPolicy.</summary>
    public string Uid { get; set; } = "";
    /// <summary>The <c>metadata.generation</c> of the LoadBalancerPolicy that was taken up.</summary>
    public long Generation { get; set; }
    /// <summary>What a flow's slot of the ring comes from; absent: from the whole flow.</summary>
    public RoutingKey? Key { get; set; }
    /// <summary>How QUIC packets find the server that chose their connection ID; absent: by the ring.</summary>
    public RoutingQuic? Quic { get; set; }
    /// <summary>How the hosts of targets find out whether they work, as the policy has it; absent: nobody does.</summary>
    public HealthCheck? HealthCheck { get; set; }
    /// <summary><c>AddressPair</c>: later fragments need no record of their first. Absent: they do.</summary>
    public string? Fragments { get; set; }
    /// <summary><c>Drop</c>: pings are dropped. Absent: they are answered.</summary>
    public string? Echo { get; set; }
    /// <summary><c>Layer2</c>, <c>BGP</c> or <c>Both</c>: how gateways announce the addresses. Absent: by BGP where they have peers, else on the segment.</summary>
    public string? Announcement { get; set; }
    /// <summary><c>Translate</c>: targets get packets with their own address as destination. Absent: with the load balancer's.</summary>
    public string? Delivery { get; set; }
    /// <summary><c>IPv6</c>, <c>Geneve</c>, <c>IPIP</c> or <c>GUE</c>: how packets for targets on other machines are wrapped. Absent: by what both ends have.</summary>
    public string? Encapsulation { get; set; }
    /// <summary>For how many seconds a change of targets is remembered, as the policy has it; absent: 15 minutes. A gateway that hears of one late gives its flows as long.</summary>
    public int? TransitionSeconds { get; set; }
}
