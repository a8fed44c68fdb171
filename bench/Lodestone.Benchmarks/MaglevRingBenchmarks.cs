using BenchmarkDotNet.Attributes;
using Lodestone.Datapath.Ring;

namespace Lodestone.Benchmarks;

/// <summary>Building one ring. Held to: 65,536 slots and 1,000 targets under 3 ms, nothing allocated.</summary>
[MemoryDiagnoser]
public class MaglevRingBenchmarks
{
    private ulong[] _targets = [];
    private byte[] _weights = [];
    private ushort[] _ring = [];

    [Params(3, 100, 1000)]
    public int Targets { get; set; }

    [Params(11, 16)]
    public int SizeLog2 { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _targets = TargetSets.Create(Targets);
        _weights = [.. _targets.Select((_, i) => (byte)(1 + (i % 255)))];
        _ring = new ushort[1 << SizeLog2];
    }

    [Benchmark]
    public void Build() => MaglevRing.Build(_targets, _ring);

    [Benchmark]
    public void BuildWeighted() => MaglevRing.Build(_targets, _weights, _ring);
}
