using Lodestone.Agent.Trace;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Trace;

namespace Lodestone.Cli.Trace;

/// <summary>Makes a report out of a trace.</summary>
internal sealed class TraceReporter(ObjectNames names, DeviceNames devices)
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Reports a trace.</summary>
    /// <param name="packet">What was traced.</param>
    /// <param name="trace">What came of it.</param>
    /// <param name="attached">The attached program; null where there is none.</param>
    /// <param name="uplink">Index of its device.</param>
    public TraceReport Report(TracePacket packet, PacketTrace trace, BpfProgram? attached, int uplink) =>
        Report(packet, trace, attached?.Id, attached?.Tag, attached is null ? null : devices.Of((uint)uplink));

    /// <summary>The same of a program that is told by its facts.</summary>
    public TraceReport Report(TracePacket packet, PacketTrace trace, uint? programId, string? programTag, string? uplink)
    {
        PacketExplanation explanation = trace.Explanation;
        TracedVip? vip = explanation.Vip is { } found
            ? new TracedVip(found.Address.ToString(), names.LoadBalancerOf(found.Address), found.IsAnnounced)
            : null;
        TracedPort? port = explanation.Port is { } decided ? PortOf(decided, explanation.Vip!) : null;
        TracedSlot? slot = explanation.Slot is { } taken ? SlotOf(taken) : null;
        TracedTarget? target = explanation.Real is { } real
            ? new TracedTarget(real.Index, names.NetworkInterfaceOf(real.Target), real.Underlay.ToString())
            : null;
        TracedDelivery? delivery = explanation.Real is { Kind: not RealKind.None } alive ? DeliveryOf(alive) : null;
        var program = new TracedProgram(
            uplink,
            programId,
            programTag,
            trace.ReplicaTag,
            programTag == trace.ReplicaTag,
            trace.Attached is not null,
            (trace.Attached ?? trace.Replica).Action,
            trace.IsConsistent);
        TracedPacket traced = PacketOf(packet, trace.Explanation);
        var verdict = TracedVerdict.Of(trace.Verdict);
        VerdictKind result = VerdictGuide.KindOf(trace.Verdict);
        return new TraceReport(
            result, traced, verdict, vip, port, slot, target, delivery, program, [.. Steps()], [.. Notes(program)]);

        IEnumerable<TraceStep> Steps()
        {
            yield return new TraceStep("vip", TraceWording.Vip(vip, packet.Destination.Address.ToString()));
            if (port is not null)
            {
                yield return new TraceStep("port", TraceWording.Port(port, $"{traced.Protocol} {packet.Destination.Port}"));
            }

            if (slot is not null)
            {
                yield return new TraceStep("slot", TraceWording.Slot(slot));
            }

            if (target is not null)
            {
                yield return new TraceStep("target", TraceWording.Target(target));
                yield return new TraceStep("delivery", TraceWording.Delivery(delivery));
            }

            yield return new TraceStep("verdict", TraceWording.Verdict(verdict));
            yield return new TraceStep("to do", verdict.Remedy);
            yield return new TraceStep("program", TraceWording.Program(program));
        }
    }

    private static TracedPacket PacketOf(TracePacket packet, PacketExplanation explanation)
    {
        bool hasPorts = packet.Protocol != TraceProtocol.Icmp;
        string? flags = (packet.Protocol, packet.StartsFlow) switch
        {
            (TraceProtocol.Tcp, true) => "SYN",
            (TraceProtocol.Tcp, false) => "ACK",
            (TraceProtocol.Sctp, true) => "INIT",
            (TraceProtocol.Sctp, false) => "DATA",
            (TraceProtocol.Icmp, _) => "echo request",
            _ => null,
        };
        return new TracedPacket(
            hasPorts ? packet.Source.ToString() : packet.Source.Address.ToString(),
            hasPorts ? packet.Destination.ToString() : packet.Destination.Address.ToString(),
            packet.Protocol.ToString().ToLowerInvariant(),
            flags,
            explanation.PacketBytes);
    }

    private static TracedPort PortOf(PortExplanation port, VipExplanation vip)
    {
        string[] accepts = vip.AcceptsAllPorts ? ["every port of TCP, UDP and SCTP"] : [.. vip.Ports.Select(TraceWording.Rule)];
        string? rule = port.Rule is { } range ? TraceWording.Rule(range) : null;
        return new TracedPort(port.IsAccepted, port.IsAccepted ? rule ?? accepts[0] : null, accepts);
    }

    private static TracedSlot SlotOf(SlotExplanation slot)
    {
        int idleSeconds = (int)(((ulong)slot.IdleUnits << FlowBucket.AgeShift) / NanosecondsPerSecond);
        TracedRecord? record = slot.Flow is { } flow ? new TracedRecord(flow.State, idleSeconds, flow.Real) : null;
        return new TracedSlot(
            slot.Index, slot.Size, slot.State, slot.Current, slot.State == SlotState.Stable ? null : slot.Previous, slot.Decision, record, slot.WritesFlow);
    }

    private TracedDelivery DeliveryOf(RealExplanation real)
    {
        bool isEncapsulated = real.Kind == RealKind.Encap;
        return new TracedDelivery(
            real.Kind,
            devices.Of(real.Ifindex),
            real.MtuBytes,
            real.PacketBytes,
            real.Kind == RealKind.Peer ? null : real.NextHop.ToString(),
            isEncapsulated ? real.OuterSource.ToString() : null,
            isEncapsulated ? real.Underlay.ToString() : null);
    }

    private IEnumerable<string> Notes(TracedProgram program)
    {
        if (names.Note is not null)
        {
            yield return names.Note;
        }

        if (program.Id is null)
        {
            yield return "no program is attached to an uplink: packets from the wire meet nothing; does the agent run?";
        }
        else if (!program.IsSame)
        {
            yield return "the attached program is of another release; use the executable of the agent, or --run to run the attached one on its maps";
        }

        if (!program.IsConsistent)
        {
            yield return "the program and its description in C# do not agree on this packet; please report it, with the output of -o json";
        }
    }
}
