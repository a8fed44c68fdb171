using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Netlink;

/// <summary>What to change about a link; null leaves a thing as it is.</summary>
public sealed record LinkSettings
{
    /// <summary>New name, at most 15 bytes.</summary>
    public string? Name { get; init; }

    /// <summary>Switch it on or off.</summary>
    public bool? IsUp { get; init; }

    /// <summary>Have neighbours asked for their link-layer addresses, or use the link's own for all.</summary>
    public bool? AsksNeighbours { get; init; }

    /// <summary>Largest packet without the Ethernet header, in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>Ethernet address.</summary>
    public MacAddress? Address { get; init; }

    /// <summary>Index of the bridge to make it a port of; 0 takes it out of its bridge.</summary>
    public int? MasterIndex { get; init; }

    /// <summary>Of a port of a bridge: send frames for Ethernet addresses that the bridge has not learned here too, or not.</summary>
    public bool? FloodsUnknownFrames { get; init; }

    /// <summary>Of a port of a bridge: pass nothing between it and other isolated ports, or everything.</summary>
    public bool? IsIsolated { get; init; }

    /// <summary>Namespace to move it to. It is down afterwards and may have another index.</summary>
    public NetworkNamespace? Namespace { get; init; }
}
