using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Events;

/// <summary>What became of a packet, with what its headers say.</summary>
public readonly record struct PacketEvent
{
    /// <summary>CLOCK_MONOTONIC in nanoseconds.</summary>
    public required ulong TimeNs { get; init; }

    /// <summary>What the event is about.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>What became of the packet.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The device it came in at.</summary>
    public required uint Ifindex { get; init; }

    /// <summary>Its bytes as it came in, from the IP header.</summary>
    public required uint Bytes { get; init; }

    /// <summary>Id of its VIP; null of a dropped packet, whose VIP is not looked up.</summary>
    public required uint? Vip { get; init; }

    /// <summary>Index of its target; 0 of a dropped packet.</summary>
    public required uint Real { get; init; }

    /// <summary>How the target was found.</summary>
    public required EventPath Path { get; init; }

    /// <summary>Source address; null where the packet is not IP or too short.</summary>
    public DatapathAddress? Source { get; init; }

    /// <summary>Destination address, likewise.</summary>
    public DatapathAddress? Destination { get; init; }

    /// <summary>IP protocol, behind extension headers that are walked; null without addresses.</summary>
    public byte? Protocol { get; init; }

    /// <summary>Source and destination port as loaded; null where there are none: another protocol, a later fragment.</summary>
    public uint? Ports { get; init; }

    /// <summary>Source port in host byte order.</summary>
    public int? SourcePort => Ports is { } ports ? (int)(((ports & 0xff) << 8) | ((ports >> 8) & 0xff)) : null;

    /// <summary>Destination port in host byte order.</summary>
    public int? DestinationPort => Ports is { } ports ? (int)(((ports >> 8) & 0xff00) | (ports >> 24)) : null;
}
