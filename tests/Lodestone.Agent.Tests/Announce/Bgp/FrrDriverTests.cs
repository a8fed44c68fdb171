using System.Diagnostics;
using System.Globalization;
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

    /// <summary>bgpd dies: the router keeps its routes (graceful restart), and has the session back when bgpd is started again.</summary>
    [Fact]
    public async Task Apply_DaemonThatDied_IsStartedAgainAndRoutesStay()
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await BgpWire.CreateAsync(
            ["neighbor 192.0.2.2 remote-as 65001", "neighbor 192.0.2.2 timers connect 1", "neighbor 192.0.2.2 passive"], ["neighbor 192.0.2.2 activate"], token);
        using IBgpDriver driver = CreateDriver(wire);
        try
        {
            BgpConfig config = Config(Neighbor());
            await driver.ApplyAsync(config, token);
            await WaitForPathAsync(wire, "ipv4", Vip4, token);
            using (var bgpd = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(Path.Combine(wire.StateDirectory, "bgpd.pid"), token), CultureInfo.InvariantCulture)))
            {
                bgpd.Kill();
                TestPoll.Until(() => !driver.IsRunning, "bgpd to end");
            }

            await driver.ApplyAsync(config, token);
            Assert.NotNull(await FindPathAsync(wire, "ipv4", Vip4, token));
            await WaitAsync(
                async () => await ConnectionsAsync(wire, token) == 2 && (await driver.ObserveAsync(token)).Values.Single() is { IsEstablished: true, PrefixesAnnounced: 2 },
                async () => $"{(await driver.ObserveAsync(token)).Values.Single()}",
                token);
            Assert.NotNull(await FindPathAsync(wire, "ipv4", Vip4, token));
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
