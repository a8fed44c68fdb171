using Lodestone.Agent;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Counters;
using Lodestone.Agent.Health;
using Lodestone.Cli.Metrics;

namespace Lodestone.EndToEnd.Tests.Metrics;

/// <summary>What <c>/metrics</c> of a whole server tells of its agent, for as long as there is one.</summary>
public sealed class PartMetricsTests
{
    [Fact]
    public void Write_AgentComesAndGoes_TellsOfItMeanwhileOnly()
    {
        using var metrics = new PartMetrics();
        int asked = 0;

        string before = metrics.Write();
        string with;
        using (metrics.Serve(Answer))
        {
            with = metrics.Write();
        }

        string after = metrics.Write();

        Assert.DoesNotContain("lodestone_packets_total", before, StringComparison.Ordinal);
        Assert.Contains("# TYPE lodestone_packets_total counter\n", with, StringComparison.Ordinal);
        Assert.DoesNotContain("lodestone_packets_total", after, StringComparison.Ordinal);
        Assert.Equal(1, asked);

        AgentReadings Answer()
        {
            asked++;
            return new AgentReadings(CounterSnapshot.Empty, null, ApiContact.None, null, BgpTotals.Empty, HealthTotals.Empty);
        }
    }

    [Fact]
    public async Task Dispose_WhileTheAgentIsAsked_WaitsUntilItIsNot()
    {
        using var metrics = new PartMetrics();
        using var asking = new ManualResetEventSlim();
        using var answer = new ManualResetEventSlim();
        IDisposable served = metrics.Serve(() =>
        {
            asking.Set();
            answer.Wait(TestContext.Current.CancellationToken);
            return new AgentReadings(CounterSnapshot.Empty, null, ApiContact.None, null, BgpTotals.Empty, HealthTotals.Empty);
        });
        Task<string> scrape = Task.Run(metrics.Write, TestContext.Current.CancellationToken);
        asking.Wait(TestContext.Current.CancellationToken);

        var end = Task.Run(served.Dispose, TestContext.Current.CancellationToken);

        Assert.False(end.IsCompleted);
        answer.Set();
        await end;
        Assert.Contains("lodestone_packets_total", await scrape, StringComparison.Ordinal);
    }
}
