using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>What a <see cref="NetworkInterface"/> is to be.</summary>
public sealed class NetworkInterfaceSpec
{
    /// <summary>Where it lives: <c>lodestone://host/device</c>.</summary>
    public string? ProviderID { get; set; }
    /// <summary>The network it is in; can't change.</summary>
    public LocalObjectReference? NetworkRef { get; set; }
    /// <summary>The machine that uses it.</summary>
    public LocalUidReference? MachineRef { get; set; }
    /// <summary><c>IPv4</c> and/or <c>IPv6</c>, one for each of <see cref="Ips"/>.</summary>
    public List<string>? IpFamilies { get; set; }
    /// <summary>Its addresses.</summary>
    public List<IpSource>? Ips { get; set; }
    /// <summary>Further prefixes routed to it.</summary>
    public List<PrefixSource>? Prefixes { get; set; }
    /// <summary>A public address of its own.</summary>
    public VirtualIpSource? VirtualIP { get; set; }
    /// <summary>Provider-specific.</summary>
    public Dictionary<string, string>? Attributes { get; set; }
}
