using System.Text.Json;

using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Cli.Lab;
using Lodestone.Cli.Lab.Routing;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Bgp;

/// <summary>What stands before a lab's hosts: a router that runs FRR, in the place of the lab's client, and a client behind it.</summary>
internal sealed class BgpSite : IAsyncDisposable
{
    public const uint RouterAsn = 65_000;
    public const uint GatewayAsn = 65_001;
    public const string Password = "at-the-rack";

    private const int DetectMilliseconds = 300;
    private const int SettledMilliseconds = 2000;

    private readonly NetworkLab _lab;
    private readonly LabRouter _router;

    private BgpSite(NetworkLab lab, LabRouter router)
    {
        _lab = lab;
        _router = router;
    }

    /// <summary>Where requests come from.</summary>
    public NetworkNamespace Client => _router.Clients;

    public FrrRouter Router => _router.Daemons;

    public static async Task<BgpSite> CreateAsync(NetworkLab lab, CancellationToken cancellationToken)
    {
        string[] hosts = [.. lab.Hosts.Select(host => host.Ipv4.ToString())];
        LabRouter router = await LabRouter.BuildAsync(
            lab,
            $"/run/lodestone-router-{lab.Id}",
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
            arePoolsOnLink: false,
            cancellationToken);
        return new BgpSite(lab, router);
    }

    /// <summary>The router as a peer of gateways.</summary>
    public static BGPPeer PeerOf(string name, IPAddress router, string passwordKey, BFDSettings? bfd) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new BGPPeerSpec
        {
            PeerAddress = router.ToString(),
            PeerASN = RouterAsn,
            LocalASN = GatewayAsn,
            PasswordKey = passwordKey,
            HoldTimeSeconds = 9,
            ConnectRetrySeconds = 1,
            Communities = ["65001:80"],
            Bfd = bfd,
        },
    };

    /// <summary>By which gateways the router's kernel reaches an address.</summary>
    public Task<string[]> GatewaysOfAsync(IPAddress vip, CancellationToken cancellationToken) => _router.GatewaysOfAsync(vip, cancellationToken);

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
    public async Task<long> ConnectionsOfAsync(LabHost host, CancellationToken cancellationToken) =>
        (await SeenAsync(host, cancellationToken)).GetProperty("connectionsEstablished").GetInt64();

    /// <summary>Whether the session with a host has been up for a while, and BFD is too.</summary>
    public async Task<bool> IsSettledAsync(LabHost host, CancellationToken cancellationToken)
    {
        JsonElement seen = await SeenAsync(host, cancellationToken);
        return seen.TryGetProperty("bgpTimerUpMsec", out JsonElement up)
            && up.GetInt64() > SettledMilliseconds
            && seen.GetProperty("peerBfdInfo").GetProperty("status").GetString() == "Up";
    }

    /// <summary>Pulls a host's cable at the switch, or puts it back. The router's own link stays as it is.</summary>
    public void SetCable(LabHost host, bool isPlugged)
    {
        using RtNetlink segment = RtNetlink.Open(_lab.Segment);
        segment.SetLink(segment.GetLink(host.Name).Index, new LinkSettings { IsUp = isPlugged });
    }

    public ValueTask DisposeAsync() => _router.DisposeAsync();

    private async Task<JsonElement> SeenAsync(LabHost host, CancellationToken cancellationToken)
    {
        using JsonDocument document = JsonDocument.Parse(await Router.AskAsync(cancellationToken, $"show bgp neighbors {host.Ipv4} json"));
        return document.RootElement.EnumerateObject().First().Value.Clone();
    }
}
