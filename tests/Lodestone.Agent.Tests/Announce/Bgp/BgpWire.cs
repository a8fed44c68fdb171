using System.Net;
using Lodestone.Linux;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Lodestone.Cli.Lab.Routing;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>A gateway and its router, each in a namespace of its own, at the two ends of a cable; the router runs FRR.</summary>
internal sealed class BgpWire : IAsyncDisposable
{
    public const uint RouterAsn = 65_000;
    public const uint GatewayAsn = 65_001;

    public static readonly IPAddress Router4 = IPAddress.Parse("192.0.2.1");
    public static readonly IPAddress Router6 = IPAddress.Parse("2001:db8::1");
    public static readonly IPAddress Gateway4 = IPAddress.Parse("192.0.2.2");
    public static readonly IPAddress Gateway6 = IPAddress.Parse("2001:db8::2");

    private static readonly MacAddress Nobody = MacAddress.Parse("02:00:00:00:00:fe");

    private readonly string _configuration;
    private readonly string _id = Guid.NewGuid().ToString("N")[..6];

    private BgpWire(string configuration)
    {
        _configuration = configuration;
        GatewayNamespace = NetworkNamespace.Create($"bgp-{_id}-gw");
        RouterNamespace = NetworkNamespace.Create($"bgp-{_id}-rt");
        StateDirectory = $"/run/lodestone-bgp-test-{_id}";
    }

    public NetworkNamespace GatewayNamespace { get; }

    public NetworkNamespace RouterNamespace { get; }

    public FrrRouter Router { get; private set; } = null!;

    /// <summary>For the gateway's daemons.</summary>
    public string StateDirectory { get; }

    /// <param name="neighbor">The router's lines about the gateway, within its BGP instance.</param>
    /// <param name="families">Its lines within each address family.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<BgpWire> CreateAsync(IEnumerable<string> neighbor, IEnumerable<string> families, CancellationToken cancellationToken)
    {
        var wire = new BgpWire(ConfigOf(neighbor, families));
        try
        {
            Connect(wire);
            await wire.StartRouterAsync(cancellationToken);
        }
        catch
        {
            await wire.DisposeAsync();
            throw;
        }

        return wire;
    }

    /// <summary>The router's daemons are killed and started anew.</summary>
    public async Task RestartRouterAsync(CancellationToken cancellationToken)
    {
        await Router.DisposeAsync();
        await StartRouterAsync(cancellationToken);
    }

    /// <summary>What the gateway sends over IPv4 goes to nobody, or to the router again. No link tells of it.</summary>
    public void SetHeard(bool isHeard)
    {
        using RtNetlink netlink = RtNetlink.Open(GatewayNamespace);
        int index = netlink.GetLink("eth0").Index;
        if (netlink.TryGetNeighbour(index, Router4, out _))
        {
            netlink.DeleteNeighbour(index, Router4);
        }

        if (!isHeard)
        {
            netlink.AddNeighbour(index, Router4, Nobody);
        }
    }

    public async ValueTask DisposeAsync()
    {
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
    }

    private async Task StartRouterAsync(CancellationToken cancellationToken) =>
        Router = await FrrRouter.StartAsync(_configuration, RouterNamespace.Start, cancellationToken);

    private static string ConfigOf(IEnumerable<string> neighbor, IEnumerable<string> families)
    {
        string inFamily = string.Join('\n', families.Select(line => "  " + line));
        return $"""
            router bgp {RouterAsn}
             bgp router-id 192.0.2.1
             no bgp ebgp-requires-policy
             no bgp default ipv4-unicast
            {string.Join('\n', neighbor.Select(line => " " + line))}
             address-family ipv4 unicast
            {inFamily}
             exit-address-family
             address-family ipv6 unicast
            {inFamily}
             exit-address-family

            """;
    }

    private static void Connect(BgpWire wire)
    {
        foreach (NetworkNamespace network in (NetworkNamespace[])[wire.GatewayNamespace, wire.RouterNamespace])
        {
            network.SetVariable("net/ipv6/conf/default/accept_dad", "0");
        }

        using (RtNetlink netlink = RtNetlink.Open(wire.GatewayNamespace))
        {
            netlink.AddVeth(new VethEnd("eth0"), new VethEnd("eth0", wire.RouterNamespace));
        }

        Address(wire.GatewayNamespace, Gateway4, Gateway6);
        Address(wire.RouterNamespace, Router4, Router6);
    }

    private static void Address(NetworkNamespace network, IPAddress ipv4, IPAddress ipv6)
    {
        using RtNetlink netlink = RtNetlink.Open(network);
        int index = netlink.GetLink("eth0").Index;
        netlink.SetLink(1, new LinkSettings { IsUp = true });
        netlink.SetLink(index, new LinkSettings { IsUp = true });
        netlink.AddAddress(index, ipv4, 24);
        netlink.AddAddress(index, ipv6, 64);
    }
}
