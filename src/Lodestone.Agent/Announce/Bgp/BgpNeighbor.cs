using System.Net;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>A router to speak with: one BGPPeer, read and checked. Every text in it is safe in a configuration. Immutable.</summary>
public sealed record BgpNeighbor
{
    /// <summary>Name of the BGPPeer.</summary>
    public required string Name { get; init; }

    /// <summary>The router's address; null: it is found at <see cref="Interface"/>.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The device that the router is at; null: it has an <see cref="Address"/>.</summary>
    public string? Interface { get; init; }

    /// <summary>Its autonomous system.</summary>
    public required uint Asn { get; init; }

    /// <summary>Its TCP port.</summary>
    public ushort Port { get; init; } = 179;

    /// <summary>The TCP MD5 key; null: none.</summary>
    public string? Password { get; init; }

    /// <summary>Hold time.</summary>
    public int HoldTimeSeconds { get; init; } = 90;

    /// <summary>Time between keepalives.</summary>
    public int KeepaliveSeconds { get; init; } = 30;

    /// <summary>Time until a failed session is tried again.</summary>
    public int ConnectRetrySeconds { get; init; } = 5;

    /// <summary>TTL for a router off the link; null: it is on the link.</summary>
    public int? Multihop { get; init; }

    /// <summary>Most hops that packets may have come (GTSM); null: not looked at.</summary>
    public int? TtlSecurityHops { get; init; }

    /// <summary>BFD; null: none.</summary>
    public BfdTiming? Bfd { get; init; }

    /// <summary>Whether IPv4 addresses are announced.</summary>
    public bool HasIPv4 { get; init; } = true;

    /// <summary>Whether IPv6 addresses are announced.</summary>
    public bool HasIPv6 { get; init; } = true;

    /// <summary>How long the router is to keep routes of a speaker that is gone; 0: not at all.</summary>
    public int RestartSeconds { get; init; } = 120;

    /// <summary>What goes with every route.</summary>
    public BgpAttributes Attributes { get; init; } = new();

    /// <summary>What the daemons know it by: the address, or the device.</summary>
    public string Key => Address?.ToString() ?? Interface ?? "";

    /// <summary>Whether IPv4 goes with an IPv6 next hop (RFC 8950).</summary>
    public bool UsesExtendedNextHop => HasIPv4 && Address?.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork;
}
