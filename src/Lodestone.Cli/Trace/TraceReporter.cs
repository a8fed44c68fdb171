using Lodestone.Agent.Trace;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;

namespace Lodestone.Cli.Trace;

/// <summary>Makes a report out of a trace.</summary>
internal sealed class TraceReporter(ObjectNames names, DeviceNames devices)
{
    /// <summary>Reports a trace.</summary>
    /// <param name="packet">What was traced.</param>
    /// <param name="trace">What came of it.</param>
    /// <param name="site">Where.</param>
    public TraceReport Report(TracePacket packet, PacketTrace trace, TraceSite site)
    {
        PacketExplanation explanation = trace.Explanation;
        TracedVip? vip = explanation.Vip is { } found ? VipOf(found, explanation.Nic is null ? null : site.Nic) : null;
        RealExplanation? real = explanation.Real ?? explanation.Nic?.Route?.Real;
        var program = new TracedProgram(
            site.Device,
            site.ProgramId,
            site.ProgramTag,
            trace.ReplicaTag,
            site.ProgramTag == trace.ReplicaTag,
            trace.Attached is not null,
            (trace.Attached ?? trace.Replica).Action,
            trace.IsConsistent);
        var report = new TraceReport(
            VerdictGuide.KindOf(trace.Verdict),
            PacketOf(packet, explanation),
            TracedVerdict.Of(trace.Verdict),
            vip,
            explanation.Port is { } decided ? PortOf(decided, explanation.Vip!) : null,
            explanation.Quic is { } id ? new TracedQuic(id.Key.Config, id.ServerId, id.Real) : null,
            explanation.Slot is { } taken ? SlotOf(taken) : null,
            explanation.Real is { } target ? new TracedTarget(target.Index, names.NetworkInterfaceOf(target.Target), target.Underlay.ToString()) : null,
            real is { Kind: not RealKind.None } ? DeliveryOf(real, explanation.Vip) : null,
            trace.HandOver is { Verdict: { } handed } run
                ? new TracedHandOver(devices.Of(run.Ifindex), handed, site.HandOverId, site.HandOverTag, site.HandOverTag == trace.HandOverTag)
                : null,
            explanation.Nic is { } nic ? NicOf(nic, site) : null,
            explanation.Nic?.Route is { } route ? new TracedRoute(route.Real is not null, route.Real is null ? null : names.NetworkInterfaceOf(route.Real.Target), route.IsForeign) : null,
            trace.Verdict is Verdict.NicDsr or Verdict.PassNicOwnAddress ? site.HostRoute?.Invoke(trace.Verdict == Verdict.NicDsr) : null,
            program,
            [],
            []);
        bool isQuic = explanation.Vip is { } entry && report.Port?.Accepted == true && packet.Protocol == TraceProtocol.Udp && entry.Flags.HasFlag(VipFlags.Quic);
        return report with { Steps = [.. Steps(packet, report, isQuic)], Notes = [.. Notes(report)] };
    }

    private static IEnumerable<TraceStep> Steps(TracePacket packet, TraceReport report, bool isQuic)
    {
        string destination = packet.Destination.Address.ToString();
        if (report.Nic is { } nic)
        {
            if (nic.AnswersFrom is { } from)
            {
                yield return new TraceStep("answer", $"it answers what came by VIP {from}, which takes the place of its source");
            }

            yield return new TraceStep("source", TraceWording.Source(nic, nic.AnswersFrom ?? packet.Source.Address.ToString()));
        }

        if (report.Nic is null)
        {
            yield return new TraceStep("vip", TraceWording.Vip(report.Vip, destination));
        }
        else if (report.Nic.Source == NicSourceKind.Own)
        {
            yield return new TraceStep("vip", TraceWording.InternalVip(report.Vip, destination));
        }

        if (report.Port is { } port)
        {
            yield return new TraceStep("port", TraceWording.Port(port, $"{report.Packet.Protocol} {packet.Destination.Port}"));
            if (report.Vip?.Affinity is { } affinity)
            {
                yield return new TraceStep("affinity", affinity);
            }
        }

        if (isQuic)
        {
            yield return new TraceStep("quic", TraceWording.Quic(report.Quic));
        }

        if (report.Slot is { } slot)
        {
            yield return new TraceStep("slot", TraceWording.Slot(slot));
        }

        if (report.Target is { } target)
        {
            yield return new TraceStep("target", TraceWording.Target(target, report.Slot));
        }

        if (report.Route is { } route)
        {
            yield return new TraceStep("route", TraceWording.Route(route, destination));
        }

        if (report.Target is not null || report.Route is { IsKnown: true })
        {
            yield return new TraceStep("delivery", TraceWording.Delivery(report.Delivery));
        }

        if (report.HandOver is { } handOver)
        {
            yield return new TraceStep("hand-over", TraceWording.HandOver(handOver, report.Delivery));
        }

        if (report.WayOut is { } way)
        {
            yield return new TraceStep("way out", TraceWording.WayOut(way, report.Nic?.Source == NicSourceKind.Vip));
        }

        yield return new TraceStep("verdict", TraceWording.Verdict(report.Verdict));
        yield return new TraceStep("to do", report.Verdict.Remedy);
        yield return new TraceStep("program", TraceWording.Program(report.Program));
    }

