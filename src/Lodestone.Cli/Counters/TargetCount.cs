using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Counters;

/// <summary>Packets of a target.</summary>
/// <param name="Index">Index of the real.</param>
/// <param name="NetworkInterface">Namespace and name; null where no API tells.</param>
/// <param name="Underlay">Its address on the underlay.</param>
/// <param name="Kind">How packets get there; <see cref="RealKind.None"/>: there is no way, or no longer.</param>
/// <param name="Device">The device they leave by; null where there is no way.</param>
/// <param name="Packets">Packets sent to it.</param>
/// <param name="Bytes">Their bytes as they came in, from the IP header.</param>
internal sealed record TargetCount(uint Index, string? NetworkInterface, string Underlay, RealKind Kind, string? Device, ulong Packets, ulong Bytes);
