using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Counters;

/// <summary>Counters of a target since it has an index, over all CPUs and VIPs.</summary>
/// <param name="Target">The target's identity.</param>
/// <param name="Uid">UID of its NetworkInterface.</param>
/// <param name="Kind">How packets get to it.</param>
/// <param name="Totals">Packets and bytes sent to it.</param>
public sealed record RealTotals(ulong Target, string Uid, RealKind Kind, Counter Totals);