    /// <summary>A VIP; of the network of a NIC, where there is one.</summary>
    private TracedVip VipOf(VipExplanation vip, ulong? nic) => new(
        vip.Address.ToString(),
        nic is { } sender ? names.InternalLoadBalancerOf(sender, vip.Address) : names.LoadBalancerOf(vip.Address),
        vip.IsAnnounced,
        TraceWording.Affinity(vip),
        !vip.Flags.HasFlag(VipFlags.NoEcho));

    private TracedNic NicOf(NicExplanation nic, TraceSite site) => new(
        names.NetworkInterfaceOf(site.Nic),
        devices.Of(nic.Ifindex),
        names.NetworkOf(site.Nic),
        nic.Source?.Network,
        [.. nic.Own.Select(address => address.ToString()).Order(StringComparer.Ordinal)],
        nic.Source?.Kind ?? NicSourceKind.None,
        nic.AnswersFrom?.ToString());

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
        TracedRecord? record = slot.Flow is { } flow ? new TracedRecord(flow.State, (int)slot.Idle.TotalSeconds, flow.Real) : null;
        return new TracedSlot(
            slot.Index, slot.Size, slot.State, slot.Current, slot.State == SlotState.Stable ? null : slot.Previous, slot.Decision, record, slot.Owned, slot.WritesFlow);
    }

    private TracedDelivery DeliveryOf(RealExplanation real, VipExplanation? vip)
    {
        bool isEncapsulated = RealTemplate.Overhead(real.Kind) > 0;
        return new TracedDelivery(
            real.Kind,
            devices.Of(real.Ifindex),
            real.MtuBytes,
            real.PacketBytes,
            real.Kind is RealKind.Peer or RealKind.Stack ? null : real.NextHop.ToString(),
            isEncapsulated ? real.OuterSource.ToString() : null,
            isEncapsulated ? real.Underlay.ToString() : null)
        {
            IsTranslated = isEncapsulated ? vip?.Flags.HasFlag(VipFlags.Translated) == true : real.OwnAddress is not null,
            OwnAddress = real.OwnAddress?.ToString(),
        };
    }

    private IEnumerable<string> Notes(TraceReport report)
    {
        TracedProgram program = report.Program;
        if (names.Note is not null)
        {
            yield return names.Note;
        }

        if (program.Id is null)
        {
            yield return report.Nic is { } nic
                ? $"no program is attached to {nic.Device}: what the workload sends meets nothing; 'kubectl describe nic' tells why"
                : "no program is attached to an uplink: packets from the wire meet nothing; does the agent run?";
        }
        else if (!program.IsSame)
        {
            yield return "the attached program is of another release; use the executable of the agent, or --run to run the attached one on its maps";
        }

        if (program.Id is not null && report.HandOver is { Id: null })
        {
            yield return $"lodestone_up is not attached to the tc ingress of {program.Device}: what is for workloads of this machine goes to the kernel instead; does the agent run?";
        }
        else if (report.HandOver is { Id: not null, IsSame: false })
        {
            yield return "the attached lodestone_up is of another release than this executable";
        }

        if (!program.IsConsistent)
        {
            yield return "the program and its description in C# do not agree on this packet; please report it, with the output of -o json";
        }
    }
}
