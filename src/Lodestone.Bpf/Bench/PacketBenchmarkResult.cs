namespace Lodestone.Bpf.Bench;

/// <summary>What one run measured.</summary>
/// <param name="EmptyNs">Nanoseconds of a program that does nothing, measured the same way.</param>
/// <param name="Cases">All cases.</param>
public sealed record PacketBenchmarkResult(double EmptyNs, IReadOnlyList<PacketBenchmarkCase> Cases);
