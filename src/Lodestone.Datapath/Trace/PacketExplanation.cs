using Lodestone.Datapath.Model;

namespace Lodestone.Datapath.Trace;

/// <summary>Every decision about a packet, up to the one that ended it.</summary>
/// <param name="PacketBytes">The packet, from its IP header on.</param>
/// <param name="Result">What the model of the programs makes of it.</param>
/// <param name="Vip">The VIP it is for; null: none, and nothing further was decided.</param>
/// <param name="Port">Whether the VIP takes its port; null for a ping, which has none.</param>
/// <param name="Slot">The slot of the ring; null where the packet did not get so far, or the VIP has no ring.</param>
/// <param name="Real">The real; null where there is none.</param>
public sealed record PacketExplanation(
    int PacketBytes,
    PacketResult Result,
    VipExplanation? Vip,
    PortExplanation? Port,
    SlotExplanation? Slot,
    RealExplanation? Real)
{
    /// <summary>What the packet's QUIC connection ID says; null where it was not looked for, or the packet has none. Where it names a real, no slot is looked at.</summary>
    public QuicExplanation? Quic { get; init; }

    /// <summary>Of a packet that a workload sends: what is decided at its NIC; null of one that came in at the uplink.</summary>
    public NicExplanation? Nic { get; init; }

    /// <summary>What the model of <c>lodestone_up</c> makes of what the uplink's XDP program hands over to it; null where it hands nothing over.</summary>
    public PacketResult? HandOver { get; init; }
}
