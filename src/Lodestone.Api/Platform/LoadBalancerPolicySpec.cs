using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>What a <see cref="LoadBalancerPolicy"/> asks for.</summary>
public sealed class LoadBalancerPolicySpec
{
    /// <summary>Weight of a target that no entry of <see cref="Weights"/> selects.</summary>
    public const int DefaultWeight = 100;

    /// <summary>Leading bits of an IPv4 client's address that count with <see cref="SessionAffinities.SourcePrefix"/>.</summary>
    public const int DefaultIPv4PrefixLength = 24;

    /// <summary>Leading bits of an IPv6 client's address that count with <see cref="SessionAffinities.SourcePrefix"/>.</summary>
    public const int DefaultIPv6PrefixLength = 64;

    /// <summary>The load balancer, of the policy's namespace.</summary>
    public LocalObjectReference? LoadBalancerRef { get; set; }
    /// <summary>Shares of new flows; the first entry that selects a network interface counts, else <see cref="DefaultWeight"/>.</summary>
    public List<TargetWeight>? Weights { get; set; }
    /// <summary>Which flows go to one target (<see cref="SessionAffinities"/>); absent: <c>Flow</c>.</summary>
    public string? SessionAffinity { get; set; }
    /// <summary>With <c>SourcePrefix</c>: leading bits of an IPv4 address that count, 1 to 32; absent: <see cref="DefaultIPv4PrefixLength"/>.</summary>
    public int? Ipv4PrefixLength { get; set; }
    /// <summary>With <c>SourcePrefix</c>: leading bits of an IPv6 address that count, 1 to 128; absent: <see cref="DefaultIPv6PrefixLength"/>.</summary>
    public int? Ipv6PrefixLength { get; set; }
    /// <summary>How later fragments find their target (<see cref="FragmentModes"/>); absent: <c>Record</c>.</summary>
    public string? Fragments { get; set; }
    /// <summary>What becomes of pings to the addresses, <c>Answer</c> or <c>Drop</c>; absent: <c>Answer</c>.</summary>
    public string? Echo { get; set; }
    /// <summary>With which destination packets reach targets: <c>Direct</c>, the load balancer's address, which targets own; <c>Translate</c>, the target's own. Absent: <c>Direct</c>.</summary>
    public string? Delivery { get; set; }
    /// <summary>How gateways tell where the addresses are (<see cref="AnnouncementModes"/>); absent: <c>Auto</c>.</summary>
    public string? Announcement { get; set; }
    /// <summary>How packets for targets on other machines are wrapped (<see cref="EncapsulationModes"/>); absent: <c>Auto</c>.</summary>
    public string? Encapsulation { get; set; }
    /// <summary>How many seconds a target that left keeps its flows, 0 to 86400; absent: the controllers' setting, 15 minutes.</summary>
    public int? DrainSeconds { get; set; }
    /// <summary>How many seconds after a change of targets gateways still learn which flow is whose, 10 to 7200; absent: the controllers' setting, 15 minutes.</summary>
    public int? TransitionSeconds { get; set; }
    /// <summary>How many seconds a target that joins takes to have its weight, in steps, 10 to 7200; absent: it has it at once.</summary>
    public int? SlowStartSeconds { get; set; }
    /// <summary>Whose unknown UDP flows are after a change: <c>Stable</c>, for a minute who had them before; <c>PreferNew</c>, at once who has them now. Absent: <c>Stable</c>.</summary>
    public string? Udp { get; set; }
    /// <summary>How QUIC packets find the server that chose their connection ID; absent: as all UDP, by the ring.</summary>
    public QuicRouting? Quic { get; set; }
    /// <summary>How targets are found to work; absent: all count as healthy.</summary>
    public HealthCheck? HealthCheck { get; set; }
}
