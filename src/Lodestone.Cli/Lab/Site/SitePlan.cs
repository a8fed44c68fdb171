using System.Globalization;
using System.Net;

namespace Lodestone.Cli.Lab.Site;

/// <summary>What a site consists of.</summary>
internal static class SitePlan
{
    /// <summary>HTTP.</summary>
    public const int HttpPort = 80;

    /// <summary>Long TCP streams.</summary>
    public const int StreamPort = 5001;

    /// <summary>Numbered datagrams.</summary>
    public const int DatagramPort = 7000;

    /// <summary>The API server's port.</summary>
    public const int ApiPort = 6443;

    /// <summary>The machine of the API server, and the name of its process.</summary>
    public const string ApiServer = "apiserver";

    /// <summary>The load balancer that is announced by BGP.</summary>
    public const string Layer3Balancer = "l3";

    /// <summary>The kubernetes namespace of its objects.</summary>
    public const string Namespace = "default";

    /// <summary>The ToR router's autonomous system.</summary>
    public const uint RouterAsn = 65_000;

    /// <summary>The gateways' autonomous system.</summary>
    public const uint GatewayAsn = 65_001;

    /// <summary>The password between them (TCP MD5).</summary>
    public const string RouterPassword = "at-the-rack";

    /// <summary>Milliseconds between two packets of BFD; three lost in a row, and a gateway is dead.</summary>
    public const int BfdMilliseconds = 100;

    /// <summary>Packets of BFD that may be lost in a row.</summary>
    public const int BfdMultiplier = 3;

    /// <summary>How long gateways learn after a change of targets, the least that there is: scenarios change targets and gateways one after the other.</summary>
    public const int TransitionSeconds = 10;

    /// <summary>Gateways that are there from the beginning.</summary>
    public static IReadOnlyList<string> Gateways { get; } = ["gw-1", "gw-2", "gw-3"];

    /// <summary>A name for a gateway that comes later; the router knows it already.</summary>
    public const string SpareGateway = "gw-4";

    /// <summary>Machines with workloads.</summary>
    public static IReadOnlyList<string> Hypervisors { get; } = ["hv-1", "hv-2", "hv-3"];

    /// <summary>Machines of controllers, and the names of their processes.</summary>
    public static IReadOnlyList<string> Controllers { get; } = ["controller-1", "controller-2"];

    /// <summary>The load balancers that are announced on the segment, each by one gateway.</summary>
    public static IReadOnlyList<string> Layer2Balancers { get; } = ["l2-1", "l2-2", "l2-3"];

    /// <summary>What the network is built from.</summary>
    public static LabOptions Network { get; } = new()
    {
        ClientName = "tor",
        FloodsUnknownFrames = false,
        Ipv4Pool = IPNetwork.Parse("203.0.113.0/24"),
        Ipv6Pool = IPNetwork.Parse("2001:db8:cafe::/112"),
        Hosts =
        [
            .. Gateways.Select(name => new LabHostPlan(name)),
            new("hv-1", Webs(1, 4)),
            new("hv-2", Webs(5, 3)),
            new("hv-3", Webs(8, 3)),
            new(ApiServer),
            .. Controllers.Select(name => new LabHostPlan(name)),
        ],
    };

    /// <summary>bgpd's configuration at the router.</summary>
    public static string RouterConfiguration(NetworkLab lab)
    {
        int spare = lab.Hosts.Count + 1;
        string[] gateways = [.. lab.Hosts.Where(host => Gateways.Contains(host.Name)).Select(host => host.Ipv4.ToString()), LabAddresses.OfHost(spare).Ipv4.ToString()];
        return string.Create(CultureInfo.InvariantCulture, $"""
            router bgp {RouterAsn}
             bgp router-id {lab.Client.Ipv4}
             no bgp ebgp-requires-policy
             no bgp default ipv4-unicast
             bgp bestpath as-path multipath-relax
             neighbor GATEWAYS peer-group
             neighbor GATEWAYS remote-as {GatewayAsn}
             neighbor GATEWAYS password {RouterPassword}
             neighbor GATEWAYS passive
             neighbor GATEWAYS bfd {BfdMultiplier} {BfdMilliseconds} {BfdMilliseconds}
            {string.Join('\n', gateways.Select(gateway => $" neighbor {gateway} peer-group GATEWAYS"))}
             address-family ipv4 unicast
              neighbor GATEWAYS activate
              maximum-paths 8
             exit-address-family
             address-family ipv6 unicast
              neighbor GATEWAYS activate
              maximum-paths 8
             exit-address-family

            """);
    }

    private static string[] Webs(int first, int count) => [.. Enumerable.Range(first, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"web-{number}"))];
}
