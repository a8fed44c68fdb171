using Lodestone.Agent.Announce.Bgp;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>What the gateway of a <see cref="BgpWire"/> is to tell its router.</summary>
internal static class BgpSamples
{
    /// <summary>The router's setting for <see cref="Bfd"/>.</summary>
    public const string RouterBfd = "bfd 5 300 300";

    /// <summary>Slow enough that daemons on a machine without an idle processor are not lost for nothing: tests count sessions.</summary>
    public static readonly BfdTiming Bfd = new(300, 300, 5);

    public static readonly DatapathAddress Vip4 = DatapathAddress.Parse("203.0.113.1");
    public static readonly DatapathAddress Other4 = DatapathAddress.Parse("203.0.113.2");
    public static readonly DatapathAddress Vip6 = DatapathAddress.Parse("2001:db8:cafe::1");

    /// <summary>The router.</summary>
    public static BgpNeighbor Neighbor { get; } = new()
    {
        Name = "tor",
        Address = BgpWire.Router4,
        Asn = BgpWire.RouterAsn,
        HoldTimeSeconds = 9,
        KeepaliveSeconds = 3,
        ConnectRetrySeconds = 1,
    };

    /// <summary>An address of each family, to one neighbour.</summary>
    public static BgpConfig ConfigOf(BgpNeighbor neighbor) => new()
    {
        Asn = BgpWire.GatewayAsn,
        RouterId = BgpWire.Gateway4,
        Neighbors = [neighbor],
        Prefixes = [Vip4, Vip6],
    };
}
