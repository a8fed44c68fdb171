namespace Lodestone.Cli.Events;

/// <summary>The last line of <c>lodestone events -o json</c>, under <c>summary</c>.</summary>
/// <param name="Events">Events that were printed.</param>
/// <param name="OverRate">Left out: more than a CPU tells in a time.</param>
/// <param name="NoRoom">Left out: not read in time.</param>
internal sealed record EventsSummary(long Events, ulong OverRate, ulong NoRoom);
