using Lodestone.Agent.Desired;
using Lodestone.Agent.Status;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

/// <summary>Routes, Internal VIPs and peerings: who reaches whom.</summary>
public sealed class OverlayTests
{
    private const uint Own = 77;
    private const uint Other = 78;

    private readonly World _world = new() { HostName = "host-b" };

    [Fact]
    public void Compute_NicsOfTheNetworkOnBothHosts_AreRoutedToWithoutBeingTargets()
    {
        _world.AddNic("here", 1, "host-b");
        _world.AddNic("there", 2, "host-a");

        DesiredState state = _world.Compute();

        Assert.Equal(TargetHash.Of("here-uid"), state.Routes[Route(Own, "10.0.0.1")]?.Target);
        Assert.Equal(TargetHash.Of("there-uid"), state.Routes[Route(Own, "10.0.0.2")]?.Target);
        Assert.Equal((RealKind.Peer, RealKind.Encap), (state.Routes[Route(Own, "10.0.0.1")]!.Kind, state.Routes[Route(Own, "10.0.0.2")]!.Kind));
        Assert.Empty(state.Reals);
        Assert.Equal((NicSourceKind.Link, Own), (state.NicSources[Source(101, "::")].Kind, state.NicSources[Source(101, "::")].Network));
    }

    [Fact]
    public void Compute_NetworkWithoutNicHere_IsOnlyKnownNotToBePublic()
    {
        AddNetwork("other", Other);
        _world.AddNic("here", 1, "host-b");
        InOther(_world.AddNic("there", 2, "host-a"));

        DesiredState state = _world.Compute();

        Assert.Equal([Route(0, "10.0.0.1"), Route(0, "10.0.0.2"), Route(Own, "10.0.0.1")], state.Routes.Keys);
        Assert.Null(state.Routes[Route(0, "10.0.0.2")]);
    }

    [Fact]
    public void Compute_NoNicHere_HasNoRoutes()
    {
        _world.AddNic("there", 2, "host-a");

        Assert.Empty(_world.Compute().Routes);
    }

    [Fact]
    public void Compute_SameAddressesInTwoNetworks_EachHasItsOwn()
    {
        AddNetwork("other", Other);
        _world.AddNic("a", 1, "host-b");
        InOther(_world.AddNic("b", 2, "host-b"), "10.0.0.1");

        DesiredState state = _world.Compute();

        Assert.Equal(TargetHash.Of("a-uid"), state.Routes[Route(Own, "10.0.0.1")]?.Target);
        Assert.Equal(TargetHash.Of("b-uid"), state.Routes[Route(Other, "10.0.0.1")]?.Target);
        Assert.Equal([Own, Other], new[] { state.NicSources[Source(101, "10.0.0.1")].Network, state.NicSources[Source(102, "10.0.0.1")].Network });
    }

    [Fact]
    public void Compute_TwoNicsWantOneAddress_TheOlderIsRoutedTo()
    {
        _world.AddNic("here", 1, "host-b");
        _world.AddNic("old", 2, "host-a");
        _world.AddNic("young", 3, "host-a").Spec.Ips = [new IpSource { Value = "10.0.0.2" }];

        Assert.Equal(TargetHash.Of("old-uid"), _world.Compute().Routes[Route(Own, "10.0.0.2")]?.Target);
    }

    [Fact]
    public void Compute_InternalLoadBalancer_IsServedWhereItsNetworkHasANic()
    {
        NetworkInterface here = _world.AddNic("here", 1, "host-b");
        NetworkInterface there = _world.AddNic("there", 2, "host-a");
        LoadBalancer lb = AddInternal("10.0.0.100");
        _world.Route(lb, here, there);

        DesiredState state = _world.Compute();

        VipModel vip = state.Vips.Single();
        Assert.Equal((Own, 2, true), (vip.Network, vip.Ring!.Targets.Length, vip.Announce));
        Assert.Equal(2, state.Reals.Length);
        Assert.Equal(NicSourceKind.Internal, state.NicSources[Source(101, "10.0.0.100")].Kind);
        Assert.Null(state.Routes[Route(0, "10.0.0.100")]);
        Assert.Equal("db", state.LoadBalancers.Single().Key.Name);
        Assert.Empty(state.Problems);
    }

    [Fact]
    public void Compute_InternalLoadBalancerOfANetworkThatIsNotHere_IsNobodysBusiness()
    {
        LoadBalancer lb = AddInternal("10.0.0.100");
        _world.Route(lb, _world.AddNic("there", 2, "host-a"));

        DesiredState state = _world.Compute();

        Assert.Empty(state.Vips);
        Assert.Empty(state.LoadBalancers);
        Assert.Empty(state.Problems);
    }

