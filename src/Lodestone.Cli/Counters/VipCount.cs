namespace Lodestone.Cli.Counters;

/// <summary>Packets of a VIP.</summary>
/// <param name="Address">The VIP.</param>
/// <param name="LoadBalancer">Namespace and name; null where no API tells.</param>
/// <param name="Packets">Packets that found a target.</param>
/// <param name="Bytes">Their bytes, from the IP header.</param>
/// <param name="Recorded">Flows written into the flow table.</param>
/// <param name="Pinned">Packets that a record kept with another target than the slot's present owner.</param>
internal sealed record VipCount(string Address, string? LoadBalancer, ulong Packets, ulong Bytes, ulong Recorded, ulong Pinned);
