using Lodestone.Bpf.Bench;
using Xunit;

namespace Lodestone.Kernel.Tests.Bench;

public sealed class PacketBenchmarkTests
{
    [Fact]
    public void Run_OneRound_MeasuresEveryCase()
    {
        PacketBenchmarkResult result = PacketBenchmark.Run(rounds: 3);

        Assert.True(result.EmptyNs > 0);
        Assert.Equal([1, 65536, 1048576], result.Cases.Where(c => c.Name == "ipv4-tcp-established").Select(c => c.Flows));
        Assert.All(result.Cases, c => Assert.True(c.Ns > 0, $"{c.Name} at {c.Flows} flows: {c.Ns} ns"));
        foreach (PacketBenchmarkCase c in result.Cases)
        {
            TestContext.Current.SendDiagnosticMessage($"{c.Name} {c.Flows}: {c.Ns} ns (empty {result.EmptyNs:f1})");
        }
    }
}
