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
    public static string Packet(TracedPacket packet, string? uplink) =>
        $"{packet.Protocol}{(packet.Flags is null ? "" : " " + packet.Flags)} {packet.Source} > {packet.Destination}, {packet.Bytes} bytes, in at {uplink ?? "no uplink"}";

    /// <summary>Whether there is a VIP.</summary>
    public static string Vip(TracedVip? vip, string destination) => vip switch
    {
        null => $"{destination} is no VIP of this machine",
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
            SlotDecision.Recorded => $"the flow is recorded ({State(slot.Record!.State)}, idle for {slot.Record.IdleSeconds} s), so {Real(slot.Record.Real)} keeps it",
            SlotDecision.PreviousOwner => $"the flow is not recorded, so it is older than the change and stays with {Real(slot.Previous!.Value)}",
            SlotDecision.PreviousOwnerDead => $"the flow is not recorded and the former owner is gone, so the owner {Real(slot.Current)} takes it",
            SlotDecision.UdpIsNew => $"the flow is not recorded, and UDP of this VIP is then taken for new: the owner {Real(slot.Current)} takes it",
            _ => $"the flow is not recorded, so the owner {Real(slot.Current)} takes it",
        };
        string writes = slot.WritesFlow ? "; from the wire, it would write the flow table" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{slot.Index} of {slot.Size} is {owners}; {decision}{writes}");
    }

    /// <summary>The target.</summary>
    public static string Target(TracedTarget target) =>
        $"real {target.Index}: {(target.NetworkInterface is { } nic ? $"network interface {nic}, underlay address {target.Underlay}" : $"underlay address {target.Underlay}")}";

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
        return delivery.Kind switch
        {
            RealKind.Encap => $"inside IPv6 from {delivery.OuterSource} to {delivery.OuterDestination}, out of {delivery.Device} to next hop {delivery.NextHop}{size}",
            RealKind.Peer => $"on this machine, to the far end of veth {delivery.Device}{size}",
            _ => $"on this machine, out of {delivery.Device} to {delivery.NextHop}{size}",
        };
    }

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
        _ => "older than the change",
    };
}
