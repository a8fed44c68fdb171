using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Datapath.Events;

/// <summary>The slot of a VIP's ring that a packet falls into.</summary>
public static class EventSlot
{
    /// <summary>Computes it as the packet programs do; null where the packet's ports are not known, or the VIP has no ring.</summary>
    /// <param name="packet">A packet to the VIP.</param>
    /// <param name="vip">The VIP.</param>
    /// <param name="config">The seeds.</param>
    public static uint? Of(in PacketEvent packet, in Vip vip, in DatapathConfig config)
    {
        if (packet is not { Source: { } source, Destination: { } destination, Protocol: { } protocol, Ports: { } ports }
            || vip.RingShift == 0 || destination != vip.Addr)
        {
            return null;
        }

        var seed = new FlowSeed(config.HashSeed0, config.HashSeed1);
        ulong flow = vip.Addr.IsIPv4
            ? FlowHash.OfIPv4(seed, source.IPv4Word, destination.IPv4Word, ports, protocol, vip.Network)
            : FlowHash.OfIPv6(seed, source.High, source.Low, destination.High, destination.Low, ports, protocol, vip.Network);
        return FlowHash.Slot(FlowKeys.Of(vip, flow, source, protocol, seed).Slot, (int)vip.RingShift);
    }
}
