using Lodestone.Bpf.Bench;

namespace Lodestone.Kernel.Tests.Bench;

public sealed class PacketBenchmarkTests
{
    [Fact]
    public void Run_FewRounds_MeasuresEveryCase()
    {
        PacketBenchmarkResult result = PacketBenchmark.Run(rounds: 3);

        Assert.True(result.EmptyNs > 0);
        Assert.Equal([1, 65536, 1048576], result.Cases.Where(c => c.Name == "ipv4-tcp-established").Select(c => c.Flows));

        // Three rounds on a busy machine tell no time; that every packet was forwarded, Run() itself has checked.
        Assert.All(result.Cases, c => Assert.True(double.IsFinite(c.Ns), $"{c.Name} at {c.Flows} flows: {c.Ns} ns"));
        foreach (PacketBenchmarkCase c in result.Cases)
        {
            TestContext.Current.SendDiagnosticMessage($"{c.Name} {c.Flows}: {c.Ns} ns (empty {result.EmptyNs:f1})");
        }
    }
}
