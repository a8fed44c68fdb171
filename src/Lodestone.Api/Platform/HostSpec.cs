namespace Lodestone.Api.Platform;

/// <summary>What a <see cref="Host"/> is configured as; written by its agent from its options.</summary>
public sealed class HostSpec
{
    /// <summary><c>Gateway</c> (announces VIPs) and/or <c>Hypervisor</c> (runs network interfaces).</summary>
    public List<string>? Roles { get; set; }
    /// <summary>Addresses other machines reach it at; IPv6 for encapsulation.</summary>
    public List<string>? UnderlayAddresses { get; set; }
    /// <summary>IPv6 /64 out of which the underlay addresses of its network interfaces are derived.</summary>
    public string? UnderlayPrefix { get; set; }
}
