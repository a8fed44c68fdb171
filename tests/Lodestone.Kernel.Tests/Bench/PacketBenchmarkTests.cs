using Lodestone.Bpf.Bench;

namespace Lodestone.Kernel.Tests.Bench;

public sealed class PacketBenchmarkTests
{
    [Fact]
    public void Run_FewRounds_MeasuresEveryCase()
    {
        PacketBenchmarkResult result = PacketBenchmark.Run(new PacketBenchmarkOptions { Quick = true, Rounds = 3 });

        Assert.True(result.EmptyNs > 0);
        Assert.True(result.EmptyCallNs > 0);
        Assert.Equal([1, 65536], result.Cases.Where(c => c.Name == "ipv4-tcp-established").Select(c => c.Flows));

        // Three rounds on a busy machine tell no time; that every packet got its verdict, Run() itself has checked.
        Assert.All(result.Cases, c => Assert.True(double.IsFinite(c.Ns), $"{c.Name} at {c.Flows} flows: {c.Ns} ns"));
        Assert.All(result.Cases.Where(c => c.Flows == 1), c => Assert.True(c.CallNs > 0, $"{c.Name}: {c.CallNs} ns a call"));
    }

    [Theory]
    [InlineData("ipv6-")]
    [InlineData("icmp")]
    public void Run_Only_MeasuresOtherFamiliesToo(string only)
    {
        PacketBenchmarkResult result = PacketBenchmark.Run(new PacketBenchmarkOptions { Only = only, Rounds = 1 });

        Assert.NotEmpty(result.Cases);
        Assert.All(result.Cases, c => Assert.Contains(only, c.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_OnlyUnknown_NamesWhatThereIs()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => PacketBenchmark.Run(new PacketBenchmarkOptions { Only = "carrier-pigeon" }));

        Assert.Contains("ipv4-tcp-established", e.Message, StringComparison.Ordinal);
    }
}
