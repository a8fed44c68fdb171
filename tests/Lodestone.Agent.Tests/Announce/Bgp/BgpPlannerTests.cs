using System.Collections.Immutable;
using System.Text;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Layout;
using Xunit;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>What BGPPeers come to.</summary>
public sealed class BgpPlannerTests
{
    private static readonly IPAddress RouterId = IPAddress.Parse("192.0.2.2");
    private static readonly ImmutableHashSet<DatapathAddress> Prefixes = [DatapathAddress.From(IPAddress.Parse("203.0.113.1"))];

    [Fact]
    public void Plan_PeerWithoutOptions_HasTheDocumentedDefaults()
    {
        BgpPlan plan = Plan([Peer("tor")]);

        BgpNeighbor neighbor = Assert.Single(plan.Config!.Neighbors);
        Assert.Equal((90, 30, 5, (ushort)179, 120), (neighbor.HoldTimeSeconds, neighbor.KeepaliveSeconds, neighbor.ConnectRetrySeconds, neighbor.Port, neighbor.RestartSeconds));
        Assert.True(neighbor is { HasIPv4: true, HasIPv6: true, Bfd: null, Password: null, Multihop: null, TtlSecurityHops: null });
        Assert.Equal((65_001u, RouterId, Prefixes), (plan.Config.Asn, plan.Config.RouterId, plan.Config.Prefixes));
        Assert.Empty(plan.Problems);
    }

    [Fact]
    public void Plan_NoPeers_WantsNothing() => Assert.Null(Plan([]).Config);

    [Fact]
    public void Plan_OtherLocalAsn_IsRefusedAndTold()
    {
        BgpPlan plan = Plan([Peer("b", localAsn: 65_002, address: "192.0.2.9"), Peer("a")]);

        Assert.Equal(["a"], plan.Config!.Neighbors.Select(n => n.Name));
        Assert.Equal(BgpReasons.LocalASNConflict, plan.Problems["b"].Reason);
        Assert.Contains("BGPPeer a", plan.Problems["b"].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_SameRouterTwice_FirstByNameCounts()
    {
        BgpPlan plan = Plan([Peer("b"), Peer("a")]);

        Assert.Equal(["a"], plan.Config!.Neighbors.Select(n => n.Name));
        Assert.Equal(BgpReasons.PeerConflict, plan.Problems["b"].Reason);
    }

    [Fact]
    public void Plan_DeviceWithADriverThatFindsNoRouters_IsRefused()
    {
        BGPPeer peer = Peer("tor");
        (peer.Spec.PeerAddress, peer.Spec.Interface) = (null, "eth0");

        Assert.Equal(BgpReasons.NotSupported, Plan([peer], findsRouters: false).Problems["tor"].Reason);
        Assert.Equal("eth0", Assert.Single(Plan([peer]).Config!.Neighbors).Key);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\n no router bgp")]
    [InlineData("quote\"quote")]
    public void Plan_PasswordThatIsNone_NoSessionOrTheLast(string? password)
    {
        BGPPeer peer = Peer("tor");
        peer.Spec.PasswordKey = "tor";
        Dictionary<string, byte[]> secret = password is null ? [] : new() { ["tor"] = Encoding.UTF8.GetBytes(password) };

        BgpPlan first = Plan([peer], secret);
        Assert.Null(first.Config);
        Assert.Equal(BgpReasons.PasswordMissing, first.Problems["tor"].Reason);

        // One that was in use stays so.
        BgpPlan good = Plan([peer], new() { ["tor"] = "good"u8.ToArray() });
        BgpPlan kept = Plan([peer], secret, last: good.Config);
        Assert.Equal("good", Assert.Single(kept.Config!.Neighbors).Password);
        Assert.Equal(BgpReasons.PasswordMissing, kept.Problems["tor"].Reason);
    }

    [Fact]
    public void RouterIdOf_NoIPv4_IsAnAddressOfItsOwn()
    {
        IPAddress one = BgpPlanner.RouterIdOf(null, "host-a");

        Assert.Equal(one, BgpPlanner.RouterIdOf(null, "host-a"));
        Assert.NotEqual(one, BgpPlanner.RouterIdOf(null, "host-b"));
        Assert.InRange(one.GetAddressBytes()[0], 1, 126);
    }

    private static BGPPeer Peer(string name, long localAsn = 65_001, string address = "192.0.2.1") => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new BGPPeerSpec { PeerAddress = address, PeerASN = 65_000, LocalASN = localAsn },
    };

    private static BgpPlan Plan(BGPPeer[] peers, Dictionary<string, byte[]>? passwords = null, bool findsRouters = true, BgpConfig? last = null) =>
        BgpPlanner.Plan(peers, RouterId, Prefixes, isShuttingDown: false, passwords, findsRouters, last);
}
