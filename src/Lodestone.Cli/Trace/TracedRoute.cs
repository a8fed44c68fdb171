namespace Lodestone.Cli.Trace;

/// <summary>Whether a workload's network has a destination, in a report.</summary>
/// <param name="IsKnown">Whether it does, or a network that it is peered with.</param>
/// <param name="NetworkInterface">Whose address it is; null where no API tells, or nobody's.</param>
/// <param name="IsForeign">Whether only other networks have it.</param>
internal sealed record TracedRoute(bool IsKnown, string? NetworkInterface, bool IsForeign);
