using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Trace;

/// <summary>What the uplink's tc program, <c>lodestone_up</c>, does with a packet for a workload of this machine, in a report.</summary>
/// <param name="Device">The NIC's device.</param>
/// <param name="Verdict">Whether the destination became the NIC's own address: VERDICT_TRANSLATED if so.</param>
/// <param name="Id">The kernel's number of the attached program; null: none is attached.</param>
/// <param name="Tag">Digest of its instructions.</param>
/// <param name="IsSame">Whether they are those of this executable.</param>
internal sealed record TracedHandOver(string Device, Verdict Verdict, uint? Id, string? Tag, bool IsSame);
