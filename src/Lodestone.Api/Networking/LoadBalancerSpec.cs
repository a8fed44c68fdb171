using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>What a <see cref="LoadBalancer"/> is to be.</summary>
public sealed class LoadBalancerSpec
{
    /// <summary><c>Public</c> or <c>Internal</c>; can't change.</summary>
    public string? Type { get; set; }
    /// <summary><c>IPv4</c> and/or <c>IPv6</c>: one address of each is allocated.</summary>
    public List<string>? IpFamilies { get; set; }
    /// <summary>Addresses to use; only for <c>Internal</c>.</summary>
    public List<IpSource>? Ips { get; set; }
    /// <summary>The network the load balancer belongs to; can't change.</summary>
    public LocalObjectReference? NetworkRef { get; set; }
    /// <summary>Selects the targets. Absent: somebody else writes the routing.</summary>
    public LabelSelector? NetworkInterfaceSelector { get; set; }
    /// <summary>What is let through; empty: every port of TCP, UDP and SCTP.</summary>
    public List<LoadBalancerPort>? Ports { get; set; }
}
