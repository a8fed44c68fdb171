using System.Globalization;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Trace;

namespace Lodestone.Cli.Trace;

/// <summary>The sentences of a trace.</summary>
internal static class TraceWording
{
    /// <summary>How many ports a refusal lists at most.</summary>
    private const int MaxListed = 12;

    /// <summary>The packet in a line.</summary>
    public static string Packet(TraceReport report)
    {
        TracedPacket packet = report.Packet;
        string where = report.Nic is { } nic ? $"sent by {nic.NetworkInterface ?? "a workload"} at {nic.Device}" : $"in at {report.Program.Device ?? "no uplink"}";
        return $"{packet.Protocol}{(packet.Flags is null ? "" : " " + packet.Flags)} {packet.Source} > {packet.Destination}, {packet.Bytes} bytes, {where}";
    }

    /// <summary>What a workload's source address is to its NIC.</summary>
    public static string Source(TracedNic nic, string source)
    {
        string name = nic.NetworkInterface is { } key ? $"network interface {key}" : "the network interface";
        string network = nic.Network is { } own ? $"network {own} ({nic.Vni})" : $"network {nic.Vni}";
        return nic.Source switch
        {
            NicSourceKind.Own => $"{source} is an address of {name}, in {network}",
            NicSourceKind.Vip => $"{source} is a public VIP that {name} serves: an answer, which goes straight to the client",
            NicSourceKind.Internal => $"{source} is an Internal VIP that {name} serves: an answer, which stays in {network}",
            _ => $"{source} is neither an address of {name} nor a VIP that it serves; it has {(nic.Addresses.Count == 0 ? "none" : string.Join(", ", nic.Addresses))}",
        };
    }

    /// <summary>Whether there is a VIP in the network of the workload that sends.</summary>
    public static string InternalVip(TracedVip? vip, string destination) => vip switch
    {
        null => $"{destination} is no VIP of the network",
        { LoadBalancer: { } name } => $"{vip.Address} is an Internal VIP of load balancer {name}",
        _ => $"{vip.Address} is an Internal VIP of the network",
    };

    /// <summary>Whether the network has a destination.</summary>
    public static string Route(TracedRoute route, string destination) => route switch
    {
        { NetworkInterface: { } name } => $"{destination} is an address of network interface {name}, which the network reaches",
        { IsKnown: true } => $"{destination} is an address of the network, or of one it is peered with",
        { IsForeign: true } => $"{destination} is an address of other networks only, with which this one is not peered",
        _ => $"{destination} is no address of the network, nor of one it is peered with",
    };

    /// <summary>What tc at the uplink does with a packet for a workload of this machine.</summary>
    public static string HandOver(TracedHandOver handOver, TracedDelivery? delivery)
    {
        string program = handOver.Id is { } id ? $"lodestone_up (id {id}, tag {handOver.Tag})" : "lodestone_up, if it were attached,";
        return handOver.Verdict switch
        {
            Datapath.Layout.Verdict.DropTranslation => $"{program} drops it: the workload's own address can't be put in",
            Datapath.Layout.Verdict.Translated => $"{program} puts {delivery?.OwnAddress ?? "the workload's own address"} in the place of the VIP and hands it to the workload at {handOver.Device}",
            _ => $"{program} hands it to the workload at {handOver.Device}, unchanged",
        };
    }

    /// <summary>Where a workload's packet goes that leaves its network.</summary>
    public static string WayOut(string way, bool isAnswer) => isAnswer
        ? $"{way}, with the MAC address that the kernel has for it"
        : $"by the routing of the host: {way}";

    /// <summary>Whether there is a VIP.</summary>
    public static string Vip(TracedVip? vip, string destination) => vip switch
    {
        null => $"{destination} is no public VIP of this machine",
        { LoadBalancer: { } name } => $"{vip.Address} is a VIP of load balancer {name}{Announced(vip)}",
        _ => $"{vip.Address} is a VIP{Announced(vip)}",
    };

    /// <summary>A rule, as in <c>tcp 80</c> or <c>udp 5000-5100</c>.</summary>
    public static string Rule(PortRange range)
    {
        string protocol = range.Proto switch { 6 => "tcp", 17 => "udp", _ => "sctp" };
        return range.From == range.To ? $"{protocol} {range.From}" : $"{protocol} {range.From}-{range.To}";
    }

