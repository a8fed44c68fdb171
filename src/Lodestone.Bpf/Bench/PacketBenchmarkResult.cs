namespace Lodestone.Bpf.Bench;

/// <summary>What one run measured.</summary>
/// <param name="EmptyNs">Nanoseconds of a program that does nothing, batched, in whole ones.</param>
/// <param name="EmptyCallNs">The same with one test-run call a packet, the median.</param>
/// <param name="Cases">All cases.</param>
public sealed record PacketBenchmarkResult(double EmptyNs, double EmptyCallNs, IReadOnlyList<PacketBenchmarkCase> Cases);
