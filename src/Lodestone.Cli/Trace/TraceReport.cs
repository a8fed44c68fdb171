using Lodestone.Datapath.Trace;

namespace Lodestone.Cli.Trace;

/// <summary>What <c>lodestone trace -o json</c> prints.</summary>
/// <param name="Result">What kind of end the packet took.</param>
/// <param name="Packet">The packet.</param>
/// <param name="Verdict">Its verdict.</param>
/// <param name="Vip">Null where the destination is no VIP.</param>
/// <param name="Port">Null where no port was looked at.</param>
/// <param name="Quic">Null where no QUIC connection ID was.</param>
/// <param name="Slot">Null where no slot was.</param>
/// <param name="Target">Null where there is none.</param>
/// <param name="Delivery">Null where there is no way.</param>
/// <param name="HandOver">What the uplink's tc program does with it; null where it gets nothing.</param>
/// <param name="Nic">Who sent it, of a workload's packet; else null.</param>
/// <param name="Route">Whether the workload's network has the destination; null where that was not looked for.</param>
/// <param name="WayOut">The host's own route, of a workload's packet that goes by that; else null.</param>
/// <param name="Program">What was run.</param>
/// <param name="Steps">All of it in words.</param>
/// <param name="Notes">What could not be found out, or is odd.</param>
internal sealed record TraceReport(
    VerdictKind Result,
    TracedPacket Packet,
    TracedVerdict Verdict,
    TracedVip? Vip,
    TracedPort? Port,
    TracedQuic? Quic,
    TracedSlot? Slot,
    TracedTarget? Target,
    TracedDelivery? Delivery,
    TracedHandOver? HandOver,
    TracedNic? Nic,
    TracedRoute? Route,
    string? WayOut,
    TracedProgram Program,
    IReadOnlyList<TraceStep> Steps,
    IReadOnlyList<string> Notes);
