using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

using Lodestone.Linux.Devices;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Lab.Routing;

/// <summary>A router that runs FRR, in the place of a lab's client, with clients behind it. ECMP goes by addresses and ports.</summary>
internal sealed class LabRouter : IAsyncDisposable
{
    private const string Inner = "inner0";
    private const string ClientsName = "clients";

    private static readonly IPNetwork ClientNet4 = IPNetwork.Parse("198.51.100.0/24");
    private static readonly IPNetwork ClientNet6 = IPNetwork.Parse("2001:db8:b::/64");
    private static readonly IPAddress RouterInside4 = IPAddress.Parse("198.51.100.1");
    private static readonly IPAddress RouterInside6 = IPAddress.Parse("2001:db8:b::1");

    private readonly LabNode _node;

    private LabRouter(LabNode node, NetworkNamespace clients, FrrRouter daemons)
    {
        _node = node;
        Clients = clients;
        Daemons = daemons;
    }

    /// <summary>The clients' addresses.</summary>
    public static IReadOnlyList<IPAddress> ClientAddresses { get; } = [IPAddress.Parse("198.51.100.2"), IPAddress.Parse("2001:db8:b::2")];

    /// <summary>Where requests come from.</summary>
    public NetworkNamespace Clients { get; }

    /// <summary>FRR.</summary>
    public FrrRouter Daemons { get; }

    /// <summary>Makes a lab's client a router. The router's end ends FRR; the lab removes the rest.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="directory">Where FRR's files are.</param>
    /// <param name="configuration">bgpd's.</param>
    /// <param name="arePoolsOnLink">Whether the router asks on the segment for addresses that no gateway has told it of.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<LabRouter> BuildAsync(NetworkLab lab, string directory, string configuration, bool arePoolsOnLink, CancellationToken cancellationToken)
    {
        var clients = NetworkNamespace.Create(ClientsOf(lab));
        try
        {
            Connect(lab, clients, arePoolsOnLink);
            foreach (LabHost host in lab.Hosts)
            {
                AddReturnRoutes(lab, host);
            }

            return new LabRouter(lab.Client, clients, await FrrRouter.StartAsync(directory, configuration, lab.Client.Namespace.Start, cancellationToken));
        }
        catch
        {
            clients.Dispose();
            throw;
        }
    }

    /// <summary>One that another process has built.</summary>
    public static LabRouter Attach(NetworkLab lab, string directory) =>
        new(lab.Client, NetworkNamespace.Open(ClientsOf(lab)), FrrRouter.Attach(directory, lab.Client.Namespace.Start));

    /// <summary>Tells a host the way to the clients: answers go there past the gateways.</summary>
    public static void AddReturnRoutes(NetworkLab lab, LabHost host)
    {
        using RtNetlink netlink = RtNetlink.Open(host.Namespace);
        netlink.AddRoute(new RouteSettings(ClientNet4, host.DeviceIndex) { Gateway = lab.Client.Ipv4 });
        netlink.AddRoute(new RouteSettings(ClientNet6, host.DeviceIndex) { Gateway = lab.Client.Ipv6 });
    }

    /// <summary>By which gateways the router's kernel reaches an address, sorted.</summary>
    public async Task<string[]> GatewaysOfAsync(IPAddress vip, CancellationToken cancellationToken)
    {
        string family = vip.AddressFamily == AddressFamily.InterNetwork ? "-4" : "-6";
        using Process process = _node.Namespace.Start(
            new ProcessStartInfo("ip", ["-j", family, "route", "show", vip.ToString()]) { RedirectStandardOutput = true });
        string json = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        using JsonDocument document = JsonDocument.Parse(json.Length == 0 ? "[]" : json);
        return
        [
            .. document.RootElement.EnumerateArray()
                .SelectMany(route => route.TryGetProperty("nexthops", out JsonElement hops) ? hops.EnumerateArray() : (IEnumerable<JsonElement>)[route])
                .Select(hop => hop.TryGetProperty("gateway", out JsonElement gateway) ? gateway.GetString()! : hop.GetProperty("via").GetProperty("host").GetString()!)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The sessions with gateways, by their addresses.</summary>
    public async Task<Dictionary<string, RouterSession>> SessionsAsync(CancellationToken cancellationToken)
    {
        using JsonDocument document = JsonDocument.Parse(await Daemons.AskAsync(cancellationToken, "show bgp neighbors json"));
        return document.RootElement.EnumerateObject()
            .Where(peer => peer.Value.ValueKind == JsonValueKind.Object && peer.Value.TryGetProperty("bgpState", out _))
            .ToDictionary(
                peer => peer.Name,
                peer => new RouterSession(
                    peer.Name,
                    peer.Value.GetProperty("bgpState").GetString() == "Established",
                    peer.Value.TryGetProperty("connectionsDropped", out JsonElement drops) ? drops.GetInt32() : 0));
    }

    /// <summary>Ends FRR.</summary>
    public async ValueTask DisposeAsync()
    {
        await Daemons.DisposeAsync();
        Clients.Dispose();
    }

    private static string ClientsOf(NetworkLab lab) => $"lodestone-{lab.Id}-{ClientsName}";

    private static void Connect(NetworkLab lab, NetworkNamespace clients, bool arePoolsOnLink)
    {
        NetworkNamespace router = lab.Client.Namespace;
        foreach (string variable in (string[])["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/fib_multipath_hash_policy", "net/ipv6/fib_multipath_hash_policy"])
        {
            router.SetVariable(variable, "1");
        }

        clients.SetVariable("net/ipv6/conf/default/accept_dad", "0");
        using RtNetlink atRouter = RtNetlink.Open(router);
        using RtNetlink atClients = RtNetlink.Open(clients);
        if (!arePoolsOnLink)
        {
            // Only BGP tells the router where VIPs are.
            atRouter.DeleteRoute(new RouteSettings(lab.Options.Ipv4Pool, lab.Client.DeviceIndex));
            atRouter.DeleteRoute(new RouteSettings(lab.Options.Ipv6Pool, lab.Client.DeviceIndex));
        }

        atRouter.AddVeth(new VethEnd(Inner) { Mtu = lab.Options.EdgeMtu }, new VethEnd(LabNode.Device, clients) { Mtu = lab.Options.EdgeMtu });
        Ethtool.SetFeatures(LabNode.Device, new Dictionary<string, bool> { ["tx-checksum-ip-generic"] = false }, clients);
        _ = Up(atRouter, Inner, RouterInside4, RouterInside6);
        int index = Up(atClients, LabNode.Device, ClientAddresses[0], ClientAddresses[1]);
        atClients.AddRoute(new RouteSettings(IPNetwork.Parse("0.0.0.0/0"), index) { Gateway = RouterInside4 });
        atClients.AddRoute(new RouteSettings(IPNetwork.Parse("::/0"), index) { Gateway = RouterInside6 });
    }

    private static int Up(RtNetlink netlink, string device, IPAddress ipv4, IPAddress ipv6)
    {
        int index = netlink.GetLink(device).Index;
        netlink.SetLink(1, new LinkSettings { IsUp = true });
        netlink.SetLink(index, new LinkSettings { IsUp = true });
        netlink.AddAddress(index, ipv4, ClientNet4.PrefixLength);
        netlink.AddAddress(index, ipv6, ClientNet6.PrefixLength);
        return index;
    }
}
