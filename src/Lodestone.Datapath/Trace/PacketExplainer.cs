using System.Runtime.InteropServices;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Trace;

/// <summary>Tells what happens to a packet that comes in at the uplink, or that a workload sends, decision by decision.</summary>
/// <remarks>
/// Decisions are read from the maps, the outcome is the model's; tests hold the two together. The maps are a copy of the caller's
/// own: the model writes flows into them.
/// </remarks>
public static class PacketExplainer
{
    private const uint PublicNetwork = UplinkModel.PublicNetwork;

    private static readonly PacketResult Undecided = new(Verdict.None, PacketAction.Drop, [], 0);

    /// <summary>Explains a packet that comes in at the uplink.</summary>
    /// <param name="maps">A copy of the maps.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="frame">The same as a frame (<see cref="TracePacket.ToFrame"/>).</param>
    /// <param name="now">The clock of the flow table (<see cref="FlowTable.Clock"/>).</param>
    public static PacketExplanation Explain(DatapathMaps maps, TracePacket packet, ReadOnlySpan<byte> frame, uint now)
    {
        ArgumentNullException.ThrowIfNull(maps);
        ArgumentNullException.ThrowIfNull(packet);
        PacketExplanation explanation = Balance(maps, packet, frame, PublicNetwork, now);
        ulong before = DigestFlows(maps, explanation);
        var model = new DatapathModel(maps);
        PacketResult result = model.AtUplink(frame, now);
        explanation = Finish(maps, explanation, result, before);
        return result.Action != PacketAction.DeliverToPeer
            ? explanation
            : explanation with { HandOver = model.AfterUplink(result.Packet, new Delivery { Magic = result.Magic, Ifindex = result.Ifindex }, now) };
    }

    /// <summary>Explains a packet that a workload sends.</summary>
    /// <param name="maps">A copy of the maps; of those by address, what the NIC and the packet's addresses need.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="frame">The same as a frame.</param>
    /// <param name="ifindex">The NIC's device, on the host's side.</param>
    /// <param name="now">The clock of the flow table.</param>
    public static PacketExplanation ExplainAtNic(DatapathMaps maps, TracePacket packet, ReadOnlySpan<byte> frame, uint ifindex, uint now)
    {
        ArgumentNullException.ThrowIfNull(maps);
        ArgumentNullException.ThrowIfNull(packet);

        // The model does this once more: it is the same again, since a flow's record says so afterwards as well.
        byte[] sent = frame.ToArray();
        if (maps.Config.Flags.HasFlag(ConfigFlags.Translates))
        {
            new TranslationModel(maps).Back(sent, ifindex, now);
        }

        DatapathAddress source = SourceOf(packet, sent);
        DatapathAddress destination = DatapathAddress.From(packet.Destination.Address);
        var nic = new NicExplanation(
            ifindex,
            maps.NicSources.TryGetValue((ifindex, source), out NicSource found) ? found : null,
            [.. maps.NicSources.Where(entry => entry.Key.Ifindex == ifindex && entry.Value.Kind == NicSourceKind.Own).Select(entry => entry.Key.Address)])
        {
            AnswersFrom = source == SourceOf(packet, frame) ? null : source,
        };
        bool balances = nic.Source is { Kind: NicSourceKind.Own, Network: not 0 };
        PacketExplanation explanation = balances ? Balance(maps, packet, sent, found.Network, now) : Nothing(sent);
        if (explanation.Vip is null && nic.Source is { Kind: not NicSourceKind.Vip })
        {
            nic = nic with { Route = ExplainRoute(maps, found, destination, sent.Length - EthernetHeader.Size) };
        }

        ulong before = DigestFlows(maps, explanation);
        return Finish(maps, explanation with { Nic = nic }, new DatapathModel(maps).AtNic(frame, ifindex, now), before);
    }

    private static DatapathAddress SourceOf(TracePacket packet, ReadOnlySpan<byte> frame) =>
        DatapathAddress.FromBytes(packet.IsIPv6 ? frame.Slice(EthernetHeader.Size + 8, 16) : frame.Slice(EthernetHeader.Size + 12, 4));

    private static PacketExplanation Nothing(ReadOnlySpan<byte> frame) => new(frame.Length - EthernetHeader.Size, Undecided, null, null, null, null);

