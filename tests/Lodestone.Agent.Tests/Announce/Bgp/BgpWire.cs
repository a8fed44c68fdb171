using System.Globalization;
using System.Net;
using System.Text.Json;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Announce.Bgp.Bird;
using Lodestone.Agent.Announce.Bgp.Frr;
using Lodestone.Cli.Lab.Routing;
using Lodestone.Datapath.Layout;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

using MacAddress = Lodestone.Linux.MacAddress;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>A gateway with a driver and its router, each in a namespace of its own, at the two ends of a cable; the router runs FRR. Its end ends the daemons of both.</summary>
internal sealed class BgpWire : IAsyncDisposable
{
    public const string Device = "eth0";
    public const uint RouterAsn = 65_000;
    public const uint GatewayAsn = 65_001;

    public static readonly IPAddress Router4 = IPAddress.Parse("192.0.2.1");
    public static readonly IPAddress Router6 = IPAddress.Parse("2001:db8::1");
    public static readonly IPAddress Gateway4 = IPAddress.Parse("192.0.2.2");
    public static readonly IPAddress Gateway6 = IPAddress.Parse("2001:db8::2");

    private static readonly MacAddress Nobody = MacAddress.Parse("02:00:00:00:00:fe");
    private static readonly TimeSpan TestLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(20);

    private readonly BgpDriverChoice _choice;
    private readonly string _gateway;
    private readonly string _configuration;
    private readonly string _id = Guid.NewGuid().ToString("N")[..6];
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private BgpWire(BgpDriverChoice choice, IPAddress? gateway, IEnumerable<string> settings)
    {
        _choice = choice;
        string[] session = gateway is null ? ["interface remote-as external"] : [$"remote-as {GatewayAsn}", "passive"];
        _gateway = gateway?.ToString() ?? Device;
        _configuration = ConfigurationOf(_gateway, [.. session, "timers connect 1", .. settings]);
        GatewayNamespace = NetworkNamespace.Create($"bgp-{_id}-gw");
        RouterNamespace = NetworkNamespace.Create($"bgp-{_id}-rt");
        StateDirectory = $"/run/lodestone-bgp-test-{_id}";
        Driver = CreateDriver();
        _limit.CancelAfter(TestLimit);
    }

    /// <summary>For all of a test.</summary>
    public CancellationToken Token => _limit.Token;

    public NetworkNamespace GatewayNamespace { get; }

    public NetworkNamespace RouterNamespace { get; }

    public FrrRouter Router { get; private set; } = null!;

    /// <summary>The gateway's.</summary>
    public IBgpDriver Driver { get; private set; }

    /// <summary>For the gateway's daemons.</summary>
    public string StateDirectory { get; }

    /// <summary>Both ends, with a router that runs; the gateway's daemons are left to its driver. Skips the test where they are not installed.</summary>
    /// <param name="choice">The gateway's daemon.</param>
    /// <param name="gateway">By which of its addresses the router knows the gateway; null: by none, but at its device.</param>
    /// <param name="settings">What the router is told of this neighbour, beside what it takes for a session of both families.</param>
    public static async Task<BgpWire> CreateAsync(BgpDriverChoice choice, IPAddress? gateway, params string[] settings)
    {
        Privilege.RequireRoot();
        Assert.SkipUnless(
            FrrRouter.IsInstalled && (choice == BgpDriverChoice.Frr || File.Exists("/usr/sbin/bird")), "needs the Debian packages frr and bird2 (eng/packages.sh)");
        var wire = new BgpWire(choice, gateway, settings);
        try
        {
            Connect(wire);
            await wire.StartRouterAsync();
        }
        catch
        {
            await wire.DisposeAsync();
            throw;
        }

        return wire;
    }

    /// <summary>The router's daemons are killed, and started anew when the gateway has lost the session and BFD.</summary>
    public async Task RestartRouterAsync()
    {
        await Router.DisposeAsync();
        await WaitForStateAsync(state => !state.IsEstablished && state.IsBfdUp != true);
        await StartRouterAsync();
    }

    /// <summary>The agent is killed, and another one comes: its driver finds what runs.</summary>
    public void ReplaceDriver()
    {
        Driver.Dispose();
        Driver = CreateDriver();
    }

    /// <summary>Kills daemons of the gateway at once and waits until they have ended.</summary>
    public Task KillAsync(params string[] daemons) => Task.WhenAll(daemons.Select(daemon =>
        ProcessIdentity.Find(int.Parse(File.ReadAllText(Path.Combine(StateDirectory, daemon + ".pid")), CultureInfo.InvariantCulture))!.Value.KillAsync(withChildren: false)));

    /// <summary>What the gateway sends over IPv4 goes to nobody, or to the router again. No link tells of it.</summary>
    public void SetHeard(bool isHeard)
    {
        using RtNetlink netlink = RtNetlink.Open(GatewayNamespace);
        int index = netlink.GetLink(Device).Index;
        if (netlink.TryGetNeighbour(index, Router4, out _))
        {
            netlink.DeleteNeighbour(index, Router4);
        }

        if (!isHeard)
        {
            netlink.AddNeighbour(index, Router4, Nobody);
        }
    }

