namespace Lodestone.Bpf.Bench;

/// <summary>One measured case.</summary>
/// <param name="Name">Family, protocol and state, for instance <c>ipv4-tcp-established</c>.</param>
/// <param name="Flows">Different flows among the packets.</param>
/// <param name="Ns">Nanoseconds a packet, without the wrapper that varies and restores it; the least of all batches.</param>
public sealed record PacketBenchmarkCase(string Name, int Flows, double Ns);
