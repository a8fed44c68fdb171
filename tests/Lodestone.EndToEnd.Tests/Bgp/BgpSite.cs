using System.Text;
using System.Text.Json;

using Lodestone.Agent.Tests.Announce.Bgp;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Cli.Lab;
using Lodestone.Cli.Lab.Routing;
using Lodestone.Client.Http;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Bgp;

/// <summary>What stands before a lab's hosts: a router that runs FRR, in the place of the lab's client, and a client behind it.</summary>
internal sealed class BgpSite : IAsyncDisposable
{
    public const uint RouterAsn = 65_000;
    public const uint GatewayAsn = 65_001;

    /// <summary>Names the password that is not the router's.</summary>
    public const string WrongPasswordKey = "wrong";

    private const string Password = "at-the-rack";
    private const string PasswordKey = "tor";
    private const int DetectMilliseconds = 300;

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

    /// <summary>Makes <c>tor</c>, with BFD: the router by its IPv4 address; and the passwords.</summary>
    /// <param name="api">The API.</param>
    /// <param name="lab">The lab.</param>
    /// <param name="hosts">Which hosts have this peer; null: all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task CreatePeerAsync(ApiClient api, NetworkLab lab, List<string>? hosts, CancellationToken cancellationToken)
    {
        await api.CreateAsync(
            new Secret
            {
                Metadata = new ObjectMeta { Namespace = "lodestone-system", Name = BGPPasswords.SecretName },
                Data = new() { [PasswordKey] = Encoding.ASCII.GetBytes(Password), [WrongPasswordKey] = Encoding.ASCII.GetBytes("not-this") },
            },
            cancellationToken);
        var bfd = new BFDSettings { TransmitIntervalMilliseconds = DetectMilliseconds, ReceiveIntervalMilliseconds = DetectMilliseconds };
        BGPPeer peer = PeerOf("tor", lab.Client.Ipv4, PasswordKey, bfd);
        peer.Spec.Hosts = hosts;
        await api.CreateAsync(peer, cancellationToken);
    }

    /// <summary>Until the API shows a session of a host so.</summary>
    public static async Task<BGPSession> WaitForSessionAsync(ApiClient api, string peer, string host, Func<BGPSession, bool> isThere, CancellationToken cancellationToken)
    {
        BGPSession? session = null;
        await WaitAsync(
            async () => (session = (await api.GetAsync<BGPPeer>(new ObjectKey("", peer), cancellationToken)).Status?.Sessions?.Find(s => s.Host == host)) is not null && isThere(session),
            () => $"{peer} at {host}: {session?.State} {session?.Reason} {session?.Message} {session?.PrefixesAnnounced} {session?.Bfd}",
            cancellationToken);
        return session!;
    }

    /// <summary>Until the API shows that a host announces so many addresses to <c>tor</c>, with BFD.</summary>
    public static Task WaitForAnnouncedAsync(ApiClient api, string host, int count, CancellationToken cancellationToken) =>
        WaitForSessionAsync(api, "tor", host, session => session is { State: "Established", Bfd: "Up" } && session.PrefixesAnnounced == count, cancellationToken);

    /// <summary>By which gateways the router's kernel reaches an address.</summary>
    public Task<string[]> GatewaysOfAsync(IPAddress vip, CancellationToken cancellationToken) => _router.GatewaysOfAsync(vip, cancellationToken);

    /// <summary>Until the router's kernel reaches an address by so many gateways.</summary>
    public async Task WaitForGatewaysAsync(IPAddress vip, int count, CancellationToken cancellationToken)
    {
        string[] seen = [];
        await WaitAsync(
            async () => (seen = await GatewaysOfAsync(vip, cancellationToken)).Length == count,
            () => $"{vip} has {seen.Length} gateways ({string.Join(", ", seen)}) and not {count}",
            cancellationToken);
    }

    /// <summary>The communities of an IPv4 route from a gateway; null: there is none.</summary>
    public async Task<string?> CommunitiesOfAsync(IPAddress vip, LabHost from, CancellationToken cancellationToken)
    {
        foreach (JsonElement path in (await Router.PathsAsync(vip, cancellationToken)).Where(path => path.GetProperty("peer").GetProperty("peerId").GetString() == from.Ipv4.ToString()))
        {
            return path.TryGetProperty("community", out JsonElement community) ? community.GetProperty("string").GetString() : "";
        }

        return null;
    }

    /// <summary>Until a gateway that leaves says so of an IPv4 route.</summary>
    public async Task WaitForGracefulShutdownAsync(IPAddress vip, LabHost from, Func<string> more, CancellationToken cancellationToken)
    {
        string? seen = null;
        await WaitAsync(
            async () => (seen = await CommunitiesOfAsync(vip, from, cancellationToken))?.Contains("graceful-shutdown", StringComparison.Ordinal) == true,
            () => $"no graceful shutdown community before the withdrawal, but '{seen}'{more()}",
            cancellationToken);
    }

    /// <summary>How many sessions with a host there have been.</summary>
    public async Task<long> ConnectionsOfAsync(LabHost host, CancellationToken cancellationToken) =>
        (await Router.PeerAsync(host.Ipv4.ToString(), cancellationToken)).Connections;

    /// <summary>Whether the session with a host has been up for a while, and BFD is too.</summary>
    public async Task<bool> IsSettledAsync(LabHost host, CancellationToken cancellationToken) =>
        (await Router.PeerAsync(host.Ipv4.ToString(), cancellationToken)).IsSettled(hasBfd: true);

    /// <summary>Pulls a host's cable at the switch, or puts it back. The router's own link stays as it is.</summary>
    public void SetCable(LabHost host, bool isPlugged)
    {
        using RtNetlink segment = RtNetlink.Open(_lab.Segment);
        segment.SetLink(segment.GetLink(host.Name).Index, new LinkSettings { IsUp = isPlugged });
    }

    public ValueTask DisposeAsync() => _router.DisposeAsync();
}
