using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

/// <summary>Who tells of an address, and how.</summary>
public sealed class AnnouncementTests
{
    private const VipAnnouncement Both = VipAnnouncement.Layer2 | VipAnnouncement.Bgp;

    private readonly World _world = new();

    /// <summary>On the only gateway, which is elected.</summary>
    [Theory]
    [InlineData(null, false, VipAnnouncement.Layer2, true)]
    [InlineData(null, true, VipAnnouncement.Bgp, true)]
    [InlineData("BGP", false, VipAnnouncement.None, false)]
    [InlineData("BGP", true, VipAnnouncement.Bgp, true)]
    [InlineData("Layer2", true, VipAnnouncement.Layer2, true)]
    [InlineData("Both", true, Both, true)]
    [InlineData("Both", false, VipAnnouncement.Layer2, true)]
    public void Compute_ElectedGateway_AnnouncesAsThePolicySays(string? mode, bool hasPeers, VipAnnouncement announced, bool answers)
    {
        VipModel vip = Compute(mode, hasPeers);

        Assert.Equal((announced, answers), (vip.Announcement, vip.Announce));
    }

    /// <summary>On a gateway that another one was elected before.</summary>
    [Theory]
    [InlineData(null, VipAnnouncement.Bgp, true)]
    [InlineData("BGP", VipAnnouncement.Bgp, true)]
    [InlineData("Layer2", VipAnnouncement.None, false)]
    [InlineData("Both", VipAnnouncement.Bgp, false)]
    public void Compute_OtherGateway_AnnouncesByBgpAlone(string? mode, VipAnnouncement announced, bool answers)
    {
        _world.AddHost("host-c", 3, "Gateway");
        _world.ReadyHosts.Remove("host-a");

        VipModel vip = Compute(mode, hasPeers: true);

        Assert.Equal((announced, answers), (vip.Announcement, vip.Announce));
    }

    [Fact]
    public void Compute_NoLivingTarget_IsNotAnnouncedByBgp()
    {
        _world.BgpPeers.Add(new BGPPeer());
        _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"));

        Assert.Equal(VipAnnouncement.None, _world.Compute().Vips.Single().Announcement);
    }

    [Fact]
    public void Compute_FirstPeerComes_AddressesAreAnnouncedByIt()
    {
        _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), _world.AddNic("a", 1));
        DesiredState before = _world.Compute();
        _world.BgpPeers.Add(new BGPPeer());

        DesiredState after = _world.Compute(before);

        Assert.Equal(VipAnnouncement.Layer2, before.Vips.Single().Announcement);
        Assert.Equal(VipAnnouncement.Bgp, after.Vips.Single().Announcement);
    }

    [Fact]
    public void Selects_HostsAndSelector_BothCount()
    {
        var host = new Host { Metadata = new ObjectMeta { Name = "host-a", Labels = new() { ["rack"] = "a" } }, Spec = new HostSpec { Roles = ["Gateway"] } };
        var here = new LabelSelector { MatchLabels = new() { ["rack"] = "a" } };
        var there = new LabelSelector { MatchLabels = new() { ["rack"] = "b" } };

        Assert.True(new BGPPeerSpec().Selects(host));
        Assert.True(new BGPPeerSpec { Hosts = ["host-a"], HostSelector = here }.Selects(host));
        Assert.False(new BGPPeerSpec { Hosts = ["host-a"], HostSelector = there }.Selects(host));
        Assert.False(new BGPPeerSpec { Hosts = ["host-b"], HostSelector = here }.Selects(host));
        host.Spec.Roles = ["Hypervisor"];
        Assert.False(new BGPPeerSpec().Selects(host));
    }

    private VipModel Compute(string? mode, bool hasPeers)
    {
        if (hasPeers)
        {
            _world.BgpPeers.Add(new BGPPeer());
        }

        LoadBalancerRouting routing = _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), _world.AddNic("a", 1));
        routing.Policy = new RoutingPolicy { Announcement = mode };
        return _world.Compute().Vips.Single();
    }
}
