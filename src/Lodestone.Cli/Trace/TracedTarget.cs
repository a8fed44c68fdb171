namespace Lodestone.Cli.Trace;

/// <summary>The target, in a report.</summary>
/// <param name="Index">Index of the real.</param>
/// <param name="NetworkInterface">Namespace and name; null where no API tells.</param>
/// <param name="Underlay">Its address on the underlay.</param>
internal sealed record TracedTarget(uint Index, string? NetworkInterface, string Underlay);
