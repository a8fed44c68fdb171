using System.Text.Json;
using Lodestone.Agent.Announce.Bgp;
using Xunit;

using static Lodestone.Agent.Tests.Announce.Bgp.BgpSamples;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>What every driver has to do, against a real router.</summary>
public abstract class BgpDriverTests(BgpDriverChoice daemon)
{
    private const string Password = "s3cret!?#|x";

    /// <summary>From the first session to the last: attributes, changes, an agent that comes back, the leave.</summary>
    [Fact]
    public async Task Session_OverItsLife_TellsTheRouterWhatIsWanted()
    {
        await using BgpWire wire = await BgpWire.CreateAsync(daemon, BgpWire.Gateway4, $"password {Password}", RouterBfd);
        BgpConfig config = ConfigOf(Neighbor with
        {
            Password = Password,
            Bfd = Bfd,
            Attributes = new BgpAttributes { Communities = ["65001:100", "65001:200"], LargeCommunities = ["65001:1:2"], Med = 50 },
        });
        await wire.Driver.ApplyAsync(config, wire.Token);
        JsonElement path = await wire.WaitForPathAsync(Vip4);
        Assert.Equal(["65001:100", "65001:200"], [.. path.GetProperty("community").GetProperty("list").EnumerateArray().Select(c => c.GetString()!)]);
        Assert.Equal("65001:1:2", path.GetProperty("largeCommunity").GetProperty("string").GetString());
        Assert.Equal(50, path.GetProperty("metric").GetInt32());
        Assert.Equal("65001", path.GetProperty("aspath").GetProperty("string").GetString());
        Assert.Equal("192.0.2.2", path.GetProperty("nexthops")[0].GetProperty("ip").GetString());
        await wire.WaitForPathAsync(Vip6);
        await wire.WaitForSessionAsync(config, 1);
        Assert.Equal(2, (await wire.StateAsync())?.PrefixesAnnounced);
        long since = (await wire.SeenByRouterAsync()).Connections;

        // An address comes, one goes, and what routes carry changes: the session stays.
        config = config with
        {
            Prefixes = [Other4, Vip6],
            Neighbors = [config.Neighbors[0] with { Attributes = new BgpAttributes { Communities = ["65001:300"] } }],
        };
        await wire.Driver.ApplyAsync(config, wire.Token);
        await wire.WaitForNoPathAsync(Vip4);
        path = await wire.WaitForPathAsync(Other4);
        Assert.Equal("65001:300", path.GetProperty("community").GetProperty("string").GetString());

        // The agent is killed, and another one comes: nothing is said anew.
        wire.ReplaceDriver();
        Assert.True(wire.Driver.IsRunning);
        await wire.Driver.ApplyAsync(config, wire.Token);
        await wire.WaitForPathAsync(Other4);
        Assert.Equal(since, (await wire.SeenByRouterAsync()).Connections);

        // It leaves: routes say so before they go.
        await wire.Driver.ApplyAsync(config with { IsShuttingDown = true }, wire.Token);
        await wire.WaitAsync(
            async () => (await wire.WaitForPathAsync(Other4)).GetProperty("community").GetRawText().Contains("gracefulShutdown", StringComparison.Ordinal),
            () => Task.FromResult("no graceful shutdown community"));
        await wire.Driver.ApplyAsync(config with { IsShuttingDown = true, Prefixes = [] }, wire.Token);
        await wire.WaitForNoPathAsync(Vip6);
        Assert.Equal(since, (await wire.SeenByRouterAsync()).Connections);
        await wire.Driver.StopAsync(wire.Token);
        Assert.False(wire.Driver.IsRunning);
    }

    /// <summary>IPv4 and IPv6 over an IPv6 session: IPv4 has an IPv6 next hop (RFC 8950).</summary>
    [Fact]
    public async Task Session_OverIPv6_CarriesIPv4WithIPv6NextHop()
    {
        await using BgpWire wire = await BgpWire.CreateAsync(daemon, BgpWire.Gateway6, "capability extended-nexthop", "graceful-restart-disable");
        await wire.Driver.ApplyAsync(ConfigOf(Neighbor with { Address = BgpWire.Router6 }), wire.Token);
        JsonElement path = await wire.WaitForPathAsync(Vip4);
        Assert.Equal("ipv6", path.GetProperty("nexthops")[0].GetProperty("afi").GetString());
        await wire.WaitForPathAsync(Vip6);
    }

    /// <summary>What goes wrong is told apart, and put right without a restart.</summary>
    [Fact]
    public async Task Session_WithAnotherPasswordOrAsn_FailsAndSaysWhy()
    {
        await using BgpWire wire = await BgpWire.CreateAsync(daemon, BgpWire.Gateway4, $"password {Password}");
        BgpConfig config = ConfigOf(Neighbor with { Password = "another" });
        await wire.Driver.ApplyAsync(config, wire.Token);
        await wire.WaitForStateAsync(state => state is { IsEstablished: false, Failure: BgpFailure.NoAnswer });

        await wire.Driver.ApplyAsync(ConfigOf(Neighbor with { Password = Password, Asn = 65_009 }), wire.Token);
        await wire.WaitForStateAsync(state => state is { IsEstablished: false, Failure: BgpFailure.WrongAsn, Detail.Length: > 0 });

        await wire.Driver.ApplyAsync(ConfigOf(Neighbor with { Password = Password }), wire.Token);
        await wire.WaitForPathAsync(Vip4);
    }

    /// <summary>A router that is killed and started anew has the session back, once, also where BFD could be up long before.</summary>
    [Fact]
    public async Task Session_WithARouterThatIsStartedAnew_ComesBackOnce()
    {
        await using BgpWire wire = await BgpWire.CreateAsync(daemon, BgpWire.Gateway4, RouterBfd);
        BgpConfig config = ConfigOf(Neighbor with { Bfd = Bfd, ConnectRetrySeconds = 8 });
        await wire.WaitForSessionAsync(config, 1);
        await wire.RestartRouterAsync();
        await wire.WaitForSessionAsync(config, 1);
    }
}
