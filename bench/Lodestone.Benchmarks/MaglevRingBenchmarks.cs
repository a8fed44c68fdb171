using BenchmarkDotNet.Attributes;
using Lodestone.Datapath.Ring;

namespace Lodestone.Benchmarks;

/// <summary>Building one ring. Held to: 65,536 slots and 1,000 targets under 3 ms, nothing allocated.</summary>
[MemoryDiagnoser]
public class MaglevRingBenchmarks
{
    private ulong[] _targets = [];
    private ushort[] _ring = [];

    [Params(3, 100, 1000)]
    public int Targets { get; set; }

    [Params(11, 16)]
    public int SizeLog2 { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _targets = TargetSets.Create(Targets);
        _ring = new ushort[1 << SizeLog2];
    }

    [Benchmark]
    public void Build() => MaglevRing.Build(_targets, _ring);
}
