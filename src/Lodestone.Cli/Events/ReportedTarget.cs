namespace Lodestone.Cli.Events;

/// <summary>The target of a packet, in a report.</summary>
/// <param name="Index">Index of the real.</param>
/// <param name="NetworkInterface">Namespace and name; null where no API tells.</param>
/// <param name="Underlay">Its address on the underlay; null where it is gone since.</param>
internal sealed record ReportedTarget(uint Index, string? NetworkInterface, string? Underlay);
