using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Trace;

/// <summary>Tells what happens to a packet that comes in at the uplink, decision by decision.</summary>
/// <remarks>
/// Decisions are read from the maps, the outcome is the model's; tests hold the two together. The maps are a copy of the caller's
/// own: the model writes flows into them.
/// </remarks>
public static class PacketExplainer
{
    private const uint PublicNetwork = 0;

    /// <summary>Explains a packet.</summary>
    /// <param name="maps">A copy of the maps.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="frame">The same as a frame (<see cref="TracePacket.ToFrame"/>).</param>
    /// <param name="now">The clock of the flow table (<see cref="FlowTable.Age"/>).</param>
    public static PacketExplanation Explain(DatapathMaps maps, TracePacket packet, ReadOnlySpan<byte> frame, byte now)
    {
        ArgumentNullException.ThrowIfNull(maps);
        ArgumentNullException.ThrowIfNull(packet);
        VipExplanation? vip = null;
        PortExplanation? port = null;
        SlotExplanation? slot = null;
        RealExplanation? real = null;
        int found = maps.FindVip(DatapathAddress.From(packet.Destination.Address), PublicNetwork);
        if (found >= 0)
        {
            Vip entry = maps.Vips[found];
            vip = ExplainVip(maps, entry);
            port = packet.Protocol == TraceProtocol.Icmp ? null : ExplainPort(vip, packet);
            slot = port?.IsAccepted == true ? ExplainSlot(maps, entry, packet, frame, now) : null;
            real = slot is { Real: > 0 } ? ExplainReal(maps, slot.Real, frame.Length - EthernetHeader.Size) : null;
        }

        return new PacketExplanation(frame.Length - EthernetHeader.Size, new DatapathModel(maps).AtUplink(frame, now), vip, port, slot, real);
    }

    private static VipExplanation ExplainVip(DatapathMaps maps, in Vip vip) => new(
        vip.Addr, vip.Id, vip.Flags.HasFlag(VipFlags.Announce), vip.Flags.HasFlag(VipFlags.AllPorts), PortRules.Read(vip, maps.PortBitmaps).Ranges);

    private static PortExplanation ExplainPort(VipExplanation vip, TracePacket packet)
    {
        foreach (PortRange range in vip.Ports)
        {
            if (range.Proto == packet.ProtocolNumber && range.From <= packet.Destination.Port && packet.Destination.Port <= range.To)
            {
                return new PortExplanation(true, range);
            }
        }

        return new PortExplanation(vip.AcceptsAllPorts, null);
    }

    private static SlotExplanation? ExplainSlot(DatapathMaps maps, in Vip vip, TracePacket packet, ReadOnlySpan<byte> frame, byte now)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        PacketHeaders.ReadIP(ip, packet.IsIPv6, out PacketHeaders headers);
        PacketHeaders.ReadTransport(ip, ref headers);
        ulong hash = headers.Hash(ip, new FlowSeed(maps.Config.HashSeed0, maps.Config.HashSeed1), PublicNetwork);
        uint index = vip.RingShift == 0 ? uint.MaxValue : FlowHash.Slot(hash, (int)vip.RingShift);
        if (vip.RingShift == 0 || vip.RingBase + (ulong)index >= (ulong)maps.Rings.Length)
        {
            return null;
        }

        RingSlot slot = maps.Rings[vip.RingBase + index];
        uint current = slot.Current & RingSlot.RealMask;
        uint size = (uint)(1ul << (64 - (int)vip.RingShift));
        if ((slot.Previous & RingSlot.Consult) == 0)
        {
            return new SlotExplanation(index, size, SlotState.Stable, current, 0, SlotDecision.Owner, current, null, 0, false);
        }

        bool learns = (slot.Previous & RingSlot.Learn) != 0;
        uint previous = slot.Previous & RingSlot.RealMask;
        FlowEntry? flow = FindFlow(maps, hash, now);
        SlotDecision decision = Decide(maps, vip, headers, learns, previous, flow);
        uint real = decision switch
        {
            SlotDecision.Recorded => flow!.Value.Real,
            SlotDecision.PreviousOwner => previous,
            _ => current,
        };
        bool records = learns && real != 0;
        bool writes = decision switch
        {
            SlotDecision.StartsFlow => records || flow is not null,
            SlotDecision.Recorded => flow!.Value.Age != now || flow.Value.State == FlowState.Syn,
            _ => records,
        };
        int idle = flow is { } entry ? (byte)(now - entry.Age) : 0;
        return new SlotExplanation(
            index, size, learns ? SlotState.Learning : SlotState.Settling, current, previous, decision, real, flow, idle, writes);
    }

    private static SlotDecision Decide(DatapathMaps maps, in Vip vip, in PacketHeaders headers, bool learns, uint previous, FlowEntry? flow)
    {
        if (headers.StartsFlow)
        {
            return SlotDecision.StartsFlow;
        }

        if (flow is not null)
        {
            return SlotDecision.Recorded;
        }

        if (!learns)
        {
            return SlotDecision.Unrecorded;
        }

        if (headers.Protocol == PacketHeaders.Udp && vip.Flags.HasFlag(VipFlags.UdpCurrent))
        {
            return SlotDecision.UdpIsNew;
        }

        return maps.IsAlive(previous) ? SlotDecision.PreviousOwner : SlotDecision.PreviousOwnerDead;
    }

    private static FlowEntry? FindFlow(DatapathMaps maps, ulong hash, byte now)
    {
        ReadOnlySpan<ulong> bucket = maps.Flows[FlowHash.Bucket(hash, maps.Config.FlowMask)].Entries;
        foreach (ulong word in bucket)
        {
            FlowEntry entry = FlowEntry.FromWord(word);
            if (word != 0 && entry.Tag == FlowHash.Tag(hash) && !entry.IsExpired(now) && maps.IsAlive(entry.Real))
            {
                return entry;
            }
        }

        return null;
    }

    private static RealExplanation? ExplainReal(DatapathMaps maps, uint index, int packetBytes)
    {
        if (index >= maps.Reals.Length)
        {
            return null;
        }

        Real real = maps.Reals[index];
        return new RealExplanation(
            index,
            real.Kind,
            RealTemplate.TargetOf(real),
            RealTemplate.UnderlayOf(real),
            real.Ifindex,
            RealTemplate.SourceOf(real),
            MacAddress.FromBytes(real.Eth),
            real.Mtu,
            packetBytes + (real.Kind == RealKind.Encap ? Ipv6Header.Size : 0));
    }
}
