using BenchmarkDotNet.Attributes;
using Lodestone.Datapath.Ring;

namespace Lodestone.Benchmarks;

/// <summary>Folding a history: what an agent does for every change of a LoadBalancer.</summary>
[MemoryDiagnoser]
public class RingFoldBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private RingHistory _history = new([]);

    [Params(3, 100, 1000)]
    public int Targets { get; set; }

    /// <summary>Changes inside the window; each removes a target, which drains.</summary>
    [Params(0, 1, 4)]
    public int Changes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        ulong[] all = TargetSets.Create(Targets + Changes);
        _history = new RingHistory(
            all[Changes..].Select(target => (WeightedTarget)target),
            all[..Changes].Select((target, i) => new TargetChange(i + 1, Now.AddMinutes(15), [], [target])),
            all[..Changes].Select(target => new DrainingTarget(target, Now.AddMinutes(15))));
    }

    [Benchmark]
    public FoldedRing Fold() => RingFold.Fold(_history, Now);
}