    /// <summary>What became of the port.</summary>
    public static string Port(TracedPort port, string wanted)
    {
        if (port.Accepted)
        {
            return $"{wanted} is let through by rule {port.Rule}";
        }

        string more = port.Accepts.Count > MaxListed ? $" and {port.Accepts.Count - MaxListed} more" : "";
        return port.Accepts.Count == 0
            ? $"{wanted} is refused; no port is accepted"
            : $"{wanted} is refused; accepted are {string.Join(", ", port.Accepts.Take(MaxListed))}{more}";
    }

    /// <summary>What a connection ID decides, of a VIP that goes by them.</summary>
    public static string Quic(TracedQuic? quic) => quic switch
    {
        null => "the packet has no QUIC connection ID that a server chose, so the ring decides; --quic-cid gives it one",
        { Real: 0 } => $"its connection ID says server {quic.ServerId} of configuration {quic.Config}, which is no living target's at this port, so the ring decides",
        _ => $"its connection ID names server {quic.ServerId} of configuration {quic.Config}: {Real(quic.Real)} takes the packet, whatever the ring says",
    };

    /// <summary>What the slot decides.</summary>
    public static string Slot(TracedSlot slot)
    {
        string owners = slot.State switch
        {
            SlotState.Stable => "stable: no state is kept",
            SlotState.Learning => $"learning: its owner changes from {Real(slot.Previous!.Value)} to {Real(slot.Current)} and flows are recorded",
            _ => $"settling: its owner is {Real(slot.Current)}, and recorded flows stay where they are",
        };
        string decision = slot.Decision switch
        {
            SlotDecision.Owner => $"its owner {Real(slot.Current)} takes the packet",
            SlotDecision.StartsFlow => $"the packet starts a flow, so the owner {Real(slot.Current)} takes it",
            SlotDecision.NoPlace => $"the packet starts a flow and there is no place to record it, so {Real(slot.Previous!.Value)} takes it, as it will the next ones of the flow",
            SlotDecision.Recorded => $"the flow is recorded ({State(slot.Record!.State)}, idle for {slot.Record.IdleSeconds} s), so {Real(slot.Record.Real)} keeps it",
            SlotDecision.ClientRecorded => $"its client is recorded ({State(slot.Record!.State)}, idle for {slot.Record.IdleSeconds} s), so {Real(slot.Record.Real)} takes its new flows too",
            SlotDecision.ClientMayBeOlder => $"the packet starts a flow of a client that may be older than the change, which is recent, so it goes to {Real(slot.Previous!.Value)}",
            SlotDecision.PreviousOwner => $"the flow is not recorded, so it is older than the change and stays with {Real(slot.Previous!.Value)}",
            SlotDecision.PreviousOwnerDead => $"the flow is not recorded and the former owner is gone, so the owner {Real(slot.Current)} takes it",
            SlotDecision.UdpIsNew => $"the flow is not recorded, and UDP of this VIP is then taken for new: the owner {Real(slot.Current)} takes it",
            _ => $"the flow is not recorded, so the owner {Real(slot.Current)} takes it",
        };
        string writes = slot.WritesFlow ? "; from the wire, it would write the flow table" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{slot.Index} of {slot.Size} is {owners}; {decision}{writes}");
    }

    /// <summary>The target.</summary>
    public static string Target(TracedTarget target, TracedSlot? slot)
    {
        string name = target.NetworkInterface is { } nic ? $"network interface {nic}, underlay address {target.Underlay}" : $"underlay address {target.Underlay}";
        string share = slot is null ? "" : string.Create(CultureInfo.InvariantCulture, $", owner of {slot.Owned} of {slot.Size} slots ({100.0 * slot.Owned / slot.Size:0.##} %)");
        return $"real {target.Index}: {name}{share}";
    }

