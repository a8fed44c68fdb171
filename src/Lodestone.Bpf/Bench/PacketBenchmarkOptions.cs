namespace Lodestone.Bpf.Bench;

/// <summary>What <see cref="PacketBenchmark"/> measures.</summary>
public sealed record PacketBenchmarkOptions
{
    /// <summary>IPv4 alone, few flows, one VIP: a look in passing.</summary>
    public bool Quick { get; init; }

    /// <summary>Only cases whose name contains this; null for all.</summary>
    public string? Only { get; init; }

    /// <summary>Batches of each program in each case.</summary>
    public int Rounds { get; init; } = 60;
}
