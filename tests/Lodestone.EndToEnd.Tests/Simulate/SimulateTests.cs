using System.Text.Json;
using Lodestone.Cli.Simulate;

namespace Lodestone.EndToEnd.Tests.Simulate;

/// <summary><c>lodestone simulate</c> of a small site: all parts are there, and what the product promises holds in it.</summary>
public sealed class SimulateTests
{
    private static readonly string[] Size =
        ["--hosts", "12", "--gateways", "2", "--networks", "2", "--load-balancers", "40", "--interfaces", "200", "--flows", "600", "--percents", "50", "100"];

    private static readonly string[] DrawnParts = ["elections", "targetChanges", "gatewayChanges", "balance"];

    [Fact]
    public async Task Simulate_SmallSite_HasAllParts()
    {
        JsonElement report = await RunAsync("7");

        JsonElement[] sizes = [.. report.GetProperty("sizes").EnumerateArray()];
        Assert.Equal([20, 40], sizes.Select(size => size.GetProperty("scale").GetProperty("loadBalancers").GetInt32()));
        JsonElement whole = sizes[1];
        Assert.Equal(
            ["hosts", "leases", "loadbalancerroutings", "loadbalancers", "networkinterfaces", "networks"],
            whole.GetProperty("kinds").EnumerateArray().Select(kind => kind.GetProperty("resource").GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(2, Kind(whole, "leases").GetProperty("objects").GetInt64());
        Assert.Equal(200, Kind(whole, "networkinterfaces").GetProperty("objects").GetInt64());
        JsonElement gateway = whole.GetProperty("gateway"), hypervisor = whole.GetProperty("hypervisor");
        Assert.Equal((40, 200), (gateway.GetProperty("vips").GetInt32(), gateway.GetProperty("reals").GetInt32()));
        Assert.False(gateway.TryGetProperty("refused", out JsonElement refused), refused.ToString());

        // Every address of all networks has an entry, and those of networks that are here another.
        Assert.InRange(hypervisor.GetProperty("routes").GetInt32(), 200, 400);
        Assert.Equal(20, whole.GetProperty("controllers").GetProperty("hostDied").GetInt32());
        Assert.All(gateway.GetProperty("changes").EnumerateArray(), change => Assert.True(change.GetProperty("planMs").GetDouble() > 0));
        Assert.Equal(2, report.GetProperty("announcing").GetArrayLength());
    }

    [Fact]
    public async Task Simulate_Failures_NoFlowMovesWhoseTargetLives()
    {
        JsonElement report = await RunAsync("8");

        JsonElement[] changes = [.. report.GetProperty("targetChanges").EnumerateArray()];
        Assert.All(changes, change =>
        {
            Assert.Equal((0, 0, 0), (Number(change, "movedAlive"), Number(change, "movedLater"), Number(change, "newOnLeaving")));
            Assert.Equal(Number(change, "onGone"), Number(change, "moved"));
            Assert.True(Number(change, "slotsChanged") >= Number(change, "slotsFewest") * 0.9);
        });
        Assert.Contains(changes, change => Number(change, "moved") > 0);

        // Who is known everywhere by the ring alone breaks nothing, wherever it lands.
        JsonElement[] gateways = [.. report.GetProperty("gatewayChanges").EnumerateArray()];
        Assert.All(gateways.Where(change => change.GetProperty("when").GetString() == "stable"), change => Assert.Equal(0, Number(change, "broken")));
        Assert.All(gateways, change => Assert.InRange(Number(change, "landed"), Number(change, "fewest") * 0.8, 1));
        Assert.All(gateways, change => Assert.InRange(Number(change, "broken"), 0, Number(change, "landed")));
        Assert.Contains(gateways, change => Number(change, "broken") > 0);

        // Rendezvous hashing moves what it has to: of a gateway that is gone, its own.
        Assert.All(
            report.GetProperty("elections").EnumerateArray().Where(election => election.GetProperty("change").GetString() == "one is lost"),
            election => Assert.Equal(Number(election, "fewest"), Number(election, "moved")));
    }

    [Fact]
    public async Task Simulate_Rings_AreAsEvenAsTheirSlotsAllow()
    {
        JsonElement report = await RunAsync("9");

        Assert.All(report.GetProperty("balance").EnumerateArray(), balance =>
        {
            // Slots differ by one, or are a share rounded.
            double even = (double)balance.GetProperty("slots").GetInt32() / balance.GetProperty("targets").GetInt32();
            double lightest = balance.GetProperty("weights").GetString() == "equal" ? even : even / 5.5;
            Assert.InRange(Number(balance, "slotsMaxToMean"), 1, 1 + (1.02 / lightest));
            Assert.InRange(Number(balance, "flowsMaxToMean"), 1, 1.25 * Number(balance, "diceMaxToMean"));
        });
    }

    [Fact]
    public async Task Simulate_SameSeed_GivesTheSameFiguresButForTimesAndMemory()
    {
        string one = Figures(await RunAsync("7")), same = Figures(await RunAsync("7")), other = Figures(await RunAsync("8"));

        Assert.Equal(one, same);
        Assert.NotEqual(one, other);
    }

    [Theory]
    [InlineData("--gateways", "1", "--gateways: 1 is too few to lose one; at least 2")]
    [InlineData("--hosts", "2", "--hosts: 2 with 2 gateways leaves no machine for network interfaces")]
    [InlineData("--interfaces", "3", "--interfaces: 3 for 40 load balancers; 1 to 1000 for each")]
    [InlineData("--flows", "5", "--flows: 5 is not between 100 and 1000000")]
    [InlineData("--percents", "0", "--percents: 0 is not between 1 and 100")]
    public async Task Simulate_ImpossibleSite_SaysWhichOption(string option, string value, string message)
    {
        string[] size = [.. Size];
        int at = Array.IndexOf(size, option);
        string[] wrong = option == "--percents" ? [.. size[..(at + 1)], value] : [.. size[..(at + 1)], value, .. size[(at + 2)..]];

        LodestoneResult run = await LodestoneProcess.RunProgramAsync(LodestoneProcess.Executable, ["simulate", .. wrong]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Simulate_Text_ShowsEachSizeAndEachPart()
    {
        LodestoneResult run = await LodestoneProcess.RunProgramAsync(LodestoneProcess.Executable, ["simulate", .. Size]);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.All(
            ["network interfaces", "an agent's caches", "a gateway's state", "announcers of 40 VIPs", "targets change", "ECMP", "balance"],
            part => Assert.Contains(part, run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void At_ShareOfAScale_StaysASite()
    {
        var whole = new SimulationScale(1000, 10, 1000, 100_000, 1_000_000);

        Assert.Equal(new SimulationScale(10, 2, 10, 1000, 10_000), whole.At(1));
        Assert.Equal(whole, whole.At(100));
        Assert.Null(new SimulationScale(3, 2, 1, 1, 1).At(1).Problem);
    }

    private static async Task<JsonElement> RunAsync(string seed)
    {
        LodestoneResult run = await LodestoneProcess.RunProgramAsync(LodestoneProcess.Executable, ["simulate", .. Size, "--seed", seed, "-o", "json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    /// <summary>What follows from scale and seed alone.</summary>
    private static string Figures(JsonElement report) => string.Join('\n', [
        .. report.GetProperty("sizes").EnumerateArray().SelectMany(size => new[] { size.GetProperty("kinds").GetRawText(), size.GetProperty("traffic").GetRawText() }),
        .. DrawnParts.Select(part => report.GetProperty(part).GetRawText()),
    ]);

    private static JsonElement Kind(JsonElement size, string resource) =>
        size.GetProperty("kinds").EnumerateArray().First(kind => kind.GetProperty("resource").GetString() == resource);

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
