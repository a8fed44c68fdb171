namespace Lodestone.Api.Platform;

/// <summary>What a <see cref="Host"/> is configured as; written by its agent from its options, but for <see cref="Drain"/>.</summary>
public sealed class HostSpec
{
    /// <summary><c>Gateway</c> (announces VIPs) and/or <c>Hypervisor</c> (runs network interfaces).</summary>
    public List<string>? Roles { get; set; }
    /// <summary>Addresses other machines reach it at; IPv6 for encapsulation.</summary>
    public List<string>? UnderlayAddresses { get; set; }
    /// <summary>IPv6 /64 out of which the underlay addresses of its network interfaces are derived.</summary>
    public string? UnderlayPrefix { get; set; }
    /// <summary>
    /// Whether the machine is to take no new flows: as a gateway it announces nothing, as a hypervisor its network interfaces leave the rings and keep
    /// the flows they have. Written by people, never by agents.
    /// </summary>
    public bool? Drain { get; set; }
}
