namespace Lodestone.Cli.Counters;

/// <summary>Packets of a VIP's protocol. ICMP errors count for the protocol of the flow they are about.</summary>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</param>
/// <param name="Packets">Packets that found a target.</param>
/// <param name="Bytes">Their bytes, from the IP header.</param>
internal sealed record ProtocolCount(string Protocol, ulong Packets, ulong Bytes);
