using System.Net;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Announce.Bgp.Frr;
using Lodestone.Datapath.Layout;
using Lodestone.Cli.Lab.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>FRR as a driver.</summary>
public sealed class FrrDriverTests : BgpDriverTests
{
    private const int Many = 10_000;

    /// <summary>At a device, without addresses (unnumbered): both families over the link-local ones.</summary>
    [Fact]
    public async Task Session_AtADevice_FindsTheRouter()
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await BgpWire.CreateAsync(
            ["neighbor eth0 interface remote-as external", "neighbor eth0 timers connect 1"], ["neighbor eth0 activate"], token);
        using IBgpDriver driver = CreateDriver(wire);
        try
        {
            await driver.ApplyAsync(Config(Neighbor() with { Address = null, Interface = "eth0" }), token);
            await WaitForPathAsync(wire, "ipv4", Vip4, token);
            await WaitForPathAsync(wire, "ipv6", Vip6, token);
            Assert.Equal(["eth0"], (await driver.ObserveAsync(token)).Keys);
        }
        finally
        {
            await StopAsync(wire);
        }
    }

    /// <summary>FRR dies, all of it or bgpd: the router keeps its routes (graceful restart), and has the session back, once, when FRR is started again.</summary>
    [Theory]
    [InlineData(false, "bgpd")]
    [InlineData(true, "bgpd")]
    [InlineData(true, "bgpd", "bfdd", "zebra")]
    public async Task Apply_DaemonsThatDied_AreStartedAgainAndRoutesStay(bool hasBfd, params string[] killed)
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await CreateWireAsync(hasBfd, token);
        using IBgpDriver driver = CreateDriver(wire);
        try
        {
            BgpConfig config = Config(Neighbor() with { Bfd = hasBfd ? Bfd : null });
            await WaitForSessionAsync(wire, driver, config, 1, token);
            Kill(wire, killed);
            TestPoll.Until(() => !driver.IsRunning, "bgpd to end");
            await WaitForSessionAsync(wire, driver, config, 2, token, async () => Assert.NotNull(await FindPathAsync(wire, "ipv4", Vip4, token)));
            Assert.Equal(2, (await driver.ObserveAsync(token)).Values.Single().PrefixesAnnounced);
        }
        finally
        {
            await StopAsync(wire);
        }
    }

    /// <summary>BFD where there was none, or with other intervals, ends no session; and it goes where it is not wanted any more.</summary>
    [Fact]
    public async Task Apply_OtherBfd_LeavesTheSession()
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await CreateWireAsync(hasBfd: true, token);
        using IBgpDriver driver = CreateDriver(wire);
        try
        {
            await WaitForSessionAsync(wire, driver, Config(Neighbor()), 1, token);
            Assert.Null((await driver.ObserveAsync(token)).Values.Single().Bfd);
            foreach (BfdTiming timing in (BfdTiming[])[Bfd, new BfdTiming(200, 250, 4)])
            {
                long start = TimeProvider.System.GetTimestamp();
                await WaitForSessionAsync(wire, driver, Config(Neighbor() with { Bfd = timing }), 1, token);
                TestContext.Current.SendDiagnosticMessage($"BFD is up as {timing} after {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0} ms");
                Assert.Equal(timing, (await driver.ObserveAsync(token)).Values.Single().Bfd);
            }

            await driver.ApplyAsync(Config(Neighbor()), token);
            Assert.Null((await driver.ObserveAsync(token)).Values.Single().Bfd);
        }
        finally
        {
            await StopAsync(wire);
        }
    }

    /// <summary>BFD loses the router long before the hold time would end; when the path is back so is the session, once.</summary>
    [Fact]
    public async Task Session_OverAPathThatIsLost_EndsByBfdAndComesBackOnce()
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await CreateWireAsync(hasBfd: true, token);
        using IBgpDriver driver = CreateDriver(wire);
        try
        {
            BgpConfig config = Config(Neighbor() with { Bfd = Bfd, HoldTimeSeconds = 60, KeepaliveSeconds = 20 });
            await WaitForSessionAsync(wire, driver, config, 1, token);
            long start = TimeProvider.System.GetTimestamp();
            wire.SetHeard(false);
            await WaitAsync(async () => await FindPathAsync(wire, "ipv4", Vip4, token) is null, () => Task.FromResult("the router still has the route"), token);
            TestContext.Current.SendDiagnosticMessage($"BFD took {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0} ms (3 x 100 ms)");
            await WaitAsync(
                async () =>
                {
                    await driver.ApplyAsync(config, token);
                    return (await driver.ObserveAsync(token)).Values.Single() is { IsEstablished: false, Failure: BgpFailure.BfdDown, Bfd: null };
                },
                async () => $"{(await driver.ObserveAsync(token)).Values.Single()}",
                token);
            wire.SetHeard(true);
            await WaitForSessionAsync(wire, driver, config, 2, token);
        }
        finally
        {
            await StopAsync(wire);
        }
    }

    /// <summary>One more of very many addresses is announced beside them; what both cost is told in a diagnostic message.</summary>
    [Fact]
    public async Task Apply_OneMoreOfTenThousandAddresses_IsAnnounced()
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await BgpWire.CreateAsync(
            ["neighbor 192.0.2.2 remote-as 65001", "neighbor 192.0.2.2 timers connect 1", "neighbor 192.0.2.2 passive"], ["neighbor 192.0.2.2 activate"], token);
        using IBgpDriver driver = CreateDriver(wire);
        try
        {
            BgpConfig config = Config(Neighbor()) with
            {
                Prefixes = [.. Enumerable.Range(0, Many).Select(i => DatapathAddress.From(new IPAddress([198, 18, (byte)(i >> 8), (byte)i])))],
            };
            long start = TimeProvider.System.GetTimestamp();
            await driver.ApplyAsync(config, token);
            TimeSpan all = TimeProvider.System.GetElapsedTime(start);
            await WaitAsync(
                async () => (await driver.ObserveAsync(token)).Values.Single().PrefixesAnnounced == Many,
                async () => $"{(await driver.ObserveAsync(token)).Values.Single()}",
                token);

            start = TimeProvider.System.GetTimestamp();
            await driver.ApplyAsync(config with { Prefixes = config.Prefixes.Add(Vip4) }, token);
            TimeSpan one = TimeProvider.System.GetElapsedTime(start);
            await WaitForPathAsync(wire, "ipv4", Vip4, token);
            TestContext.Current.SendDiagnosticMessage($"{Many} addresses and the daemons' start: {all.TotalMilliseconds:0} ms; one more: {one.TotalMilliseconds:0.0} ms");
        }
        finally
        {
            await StopAsync(wire);
        }
    }

    private protected override bool IsInstalled => FrrRouter.IsInstalled;

    private protected override IBgpDriver CreateDriver(BgpWire wire) =>
        new FrrDriver(wire.StateDirectory, wire.GatewayNamespace.Start, NullLogger.Instance, TimeProvider.System);
}
