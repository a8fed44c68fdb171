using System.Text.Json;

using Lodestone.Cli.Lab.Routing;
using Lodestone.EndToEnd.Tests.Demo;

namespace Lodestone.EndToEnd.Tests.Lab;

/// <summary><c>lodestone lab</c>, with real routers, processes and packets.</summary>
[Collection(MachineCollection.Name)]
public sealed class LabCommandTests
{
    private const string Name = "end-to-end";

    [Fact]
    public async Task LabRun_KillGateway_ReportsEveryKindOfLoadAndDownLeavesNothing()
    {
        Assert.SkipUnless(FrrRouter.IsInstalled, "needs the Debian package frr (eng/packages.sh)");
        LodestoneResult removed;
        LodestoneResult run;
        try
        {
            run = await LodestoneProcess.RunAsync("lab", "run", "kill-gateway", "--quick", "--name", Name, "-o", "json");
        }
        finally
        {
            removed = await LodestoneProcess.RunAsync("lab", "down", "--name", Name);
        }

        Assert.Equal("Removed the lab.\n", removed.Output);
        Assert.Empty(Remains.Find(withNamed: true));
        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement scenario = Assert.Single(document.RootElement.GetProperty("scenarios").EnumerateArray());
        Assert.Equal("kill-gateway", scenario.GetProperty("name").GetString());
        Assert.False(scenario.TryGetProperty("error", out _), run.Error);
        Assert.True(scenario.GetProperty("resets").GetInt32() == 0, run.Error);
        JsonElement[] steps = [.. scenario.GetProperty("steps").EnumerateArray()];
        Assert.Equal(["kill, L3 with BFD", "kill, L2", "comes back"], steps.Select(step => step.GetProperty("name").GetString()));
        int untouched = 0;
        foreach (JsonElement step in steps[..2])
        {
            // How long the gaps are is the lab's business, on a machine that has nothing else to do.
            Assert.True(step.GetProperty("lossMs").GetDouble() > 0, run.Error);
            Assert.True(step.GetProperty("affected").GetProperty("udp").GetProperty("flows").GetInt32() > 0, run.Error);

            // One gateway may own all addresses of the segment, by their UIDs; then its death leaves no such flow alone.
            foreach (JsonElement load in step.GetProperty("unaffected").EnumerateObject().Select(kind => kind.Value))
            {
                untouched += load.GetProperty("flows").GetInt32();
                Assert.True(load.GetProperty("lost").GetInt32() == 0, run.Error);
            }
        }

        Assert.True(untouched > 0, run.Error);
        Assert.All((string[])["udp", "tcpStream", "httpKept"], kind => Assert.True(steps[0].GetProperty("unaffected").TryGetProperty(kind, out _), run.Error));
        Assert.Equal(document.RootElement.GetProperty("result").GetString() == "ok" ? 0 : 1, run.ExitCode);
    }
}
