using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Datapath.Layout;
using Lodestone.Cli.Lab.Routing;
using Xunit;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>What every driver has to do, against a real router.</summary>
public abstract class BgpDriverTests
{
    private const string Password = "s3cret!?#|x";

    private protected static readonly BfdTiming Bfd = new(100, 100, 3);
    private protected static readonly DatapathAddress Vip4 = DatapathAddress.From(IPAddress.Parse("203.0.113.1"));
    private static readonly DatapathAddress Other4 = DatapathAddress.From(IPAddress.Parse("203.0.113.2"));
    private protected static readonly DatapathAddress Vip6 = DatapathAddress.From(IPAddress.Parse("2001:db8:cafe::1"));

    /// <summary>A session that is to end because BFD was asked for anew has ended by then.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private protected abstract IBgpDriver CreateDriver(BgpWire wire);

    private protected abstract bool IsInstalled { get; }

    /// <summary>From the first session to the last: attributes, changes, an agent that comes back, the leave.</summary>
    [Fact]
    public async Task Session_OverItsLife_TellsTheRouterWhatIsWanted()
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await BgpWire.CreateAsync(
            [
                "neighbor 192.0.2.2 remote-as 65001", $"neighbor 192.0.2.2 password {Password}", "neighbor 192.0.2.2 timers connect 1",
                "neighbor 192.0.2.2 passive", "neighbor 192.0.2.2 bfd 3 100 100",
            ],
            ["neighbor 192.0.2.2 activate"],
            token);
        using IBgpDriver first = CreateDriver(wire);
        try
        {
            BgpConfig config = Config(Neighbor() with
            {
                Password = Password,
                Bfd = Bfd,
                Attributes = new BgpAttributes { Communities = ["65001:100", "65001:200"], LargeCommunities = ["65001:1:2"], Med = 50 },
            });
            await first.ApplyAsync(config, token);
            JsonElement path = await WaitForPathAsync(wire, "ipv4", Vip4, token);
            Assert.Equal(["65001:100", "65001:200"], [.. path.GetProperty("community").GetProperty("list").EnumerateArray().Select(c => c.GetString()!)]);
            Assert.Equal("65001:1:2", path.GetProperty("largeCommunity").GetProperty("string").GetString());
            Assert.Equal(50, path.GetProperty("metric").GetInt32());
            Assert.Equal("65001", path.GetProperty("aspath").GetProperty("string").GetString());
            Assert.Equal("192.0.2.2", path.GetProperty("nexthops")[0].GetProperty("ip").GetString());
            await WaitForPathAsync(wire, "ipv6", Vip6, token);
            await WaitForSessionAsync(wire, first, config, 1, token);
            Assert.Equal(2, (await StateAsync(first, token))?.PrefixesAnnounced);
            long since = await ConnectionsAsync(wire, token);

            // An address comes, one goes, and what routes carry changes: the session stays.
            config = config with
            {
                Prefixes = [Other4, Vip6],
                Neighbors = [config.Neighbors[0] with { Attributes = new BgpAttributes { Communities = ["65001:300"] } }],
            };
            await first.ApplyAsync(config, token);
            await WaitForNoPathAsync(wire, "ipv4", Vip4, token);
            path = await WaitForPathAsync(wire, "ipv4", Other4, token);
            Assert.Equal("65001:300", path.GetProperty("community").GetProperty("string").GetString());

            // The agent is killed, and another one comes: nothing is said anew.
            first.Dispose();
            using IBgpDriver second = CreateDriver(wire);
            Assert.True(second.IsRunning);
            await second.ApplyAsync(config, token);
            await WaitForPathAsync(wire, "ipv4", Other4, token);
            Assert.Equal(since, await ConnectionsAsync(wire, token));

            // It leaves: routes say so before they go.
            await second.ApplyAsync(config with { IsShuttingDown = true }, token);
            await WaitAsync(
                async () => (await WaitForPathAsync(wire, "ipv4", Other4, token)).GetProperty("community").GetRawText().Contains("gracefulShutdown", StringComparison.Ordinal),
                () => Task.FromResult("no graceful shutdown community"),
                token);
            await second.ApplyAsync(config with { IsShuttingDown = true, Prefixes = [] }, token);
            await WaitForNoPathAsync(wire, "ipv6", Vip6, token);
            Assert.Equal(since, await ConnectionsAsync(wire, token));
            await second.StopAsync(token);
            Assert.False(second.IsRunning);
        }
        finally
        {
            await StopAsync(wire);
        }
    }

    /// <summary>IPv4 and IPv6 over an IPv6 session: IPv4 has an IPv6 next hop (RFC 8950).</summary>
    [Fact]
    public async Task Session_OverIPv6_CarriesIPv4WithIPv6NextHop()
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await BgpWire.CreateAsync(
            ["neighbor 2001:db8::2 remote-as 65001", "neighbor 2001:db8::2 capability extended-nexthop", "neighbor 2001:db8::2 graceful-restart-disable", "neighbor 2001:db8::2 timers connect 1", "neighbor 2001:db8::2 passive"],
            ["neighbor 2001:db8::2 activate"],
            token);
        using IBgpDriver driver = CreateDriver(wire);
        try
        {
            await driver.ApplyAsync(Config(Neighbor() with { Address = BgpWire.Router6 }), token);
            JsonElement path = await WaitForPathAsync(wire, "ipv4", Vip4, token);
            Assert.Equal("ipv6", path.GetProperty("nexthops")[0].GetProperty("afi").GetString());
            await WaitForPathAsync(wire, "ipv6", Vip6, token);
        }
        finally
        {
            await StopAsync(wire);
        }
    }

    /// <summary>What goes wrong is told apart, and put right without a restart.</summary>
    [Fact]
    public async Task Session_WithAnotherPasswordOrAsn_FailsAndSaysWhy()
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await BgpWire.CreateAsync(
            ["neighbor 192.0.2.2 remote-as 65001", $"neighbor 192.0.2.2 password {Password}", "neighbor 192.0.2.2 timers connect 1", "neighbor 192.0.2.2 passive"],
            ["neighbor 192.0.2.2 activate"],
            token);
        using IBgpDriver driver = CreateDriver(wire);
        try
        {
            BgpConfig config = Config(Neighbor() with { Password = "another" });
            await driver.ApplyAsync(config, token);
            await WaitAsync(async () => await StateAsync(driver, token) is { IsEstablished: false, Failure: BgpFailure.NoAnswer }, async () => $"{await StateAsync(driver, token)}", token);

            await driver.ApplyAsync(Config(Neighbor() with { Password = Password, Asn = 65_009 }), token);
            await WaitAsync(
                async () => await StateAsync(driver, token) is { IsEstablished: false, Failure: BgpFailure.WrongAsn, Detail.Length: > 0 },
                async () => $"{await StateAsync(driver, token)}",
                token);

            await driver.ApplyAsync(Config(Neighbor() with { Password = Password }), token);
            await WaitForPathAsync(wire, "ipv4", Vip4, token);
        }
        finally
        {
            await StopAsync(wire);
        }
    }

    /// <summary>A router that is killed and started anew has the session back, once, also where BFD could be up long before.</summary>
    [Fact]
    public async Task Session_WithARouterThatIsStartedAnew_ComesBackOnce()
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await CreateWireAsync(hasBfd: true, token);
        using IBgpDriver driver = CreateDriver(wire);
        try
        {
            BgpConfig config = Config(Neighbor() with { Bfd = Bfd, ConnectRetrySeconds = 8 });
            await WaitForSessionAsync(wire, driver, config, 1, token);
            await wire.RestartRouterAsync(token);
            await WaitForSessionAsync(wire, driver, config, 1, token);
        }
        finally
        {
            await StopAsync(wire);
        }
    }

    private protected static BgpNeighbor Neighbor() => new()
    {
        Name = "tor",
        Address = BgpWire.Router4,
        Asn = BgpWire.RouterAsn,
        HoldTimeSeconds = 9,
        KeepaliveSeconds = 3,
        ConnectRetrySeconds = 1,
    };

    private protected static BgpConfig Config(BgpNeighbor neighbor) => new()
    {
        Asn = BgpWire.GatewayAsn,
        RouterId = BgpWire.Gateway4,
        Neighbors = [neighbor],
        Prefixes = [Vip4, Vip6],
    };

    private protected void RequireDaemons()
    {
        Privilege.RequireRoot();
        Assert.SkipUnless(IsInstalled && FrrRouter.IsInstalled, "needs the Debian packages frr and bird2 (eng/packages.sh)");
    }

    private protected static CancellationToken Limit()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        return limit.Token;
    }

    private protected static async Task WaitAsync(Func<Task<bool>> condition, Func<Task<string>> seen, CancellationToken token)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(20), await seen());
            await Task.Delay(50, token);
        }
    }

    private protected static Task<BgpWire> CreateWireAsync(bool hasBfd, CancellationToken token) => BgpWire.CreateAsync(
        [
            "neighbor 192.0.2.2 remote-as 65001", "neighbor 192.0.2.2 timers connect 1", "neighbor 192.0.2.2 passive",
            .. hasBfd ? (string[])["neighbor 192.0.2.2 bfd 3 100 100"] : [],
        ],
        ["neighbor 192.0.2.2 activate"],
        token);

    /// <summary>Kills daemons of the gateway at once and waits until they have ended.</summary>
    private protected static void Kill(BgpWire wire, params string[] daemons)
    {
        Process[] processes =
        [
            .. daemons.Select(daemon => Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(wire.StateDirectory, daemon + ".pid")), CultureInfo.InvariantCulture))),
        ];
        Array.ForEach(processes, process => process.Kill());
        foreach (Process process in processes)
        {
            using (process)
            {
                process.WaitForExit();
            }
        }
    }

    private protected async Task StopAsync(BgpWire wire)
    {
        using IBgpDriver driver = CreateDriver(wire);
        await driver.StopAsync(CancellationToken.None);
    }

    private static async Task<BgpNeighborState?> StateAsync(IBgpDriver driver, CancellationToken token) => (await driver.ObserveAsync(token)).Values.SingleOrDefault();

    private protected static async Task<JsonElement?> FindPathAsync(BgpWire wire, string family, DatapathAddress prefix, CancellationToken token)
    {
        string json = await wire.Router.AskAsync(token, $"show bgp {family} unicast {prefix}/{(prefix.IsIPv4 ? 32 : 128)} json");
        JsonElement root = JsonDocument.Parse(json).RootElement;
        return root.TryGetProperty("paths", out JsonElement paths) ? paths.EnumerateArray().First() : null;
    }

    private protected static async Task<JsonElement> WaitForPathAsync(BgpWire wire, string family, DatapathAddress prefix, CancellationToken token)
    {
        JsonElement? path = null;
        await WaitAsync(
            async () => (path = await FindPathAsync(wire, family, prefix, token)) is not null,
            async () => $"the router has no route to {prefix}: {await wire.Router.AskAsync(token, "show bgp neighbors")}",
            token);
        return path!.Value;
    }

    private static Task WaitForNoPathAsync(BgpWire wire, string family, DatapathAddress prefix, CancellationToken token) =>
        WaitAsync(async () => await FindPathAsync(wire, family, prefix, token) is null, () => Task.FromResult($"the router still has a route to {prefix}"), token);

    /// <summary>
    /// Does as the agent does, until the session has been up for a while, with BFD at both ends where it is wanted: the session of this number, so that
    /// none has ended meanwhile.
    /// </summary>
    private protected static async Task WaitForSessionAsync(
        BgpWire wire, IBgpDriver driver, BgpConfig config, int number, CancellationToken token, Func<Task>? meanwhile = null)
    {
        bool hasBfd = config.Neighbors[0].Bfd is not null;
        await WaitAsync(
            async () =>
            {
                await driver.ApplyAsync(config, token);
                await (meanwhile?.Invoke() ?? Task.CompletedTask);
                return await StateAsync(driver, token) is { IsEstablished: true } state && (!hasBfd || state.IsBfdUp == true) && IsSettled(await SeenByRouterAsync(wire, token));
            },
            async () => $"{await StateAsync(driver, token)}; the router: {await SeenByRouterAsync(wire, token)}",
            token);
        Assert.Equal(number, await ConnectionsAsync(wire, token));

        bool IsSettled(JsonElement router) =>
            router.TryGetProperty("bgpTimerUpMsec", out JsonElement up)
            && up.GetInt64() > Settled.TotalMilliseconds
            && (!hasBfd || router.GetProperty("peerBfdInfo").GetProperty("status").GetString() == "Up");
    }

    /// <summary>How many sessions with the gateway there have been.</summary>
    private protected static async Task<long> ConnectionsAsync(BgpWire wire, CancellationToken token) =>
        (await SeenByRouterAsync(wire, token)).GetProperty("connectionsEstablished").GetInt64();

    private static async Task<JsonElement> SeenByRouterAsync(BgpWire wire, CancellationToken token) =>
        JsonDocument.Parse(await wire.Router.AskAsync(token, "show bgp neighbors json")).RootElement.EnumerateObject().First().Value;
}
