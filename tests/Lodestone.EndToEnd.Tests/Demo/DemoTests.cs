using System.Runtime.InteropServices;
using System.Text.Json;

namespace Lodestone.EndToEnd.Tests.Demo;

/// <summary>The whole system, with real processes and packets.</summary>
[Collection(MachineCollection.Name)]
public sealed class DemoTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Demo_AfterOneThatWasKilled_EveryPromiseHoldsAndNothingIsLeft()
    {
        await KillOneHalfWayAsync();

        LodestoneResult result = await LodestoneProcess.RunAsync("demo", "--once", "-o", "json");

        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement report = document.RootElement;
        Assert.Contains("removed what was left of lab", result.Error, StringComparison.Ordinal);
        Assert.True(report.GetProperty("result").GetString() == "ok", result.Error);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(200, report.GetProperty("connections").GetInt32());
        Assert.Equal(0, report.GetProperty("brokenConnections").GetInt32());
        Assert.Equal(0, report.GetProperty("removedTargetNewConnections").GetInt32());
        Assert.InRange(report.GetProperty("newTargetShare").GetDouble(), 0.20, 0.30);
        foreach (string family in (string[])["ipv4", "ipv6"])
        {
            JsonElement measured = report.GetProperty(family);
            Assert.Equal(0, measured.GetProperty("failed").GetInt32());
            Assert.InRange(measured.GetProperty("spread").GetDouble(), 0, 0.20);
            Assert.Equal(measured.GetProperty("requests").GetInt32(), measured.GetProperty("perTarget").EnumerateObject().Sum(t => t.Value.GetInt32()));
        }

        JsonElement[] targets = [.. report.GetProperty("perTarget").EnumerateArray()];
        Assert.Equal(["web-1", "web-2", "web-3", "web-4"], targets.Select(t => t.GetProperty("name").GetString()));
        Assert.Equal(0, targets[0].GetProperty("newConnectionsAfterChange").GetInt32());
        Assert.InRange(targets[0].GetProperty("connections").GetInt32(), 1, 199);
        Assert.All(report.GetProperty("outages").EnumerateArray(), o => Assert.Equal(0, o.GetProperty("failed").GetInt32()));
        Assert.Empty(report.GetProperty("failures").EnumerateArray());
        Assert.Empty(Remains.Find());
    }

    [Fact]
    public async Task Demo_Interrupted_LeavesNothing()
    {
        await using LodestoneProcess demo = LodestoneProcess.Start("demo", "--once");
        await WaitForStepAsync(demo, "3  ");

        demo.Signal(PosixSignal.SIGINT);
        LodestoneResult result = await demo.WaitAsync(Limit);

        Assert.Equal(130, result.ExitCode);
        Assert.Empty(Remains.Find());
    }

    [Fact]
    public async Task DemoClean_AfterOneThatWasKilled_LeavesNothing()
    {
        await KillOneHalfWayAsync();

        LodestoneResult result = await LodestoneProcess.RunAsync("demo", "--clean");

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("Removed lab ", result.Output, StringComparison.Ordinal);
        Assert.Empty(Remains.Find());
    }

    private static async Task KillOneHalfWayAsync()
    {
        await using LodestoneProcess killed = LodestoneProcess.Start("demo", "--once");
        await WaitForStepAsync(killed, "4  ");
        killed.Kill();
        await killed.WaitAsync(Limit);
        Assert.NotEmpty(Remains.Find());
    }

    private static async Task WaitForStepAsync(LodestoneProcess demo, string beginning)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Limit);
        while (await demo.Output.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"the demo ended before step '{beginning}'; stderr:\n{demo.Error}");
    }
}