    /// <summary>What a VIP of the network makes of a packet, if there is one. The result is not known yet.</summary>
    private static PacketExplanation Balance(DatapathMaps maps, TracePacket packet, ReadOnlySpan<byte> frame, uint network, uint now)
    {
        int found = maps.FindVip(DatapathAddress.From(packet.Destination.Address), network);
        if (found < 0)
        {
            return Nothing(frame);
        }

        Vip entry = maps.Vips[found];
        VipExplanation vip = ExplainVip(maps, entry);
        PortExplanation? port = packet.Protocol == TraceProtocol.Icmp ? null : ExplainPort(vip, packet);
        QuicExplanation? quic = port?.IsAccepted == true ? ExplainQuic(maps, entry, packet, frame) : null;
        SlotExplanation? slot = port?.IsAccepted == true && quic is not { Real: > 0 } ? ExplainSlot(maps, entry, packet, frame, now) : null;
        uint index = quic is { Real: > 0 } ? quic.Real : slot?.Real ?? 0;
        int bytes = frame.Length - EthernetHeader.Size;
        RealExplanation? real = index > 0 && index < maps.Reals.Length ? ExplainReal(maps, index, maps.Reals[index], bytes, entry.Addr) : null;
        return new PacketExplanation(bytes, Undecided, vip, port, slot, real) { Quic = quic };
    }

    private static RouteExplanation ExplainRoute(DatapathMaps maps, in NicSource source, DatapathAddress destination, int packetBytes) =>
        source.Network != 0 && maps.Routes.TryGetValue(new RouteKey(source.Network, destination), out Real real)
            ? new RouteExplanation(ExplainReal(maps, 0, real, packetBytes, destination), false)
            : new RouteExplanation(null, maps.Routes.ContainsKey(new RouteKey(RouteKey.AnyNetwork, destination)));

    /// <summary>Whether the flow table is written is seen, not worked out.</summary>
    private static ulong DigestFlows(DatapathMaps maps, PacketExplanation explanation) =>
        explanation.Slot is { State: not SlotState.Stable } ? Digest(maps.Flows) : 0;

    private static PacketExplanation Finish(DatapathMaps maps, PacketExplanation explanation, PacketResult result, ulong before) => explanation with
    {
        Result = result,
        Slot = explanation.Slot is { State: not SlotState.Stable } slot ? slot with { WritesFlow = Digest(maps.Flows) != before } : explanation.Slot,
    };

    private static ulong Digest(ReadOnlySpan<FlowBucket> flows)
    {
        ulong digest = 0;
        foreach (ulong word in MemoryMarshal.Cast<FlowBucket, ulong>(flows))
        {
            digest = (digest ^ word) * 0x9E3779B97F4A7C15;
            digest ^= digest >> 32;
        }

        return digest;
    }

    private static VipExplanation ExplainVip(DatapathMaps maps, in Vip vip) => new(
        vip.Addr, vip.Id, vip.Flags.HasFlag(VipFlags.Announce), vip.Flags.HasFlag(VipFlags.AllPorts), PortRules.Read(vip, maps.PortBitmaps).Ranges, vip.Flags, vip.ClientMask);

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

    private static QuicExplanation? ExplainQuic(DatapathMaps maps, in Vip vip, TracePacket packet, ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        PacketHeaders.ReadIP(ip, packet.IsIPv6, out PacketHeaders headers);
        PacketHeaders.ReadTransport(ip, ref headers);
        return QuicServer.TryRead(vip, ip, headers, out QuicKey key) ? new QuicExplanation(key, QuicServer.Find(maps, vip, ip, headers)) : null;
    }

    private static SlotExplanation? ExplainSlot(DatapathMaps maps, in Vip vip, TracePacket packet, ReadOnlySpan<byte> frame, uint now)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        PacketHeaders.ReadIP(ip, packet.IsIPv6, out PacketHeaders headers);
        PacketHeaders.ReadTransport(ip, ref headers);
        var seed = new FlowSeed(maps.Config.HashSeed0, maps.Config.HashSeed1);
        ulong hash = headers.Hash(ip, seed, vip.Network);
        var keys = FlowKeys.Of(vip, hash, headers.Source(ip), headers.Protocol, seed);
        uint index = vip.RingShift == 0 ? uint.MaxValue : FlowHash.Slot(keys.Slot, (int)vip.RingShift);
        if (vip.RingShift == 0 || vip.RingBase + (ulong)index >= (ulong)maps.Rings.Length)
        {
            return null;
        }