    [Fact]
    public void EntryFor_InternalLoadBalancer_IsWrittenByAHostThatIsNoGateway()
    {
        LoadBalancer lb = AddInternal("10.0.0.100");
        _world.Route(lb, _world.AddNic("here", 1, "host-b"));
        AgentState state = _world.Apply(new() { VipSlots = 8, RingSlots = 4096, Reals = 8, FlowBuckets = 8, PortBitmaps = 1 });

        LoadBalancerGateway? entry = new GatewayReport(state, "host-b").EntryFor(lb, null);

        Assert.Equal(("host-b", "Programmed", "10.0.0.100"), (entry?.Name, entry?.State, entry?.Message));
    }

    [Theory]
    [InlineData("Ready", "Ready", true)]
    [InlineData("Ready", "Pending", false)]
    [InlineData("Error", "Ready", false)]
    public void Compute_Peering_CountsWhereItIsReadyInBoth(string own, string other, bool isPeered)
    {
        Peer(own, other, null);
        _world.AddNic("here", 1, "host-b");
        InOther(_world.AddNic("there", 2, "host-a"), "10.9.0.2");
        _world.Route(AddInternal("10.9.0.100", "other"), _world.Nics[1]);

        DesiredState state = _world.Compute();

        Assert.Equal(isPeered, state.Routes.ContainsKey(Route(Own, "10.9.0.2")));
        Assert.Equal(isPeered, state.Vips.Any(vip => vip.Network == Own));
        Assert.True(state.Routes.ContainsKey(Route(0, "10.9.0.2")));
    }

    [Fact]
    public void Compute_PeeringWithPrefixes_ReachesOnlyThese()
    {
        Peer("Ready", "Ready", "10.9.0.0/25");
        _world.AddNic("here", 1, "host-b");
        InOther(_world.AddNic("in", 2, "host-a"), "10.9.0.2");
        InOther(_world.AddNic("out", 3, "host-a"), "10.9.0.200");
        AddInternal("10.9.0.201", "other");

        DesiredState state = _world.Compute();

        Assert.True(state.Routes.ContainsKey(Route(Own, "10.9.0.2")));
        Assert.False(state.Routes.ContainsKey(Route(Own, "10.9.0.200")));
        Assert.Empty(state.Vips);
    }

    [Fact]
    public void Compute_PeerHasAnAddressOfOurs_OursComesFirst()
    {
        Peer("Ready", "Ready", null);
        _world.AddNic("here", 5, "host-b");
        InOther(_world.AddNic("older", 1, "host-a"), "10.0.0.5");
        LoadBalancer lb = AddInternal("10.0.0.5", "other");

        DesiredState state = _world.Compute();

        Assert.Equal(TargetHash.Of("here-uid"), state.Routes[Route(Own, "10.0.0.5")]?.Target);
        Assert.Empty(state.Vips);
        Assert.Contains(state.Problems, problem => problem.Reason == Reasons.PeeringOverlap && problem.Key == lb.Key);
    }

    private static RouteKey Route(uint network, string address) => new(network, DatapathAddress.Parse(address));

    private static NicSourceKey Source(uint ifindex, string address) => new() { Ifindex = ifindex, Addr = DatapathAddress.Parse(address) };

    private static void InOther(NetworkInterface nic, string? address = null)
    {
        nic.Spec.NetworkRef = new LocalObjectReference { Name = "other" };
        nic.Spec.Ips = address is null ? nic.Spec.Ips : [new IpSource { Value = address }];
    }

    private Network AddNetwork(string name, uint vni)
    {
        var network = new Network
        {
            Metadata = new ObjectMeta { Namespace = World.Namespace, Name = name, Uid = $"{name}-uid" },
            Spec = new NetworkSpec { ProviderID = $"lodestone://{vni}" },
        };
        _world.Networks.Add(network);
        return network;
    }

    private LoadBalancer AddInternal(string address, string network = "net")
    {
        LoadBalancer lb = _world.AddLoadBalancer("db", address);
        lb.Spec.Type = "Internal";
        lb.Spec.NetworkRef = new LocalObjectReference { Name = network };
        return lb;
    }

    /// <summary>Network <c>net</c> and a new one, <c>other</c>, which exposes a prefix or everything.</summary>
    private void Peer(string own, string other, string? exposed)
    {
        Network net = _world.Networks[0];
        net.Spec!.Peerings = [new NetworkPeering { Name = "to-other", NetworkRef = new NetworkPeeringNetworkRef { Name = "other" } }];
        net.Status = new NetworkStatus { Peerings = [new NetworkPeeringStatus { Name = "to-other", State = own }] };
        Network peer = AddNetwork("other", Other);
        peer.Spec!.Peerings =
        [
            new NetworkPeering
            {
                Name = "to-net",
                NetworkRef = new NetworkPeeringNetworkRef { Name = "net" },
                Prefixes = exposed is null ? null : [new PeeringPrefix { Name = "p", Prefix = exposed }],
            },
        ];
        peer.Status = new NetworkStatus
        {
            Peerings =
            [
                new NetworkPeeringStatus
                {
                    Name = "to-net",
                    State = other,
                    Prefixes = exposed is null ? null : [new PeeringPrefixStatus { Name = "p", Prefix = exposed }],
                },
            ],
        };
    }
}
