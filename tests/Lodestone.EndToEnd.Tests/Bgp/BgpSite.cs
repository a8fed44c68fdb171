using System.Diagnostics;
using System.Net;
using System.Text.Json;

using Lodestone.Cli.Lab;
using Lodestone.Linux.Devices;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Lodestone.TestKit.Routing;

namespace Lodestone.EndToEnd.Tests.Bgp;

/// <summary>What stands before a lab's hosts: a router that runs FRR, in the place of the lab's client, and a client behind it.</summary>
internal sealed class BgpSite : IAsyncDisposable
{
    public const uint RouterAsn = 65_000;
    public const uint GatewayAsn = 65_001;
    public const string Password = "at-the-rack";

    private const string Inner = "inner0";
    private const int DetectMilliseconds = 300;

    private readonly NetworkLab _lab;

    private BgpSite(NetworkLab lab, NetworkNamespace client, TestRouter router)
    {
        _lab = lab;
        Client = client;
        Router = router;
    }

    /// <summary>Where requests come from.</summary>
    public NetworkNamespace Client { get; }

    public TestRouter Router { get; }

    public static async Task<BgpSite> CreateAsync(NetworkLab lab, CancellationToken cancellationToken)
    {
        var client = NetworkNamespace.Create($"lodestone-{lab.Id}-outside");
        Connect(lab, client);
        string[] hosts = [lab.HostA.Ipv4.ToString(), lab.HostB.Ipv4.ToString()];
        TestRouter router = await TestRouter.StartAsync(
            $"""
            router bgp {RouterAsn}
             bgp router-id {lab.Client.Ipv4}
             no bgp ebgp-requires-policy
             no bgp default ipv4-unicast
             bgp bestpath as-path multipath-relax
            {string.Join('\n', hosts.Select(host => $"""
             neighbor {host} remote-as {GatewayAsn}
             neighbor {host} password {Password}
             neighbor {host} passive
             neighbor {host} bfd 3 {DetectMilliseconds} {DetectMilliseconds}
            """))}
             neighbor {lab.HostA.Ipv6} remote-as {GatewayAsn}
             neighbor {lab.HostA.Ipv6} password {Password}
             neighbor {lab.HostA.Ipv6} passive
             address-family ipv4 unicast
              maximum-paths 8
            {string.Join('\n', hosts.Select(host => $"  neighbor {host} activate"))}
             exit-address-family
             address-family ipv6 unicast
              maximum-paths 8
            {string.Join('\n', hosts.Select(host => $"  neighbor {host} activate"))}
             exit-address-family

            """,
            lab.Client.Namespace.Start,
            cancellationToken);
        return new BgpSite(lab, client, router);
    }

    /// <summary>By which gateways the router's kernel reaches an address.</summary>
    public async Task<string[]> GatewaysOfAsync(IPAddress vip, CancellationToken cancellationToken)
    {
        string family = vip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "-4" : "-6";
        using Process process = _lab.Client.Namespace.Start(
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

    /// <summary>The communities of a route from a gateway; null: there is none.</summary>
    public async Task<string?> CommunitiesOfAsync(IPAddress vip, LabHost from, CancellationToken cancellationToken)
    {
        string json = await Router.AskAsync(cancellationToken, $"show bgp ipv4 unicast {vip}/32 json");
        using JsonDocument document = JsonDocument.Parse(json);
        if (!document.RootElement.TryGetProperty("paths", out JsonElement paths))
        {
            return null;
        }

        foreach (JsonElement path in paths.EnumerateArray().Where(path => path.GetProperty("peer").GetProperty("peerId").GetString() == from.Ipv4.ToString()))
        {
            return path.TryGetProperty("community", out JsonElement community) ? community.GetProperty("string").GetString() : "";
        }

        return null;
    }

    /// <summary>How many sessions with a host there have been.</summary>
    public async Task<long> ConnectionsOfAsync(LabHost host, CancellationToken cancellationToken)
    {
        using JsonDocument document = JsonDocument.Parse(await Router.AskAsync(cancellationToken, $"show bgp neighbors {host.Ipv4} json"));
        return document.RootElement.EnumerateObject().First().Value.GetProperty("connectionsEstablished").GetInt64();
    }

    /// <summary>Pulls a host's cable at the switch, or puts it back. The router's own link stays as it is.</summary>
    public void SetCable(LabHost host, bool isPlugged)
    {
        using RtNetlink segment = RtNetlink.Open(_lab.Segment);
        segment.SetLink(segment.GetLink(host.Name).Index, new LinkSettings { IsUp = isPlugged });
    }

    public async ValueTask DisposeAsync()
    {
        await Router.DisposeAsync();
        Client.Dispose();
    }

    private static void Connect(NetworkLab lab, NetworkNamespace client)
    {
        NetworkNamespace router = lab.Client.Namespace;
        foreach (string variable in (string[])["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/fib_multipath_hash_policy", "net/ipv6/fib_multipath_hash_policy"])
        {
            router.SetVariable(variable, "1");
        }

        client.SetVariable("net/ipv6/conf/default/accept_dad", "0");
        using RtNetlink atRouter = RtNetlink.Open(router);
        using RtNetlink atClient = RtNetlink.Open(client);

        // Only BGP tells the router where VIPs are.
        atRouter.DeleteRoute(new RouteSettings(lab.Options.Ipv4Pool, lab.Client.DeviceIndex));
        atRouter.DeleteRoute(new RouteSettings(lab.Options.Ipv6Pool, lab.Client.DeviceIndex));
        atRouter.AddVeth(new VethEnd(Inner) { Mtu = lab.Options.EdgeMtu }, new VethEnd(LabNode.Device, client) { Mtu = lab.Options.EdgeMtu });
        Ethtool.SetFeatures(LabNode.Device, new Dictionary<string, bool> { ["tx-checksum-ip-generic"] = false }, client);
        Up(atRouter, Inner, "198.51.100.1", "2001:db8:b::1");
        int index = Up(atClient, LabNode.Device, "198.51.100.2", "2001:db8:b::2");
        atClient.AddRoute(new RouteSettings(IPNetwork.Parse("0.0.0.0/0"), index) { Gateway = IPAddress.Parse("198.51.100.1") });
        atClient.AddRoute(new RouteSettings(IPNetwork.Parse("::/0"), index) { Gateway = IPAddress.Parse("2001:db8:b::1") });

        // Answers go from the hosts to the client, past the gateways.
        foreach (LabHost host in (LabHost[])[lab.HostA, lab.HostB])
        {
            using RtNetlink atHost = RtNetlink.Open(host.Namespace);
            atHost.AddRoute(new RouteSettings(IPNetwork.Parse("198.51.100.0/24"), host.DeviceIndex) { Gateway = lab.Client.Ipv4 });
            atHost.AddRoute(new RouteSettings(IPNetwork.Parse("2001:db8:b::/64"), host.DeviceIndex) { Gateway = lab.Client.Ipv6 });
        }
    }

    private static int Up(RtNetlink netlink, string device, string ipv4, string ipv6)
    {
        int index = netlink.GetLink(device).Index;
        netlink.SetLink(1, new LinkSettings { IsUp = true });
        netlink.SetLink(index, new LinkSettings { IsUp = true });
        netlink.AddAddress(index, IPAddress.Parse(ipv4), 24);
        netlink.AddAddress(index, IPAddress.Parse(ipv6), 64);
        return index;
    }
}
