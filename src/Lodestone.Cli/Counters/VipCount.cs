namespace Lodestone.Cli.Counters;

/// <summary>Packets of a VIP.</summary>
/// <param name="Address">The VIP.</param>
/// <param name="LoadBalancer">Namespace and name; null where no API tells.</param>
/// <param name="Packets">Packets that found a target.</param>
/// <param name="Bytes">Their bytes, from the IP header.</param>
/// <param name="Protocols">The same by protocol; those that never came are left out.</param>
/// <param name="Recorded">Flows written into the flow table.</param>
/// <param name="Pinned">Packets that a record kept with another target than the slot's present owner.</param>
/// <param name="Unrecorded">Packets whose flow was to be recorded and found no place.</param>
internal sealed record VipCount(string Address, string? LoadBalancer, ulong Packets, ulong Bytes, IReadOnlyList<ProtocolCount> Protocols, ulong Recorded, ulong Pinned, ulong Unrecorded);