        RingSlot slot = maps.Rings[vip.RingBase + index];
        uint current = slot.Current & RingSlot.RealMask;
        uint size = (uint)(1ul << (64 - (int)vip.RingShift));
        if ((slot.Previous & RingSlot.Consult) == 0)
        {
            return new SlotExplanation(index, size, SlotState.Stable, current, 0, SlotDecision.Owner, current, null, TimeSpan.Zero, Owned(maps, vip, size, current), false);
        }

        bool learns = (slot.Previous & RingSlot.Learn) != 0;
        if (FlowKeys.AreNeeded(vip))
        {
            return ExplainKeyed(maps, vip, slot, keys, headers, now, index, size);
        }

        uint previous = slot.Previous & RingSlot.RealMask;
        ReadOnlySpan<ulong> bucket = maps.Flows[FlowHash.Bucket(hash, maps.Config.FlowMask)].Entries;
        var places = new FlowPlaces(maps, bucket, (byte)vip.Id, now);
        int found = places.Find(FlowHash.Tag(hash));
        FlowEntry? flow = found < 0 ? null : FlowEntry.FromWord(bucket[found]);
        SlotDecision decision = Decide(maps, vip, headers, learns, previous, flow);
        if (decision == SlotDecision.StartsFlow && learns && flow is null && current != 0 && places.ForStart() < 0 && maps.IsAlive(previous))
        {
            decision = SlotDecision.NoPlace;
        }

        uint real = decision switch
        {
            SlotDecision.Recorded => flow!.Value.Real,
            SlotDecision.PreviousOwner or SlotDecision.NoPlace => previous,
            _ => current,
        };
        return new SlotExplanation(
            index, size, learns ? SlotState.Learning : SlotState.Settling, current, previous, decision, real, flow, flow?.IdleTime(now) ?? TimeSpan.Zero, Owned(maps, vip, size, real), false);
    }

    /// <summary>A slot in transition of a VIP whose slots go by the client, or did, or will.</summary>
    private static SlotExplanation ExplainKeyed(
        DatapathMaps maps, in Vip vip, RingSlot slot, in FlowKeys keys, in PacketHeaders headers, uint now, uint index, uint size)
    {
        FlowModel.KeyedChoice choice = new FlowModel(maps).Choose(in vip, slot, keys, headers, now);
        bool learns = (slot.Previous & RingSlot.Learn) != 0;
        uint current = slot.Current & RingSlot.RealMask;
        FlowModel.Place decided = choice.Decision == SlotDecision.ClientRecorded ? choice.Client : choice.Flow;
        FlowEntry? record = decided.IsFound
            ? FlowEntry.FromWord(((ReadOnlySpan<ulong>)maps.Flows[FlowHash.Bucket(decided.Hash, maps.Config.FlowMask)].Entries)[decided.Index])
            : null;
        return new SlotExplanation(
            index,
            size,
            learns ? SlotState.Learning : SlotState.Settling,
            current,
            choice.Previous,
            choice.Decision,
            choice.Real,
            record,
            record?.IdleTime(now) ?? TimeSpan.Zero,
            Owned(maps, vip, size, choice.Real),
            false);
    }

    /// <summary>How many slots of a VIP's ring a real owns.</summary>
    private static int Owned(DatapathMaps maps, in Vip vip, uint size, uint real)
    {
        int count = 0;
        foreach (RingSlot slot in maps.Rings.AsSpan((int)vip.RingBase, (int)Math.Min(size, (uint)maps.Rings.Length - vip.RingBase)))
        {
            count += (slot.Current & RingSlot.RealMask) == real ? 1 : 0;
        }

        return count;
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

    /// <summary>The way to a real.</summary>
    /// <param name="maps">The maps.</param>
    /// <param name="index">Its index; 0: it is the way of a route.</param>
    /// <param name="real">The real.</param>
    /// <param name="packetBytes">The packet, from its IP header on.</param>
    /// <param name="destination">The packet's destination.</param>
    private static RealExplanation ExplainReal(DatapathMaps maps, uint index, in Real real, int packetBytes, DatapathAddress destination) => new(
        index,
        real.Kind,
        real.Target,
        real.Dst,
        real.Ifindex,
        real.Src,
        MacAddress.FromBytes(real.Eth),
        real.Mtu,
        packetBytes + RealTemplate.Overhead(real.Kind))
    {
        OwnAddress = real.Flags.HasFlag(NicFlags.Translates)
            && maps.Translations.TryGetValue((real.Ifindex, destination), out DatapathAddress own)
            && own != destination ? own : null,
    };
}