    /// <summary>What the driver says of the router; null: it does not know it yet.</summary>
    public async Task<BgpNeighborState?> StateAsync() => (await Driver.ObserveAsync(Token)).Values.SingleOrDefault();

    /// <summary>What the router says of the gateway.</summary>
    public Task<RouterPeer> SeenByRouterAsync() => Router.PeerAsync(_gateway, Token);

    /// <summary>The router's route to an address; null: it has none.</summary>
    public async Task<JsonElement?> FindPathAsync(DatapathAddress vip) => await Router.PathsAsync(vip.ToIPAddress(), Token) is [var path, ..] ? path : null;

    public async Task<JsonElement> WaitForPathAsync(DatapathAddress vip)
    {
        JsonElement? path = null;
        await WaitAsync(
            async () => (path = await FindPathAsync(vip)) is not null,
            async () => $"the router has no route to {vip}: {await Router.AskAsync(Token, "show bgp neighbors")}");
        return path!.Value;
    }

    public Task WaitForNoPathAsync(DatapathAddress vip) =>
        WaitAsync(async () => await FindPathAsync(vip) is null, () => Task.FromResult($"the router still has a route to {vip}"));

    /// <summary>Waits until the driver says this of the router.</summary>
    public Task WaitForStateAsync(Func<BgpNeighborState, bool> isThere) =>
        WaitAsync(async () => await StateAsync() is { } state && isThere(state), async () => $"{await StateAsync()}");

    /// <summary>
    /// Does as the agent does, until the session has been up for a while, with BFD at both ends where it is wanted: the session of this number, so that
    /// none has ended meanwhile.
    /// </summary>
    public async Task WaitForSessionAsync(BgpConfig config, int number, Func<Task>? meanwhile = null)
    {
        bool hasBfd = config.Neighbors[0].Bfd is not null;
        await WaitAsync(
            async () =>
            {
                await Driver.ApplyAsync(config, Token);
                await (meanwhile?.Invoke() ?? Task.CompletedTask);
                return await StateAsync() is { IsEstablished: true } state && (!hasBfd || state.IsBfdUp == true) && (await SeenByRouterAsync()).IsSettled(hasBfd);
            },
            async () => $"{await StateAsync()}; the router: {await Router.AskAsync(Token, "show bgp neighbors json")}");
        Assert.Equal(number, (await SeenByRouterAsync()).Connections);
    }

    /// <summary>Until a condition holds; fails with what was seen.</summary>
    public async Task WaitAsync(Func<Task<bool>> condition, Func<Task<string>> seen)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < WaitLimit, await seen());
            await Task.Delay(50, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Driver.StopAsync(CancellationToken.None);
        }
        finally
        {
            Driver.Dispose();
            if (Router is not null)
            {
                await Router.DisposeAsync();
            }

            foreach (NetworkNamespace network in (NetworkNamespace[])[GatewayNamespace, RouterNamespace])
            {
                network.Dispose();
                NetworkNamespace.Delete(network.Name);
            }

            if (Directory.Exists(StateDirectory))
            {
                Directory.Delete(StateDirectory, recursive: true);
            }

            _limit.Dispose();
        }
    }

    private IBgpDriver CreateDriver() => _choice == BgpDriverChoice.Bird
        ? new BirdDriver(StateDirectory, GatewayNamespace.Start, NullLogger.Instance, TimeProvider.System)
        : new FrrDriver(StateDirectory, GatewayNamespace.Start, NullLogger.Instance, TimeProvider.System);

    private async Task StartRouterAsync() => Router = await FrrRouter.StartAsync(_configuration, RouterNamespace.Start, Token);

    private static string ConfigurationOf(string gateway, IEnumerable<string> settings) => $"""
        router bgp {RouterAsn}
         bgp router-id {Router4}
         no bgp ebgp-requires-policy
         no bgp default ipv4-unicast
        {string.Join('\n', settings.Select(setting => $" neighbor {gateway} {setting}"))}
         address-family ipv4 unicast
          neighbor {gateway} activate
         exit-address-family
         address-family ipv6 unicast
          neighbor {gateway} activate
         exit-address-family

        """;

    private static void Connect(BgpWire wire)
    {
        foreach (NetworkNamespace network in (NetworkNamespace[])[wire.GatewayNamespace, wire.RouterNamespace])
        {
            network.SetVariable("net/ipv6/conf/default/accept_dad", "0");
        }

        using (RtNetlink netlink = RtNetlink.Open(wire.GatewayNamespace))
        {
            netlink.AddVeth(new VethEnd(Device), new VethEnd(Device, wire.RouterNamespace));
        }

        Address(wire.GatewayNamespace, Gateway4, Gateway6);
        Address(wire.RouterNamespace, Router4, Router6);
    }

    private static void Address(NetworkNamespace network, IPAddress ipv4, IPAddress ipv6)
    {
        using RtNetlink netlink = RtNetlink.Open(network);
        int index = netlink.GetLink(Device).Index;
        netlink.SetLink(1, new LinkSettings { IsUp = true });
        netlink.SetLink(index, new LinkSettings { IsUp = true });
        netlink.AddAddress(index, ipv4, 24);
        netlink.AddAddress(index, ipv6, 64);
    }
}