    /// <summary>Which flows share a slot; null where each has its own.</summary>
    public static string? Affinity(VipExplanation vip)
    {
        string former = vip.Flags.HasFlag(VipFlags.Rekeyed) ? "; this has changed, and older flows are looked up by what it was" : "";
        if (!vip.Flags.HasFlag(VipFlags.ByClient))
        {
            return former.Length > 0 ? "each flow has a slot of its own" + former : null;
        }

        string fragments = vip.Flags.HasFlag(VipFlags.AnyFragment) ? ", fragments included" : "";
        (ulong high, ulong low) = (vip.ClientMask.High, vip.ClientMask.Low);
        int bits = System.Numerics.BitOperations.PopCount(high) + System.Numerics.BitOperations.PopCount(low) - (vip.Address.IsIPv4 ? 96 : 0);
        bool isWhole = bits == (vip.Address.IsIPv4 ? 32 : 128);
        string who = isWhole ? "a client's address" : $"clients with the same first {bits} bits of their address";
        return vip.Flags.HasFlag(VipFlags.ByProtocol)
            ? $"all flows of {who} and a protocol share a slot{fragments}{former}"
            : $"all flows of {who} share a slot{fragments}{former}";
    }

    /// <summary>The way to the target.</summary>
    public static string Delivery(TracedDelivery? delivery)
    {
        if (delivery is null)
        {
            return "none: no way to the target is known";
        }

        string size = delivery.PacketBytes > delivery.MtuBytes
            ? $"; {delivery.PacketBytes} bytes are more than the {delivery.MtuBytes} that fit"
            : $"; {delivery.PacketBytes} bytes of at most {delivery.MtuBytes}";
        size += (delivery.IsTranslated, delivery.OwnAddress) switch
        {
            (true, { } own) => $"; the destination becomes the workload's own address {own}, and answers are from the VIP",
            (true, null) => "; its host puts the workload's own address in the place of the destination",
            _ => "",
        };
        return delivery.Kind switch
        {
            RealKind.Encap or RealKind.Ipip or RealKind.GueIPv4 or RealKind.GueIPv6 or RealKind.GeneveIPv4 or RealKind.GeneveIPv6 => $"inside {Form(delivery.Kind)} from {delivery.OuterSource} to {delivery.OuterDestination}, out of {delivery.Device} to next hop {delivery.NextHop}{size}",
            RealKind.Stack => $"on this machine, to its own network stack, with the VIP as destination{size}",
            RealKind.Peer => $"on this machine, to the far end of veth {delivery.Device}{size}",
            _ => $"on this machine, out of {delivery.Device} to {delivery.NextHop}{size}",
        };
    }

    /// <summary>What packets are encapsulated in.</summary>
    public static string Form(RealKind kind) => kind switch
    {
        RealKind.Encap => "IPv6",
        RealKind.Ipip => "IPv4",
        RealKind.GueIPv4 => "GUE over IPv4",
        RealKind.GueIPv6 => "GUE over IPv6",
        RealKind.GeneveIPv4 => "Geneve over IPv4",
        RealKind.GeneveIPv6 => "Geneve over IPv6",
        _ => "nothing",
    };

    /// <summary>The verdict.</summary>
    public static string Verdict(TracedVerdict verdict) => $"{verdict.Number} {verdict.Name}: {verdict.Meaning}";

    /// <summary>Which program said so.</summary>
    public static string Program(TracedProgram program)
    {
        if (program.Id is null)
        {
            return $"none is attached; that of this executable (tag {program.CopyTag}) ran on a copy of the maps";
        }

        string ran = program switch
        {
            { RanAttached: true } => "ran on the maps themselves: this packet is counted",
            { IsSame: true } => "ran on a copy of its maps: nothing was counted, recorded or sent",
            _ => $"is another one than this executable's (tag {program.CopyTag}), which ran on a copy of the maps",
        };
        return $"id {program.Id}, tag {program.Tag}, {ran}";
    }

    private static string Announced(TracedVip vip) => vip.Announced ? ", announced by this machine" : ", announced elsewhere";

    private static string Real(uint index) => index == 0 ? "nobody" : $"real {index}";

    private static string State(FlowState state) => state switch
    {
        FlowState.Syn => "only its start has been seen",
        FlowState.New => "new since the change",
        FlowState.Proven => "in use for more than half a minute",
        _ => "first seen in the middle, so older than the change or UDP",
    };
}
