using CsCheck;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

public sealed class DesiredStateTests
{
    private readonly World _world = new();

    [Fact]
    public void Compute_RoutingWithPolicy_ReadsWeightsKeyAndTheRest()
    {
        World world = new();
        LoadBalancer lb = world.AddLoadBalancer("lb", "203.0.113.7");
        LoadBalancerRouting routing = world.Route(lb, world.AddNic("web-1", 1), world.AddNic("web-2", 2));
        routing.Destinations![0].Weight = 0;
        routing.Policy = new RoutingPolicy
        {
            Name = "p",
            Uid = "p",
            Key = new RoutingKey { By = RoutingKey.Client, Ipv4PrefixLength = 24 },
            Fragments = "AddressPair",
            Echo = "Drop",
        };
        routing.RingHistory = [new RingChange { Generation = 2, Until = World.Start.AddMinutes(5), UdpUntil = World.Start, KeyBefore = new RoutingKey() }];

        VipModel vip = Assert.Single(world.Compute().Vips);

        Assert.Equal(new SlotKey(true, false, 24, 128), vip.History.Key);
        Assert.Equal(default(SlotKey), vip.Ring!.OldKey);
        Assert.Equal((true, true, true), (vip.Routing.AnyFragment, vip.Routing.DropsPings, vip.UdpToCurrent));
        Assert.Equal(TargetHash.Of(routing.Destinations[1].Uid!), Assert.Single(vip.History.Current));
        Assert.Equal(2, vip.History.AliveAt(World.Start).Length);
        Assert.True(vip.Ring.Slots.ToArray().All(slot => slot.Learn));
    }

    [Theory]
    [InlineData("Cookie", 24, 100, 900, "policy.key.by: \"Cookie\" is not known here; upgrade the agent to the controllers' release")]
    [InlineData("Client", 33, 100, 900, "policy.key.ipv4PrefixLength: 33 is not between 0 and 32")]
    [InlineData("Client", 24, 256, 900, "destinations[0].weight: 256 is not between 0 and 255")]
    [InlineData("Client", 24, 100, 0, "policy.transitionSeconds: 0 is not between 1 and 86400")]
    [InlineData("Client", 24, 100, 900, "policy.encapsulation: \"VXLAN\" is not known here; upgrade the agent to the controllers' release", "VXLAN")]
    public void Compute_PolicyThatCannotBeRead_KeepsTheLastGoodState(string by, int prefix, int weight, int transition, string expected, string? encapsulation = null)
    {
        World world = new();
        LoadBalancer lb = world.AddLoadBalancer("lb", "203.0.113.7");
        NetworkInterface nic = world.AddNic("web-1", 1);
        world.Route(lb, nic);
        DesiredState good = world.Compute();
        LoadBalancerRouting routing = world.Route(lb, nic);
        routing.Destinations![0].Weight = weight;
        routing.Policy = new RoutingPolicy { Key = new RoutingKey { By = by, Ipv4PrefixLength = prefix }, TransitionSeconds = transition, Encapsulation = encapsulation };

        DesiredState state = world.Compute(good);

        Assert.Contains(state.Problems, p => p.Message == expected);
        Assert.Same(good.Vips[0].Routing, Assert.Single(state.Vips).Routing);
    }

    [Fact]
    public void Compute_LocalAndRemoteTargets_BecomePeerAndEncap()
    {
        NetworkInterface local = _world.AddNic("a", 1);
        NetworkInterface remote = _world.AddNic("b", 2, "host-b");
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb, local, remote);

        DesiredState state = _world.Compute();

        RealModel peer = state.Reals.Single(real => real.Target == TargetHash.Of("a-uid"));
        Assert.Equal(RealKind.Peer, peer.Kind);
        Assert.Equal(101u, peer.Ifindex);
        RealModel encap = state.Reals.Single(real => real.Target == TargetHash.Of("b-uid"));
        Assert.Equal(RealKind.Encap, encap.Kind);
        Assert.Equal(_world.Uplink.Index, encap.Ifindex);
        Assert.Equal(MacAddress.Parse("02:00:00:00:00:0b"), encap.NextHop);
        Assert.Equal(UnderlayAddress.Derive(World.PrefixOf(2), "b-uid"), encap.OuterDestination);
        Assert.Equal(2, state.Vips.Single().Ring!.Targets.Length);
        Assert.True(state.Vips.Single().Announce);
        Assert.Empty(state.Problems);
    }

    [Fact]
    public void Compute_DeviceThatIsNoVeth_IsDelivered()
    {
        NetworkInterface nic = _world.AddNic("a", 1);
        _world.Devices["v-a"] = _world.Devices["v-a"] with { IsVeth = false };
        _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), nic);

        DesiredState state = _world.Compute();

        Assert.Equal(RealKind.Device, state.Reals.Single().Kind);
        Assert.Equal(RealKind.Device, state.Underlay.Single().Value.Kind);
    }

    [Fact]
    public void Compute_NextHopUnknown_KeepsTheTargetInTheRingAndSaysWhy()
    {
        NetworkInterface remote = _world.AddNic("b", 2, "host-b");
        _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), remote);
        _world.NextHops.Clear();

        DesiredState state = _world.Compute();

        Assert.Equal(RealKind.None, state.Reals.Single().Kind);
        Assert.True(state.Reals.Single().IsUnresolved);
        Assert.Single(state.Vips.Single().Ring!.Targets);
        Assert.Equal(Reasons.TargetUnreachable, state.Problems.Single().Reason);
    }

    [Fact]
    public void Compute_HypervisorOnly_ServesNoVipButLetsItsNicsAnswer()
    {
        _world.HostName = "host-b";
        NetworkInterface nic = _world.AddNic("b", 2, "host-b");
        _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), nic);

        DesiredState state = _world.Compute();

        Assert.Null(state.Vips.Single().Ring);
        Assert.False(state.Vips.Single().Announce);
        Assert.Empty(state.Reals);
        Assert.Equal(UnderlayAddress.Derive(World.PrefixOf(2), "b-uid"), state.Underlay.Keys.Single().ToIPAddress());
        Assert.Equal(77u, state.Underlay.Values.Single().Network);
        Assert.Equal((NicSourceKind.Own, 77u), (state.NicSources[Source(102, "10.0.0.2")].Kind, state.NicSources[Source(102, "10.0.0.2")].Network));
        Assert.Equal(NicSourceKind.Vip, state.NicSources[Source(102, "198.51.100.1")].Kind);
    }

    [Fact]
    public void Compute_TwoFamilies_RingsHoldOnlyTargetsOfTheirFamily()
    {
        NetworkInterface both = _world.AddNic("a", 1);
        both.Spec.Ips!.Add(new IpSource { Value = "2001:db8:5::1" });
        NetworkInterface four = _world.AddNic("b", 2);
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1", "2001:db8::1");
        LoadBalancerRouting routing = _world.Route(lb, both, four);
        routing.Destinations!.Add(new LoadBalancerDestination { Ip = "2001:db8:5::1", TargetRef = World.ReferenceTo(both) });

        DesiredState state = _world.Compute();

        Assert.Equal([TargetHash.Of("a-uid")], Vip(state, "2001:db8::1").Ring!.Targets);
        Assert.Equal(2, Vip(state, "198.51.100.1").Ring!.Targets.Length);
        Assert.Equal(2, state.Reals.Length);
        Assert.True(state.NicSources.ContainsKey(Source(101, "2001:db8::1")));
        Assert.False(state.NicSources.ContainsKey(Source(102, "2001:db8::1")));
    }

    [Fact]
    public void Compute_TargetDrains_KeepsItsRealAndSourceUntilTheDeadline()
    {
        NetworkInterface stays = _world.AddNic("a", 1);
        NetworkInterface leaves = _world.AddNic("b", 2);
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        LoadBalancerRouting routing = _world.Route(lb, stays);
        DateTimeOffset deadline = World.Start.AddMinutes(15);
        routing.RingHistory = [new RingChange { Generation = 2, Until = deadline, Removed = [World.MemberOf(leaves)] }];
        routing.Draining = [new LoadBalancerDraining { Ip = "10.0.0.2", TargetRef = World.ReferenceTo(leaves), Deadline = deadline }];

        DesiredState before = _world.Compute();
        DesiredState after = _world.Compute(before, deadline);

        Assert.Equal(deadline, before.ChangesAt);
        Assert.Equal(2, before.Reals.Length);
        Assert.True(before.Vips.Single().Ring!.CountLearning() > 0);
        Assert.Equal(NicSourceKind.Vip, before.NicSources[Source(102, "198.51.100.1")].Kind);
        Assert.Null(after.ChangesAt);
        Assert.Equal(TargetHash.Of("a-uid"), after.Reals.Single().Target);
        Assert.Equal(0, after.Vips.Single().Ring!.CountLearning());
        Assert.False(after.NicSources.ContainsKey(Source(102, "198.51.100.1")));
    }

    /// <summary>A gateway may hear of the routing that names it before this machine does.</summary>
    [Theory]
    [InlineData("selected", true)]
    [InlineData("without a routing", true)]
    [InlineData("other labels", false)]
    [InlineData("other network", false)]
    [InlineData("no selector", false)]
    [InlineData("going", false)]
    public void Compute_InterfaceIsSelectedAndNotRoutedToYet_MayAnswerFromTheVip(string what, bool expected)
    {
        NetworkInterface nic = _world.AddNic("a", 1);
        nic.Metadata.Labels = new() { [World.Label] = what == "other labels" ? "no" : "yes" };
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        if (what != "without a routing")
        {
            _world.Route(lb);
        }

        switch (what)
        {
            case "other network": lb.Spec.NetworkRef!.Name = "other"; break;
            case "no selector": lb.Spec.NetworkInterfaceSelector = null; break;
            case "going": nic.Metadata.DeletionTimestamp = World.Start; break;
        }

        DesiredState state = _world.Compute();

        Assert.Equal(expected, state.NicSources.ContainsKey(Source(101, "198.51.100.1")));
        Assert.Empty(state.Reals);
    }

    [Fact]
    public void Compute_UdpWindowEnds_UnknownUdpFlowsAreNewOnes()
    {
        NetworkInterface stays = _world.AddNic("a", 1);
        NetworkInterface comes = _world.AddNic("b", 2);
        LoadBalancerRouting routing = _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), stays, comes);
        DateTimeOffset udpUntil = World.Start.AddSeconds(60);
        DateTimeOffset until = World.Start.AddMinutes(15);
        routing.RingHistory = [new RingChange { Generation = 2, Until = until, UdpUntil = udpUntil, Added = [World.MemberOf(comes)] }];

        DesiredState before = _world.Compute();
        DesiredState between = _world.Compute(before, udpUntil);
        DesiredState after = _world.Compute(between, until);

        Assert.Equal((udpUntil, until, null), (before.ChangesAt, between.ChangesAt, after.ChangesAt));
        Assert.Equal((false, true, false), (before.Vips[0].UdpToCurrent, between.Vips[0].UdpToCurrent, after.Vips[0].UdpToCurrent));
        Assert.Same(before.Vips[0].Ring, between.Vips[0].Ring);
    }

    [Fact]
    public void Compute_UnchangedRouting_ReusesTheRing()
    {
        _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), _world.AddNic("a", 1));

        DesiredState first = _world.Compute();
        DesiredState second = _world.Compute(first, World.Start.AddHours(1));

        Assert.Same(first.Vips[0].Ring, second.Vips[0].Ring);
    }

    [Fact]
    public void Compute_RoutingMissing_ServesTheVipWithoutTargets()
    {
        _world.AddLoadBalancer("web", "198.51.100.1");

        DesiredState state = _world.Compute();

        Assert.Equal(0, state.Vips.Single().Ring!.SizeLog2);
        Assert.Contains(state.Problems, problem => problem.Reason == Reasons.RoutingMissing);
    }

    [Theory]
    [InlineData("web-uid", true, true)]
    [InlineData("other-uid", true, false)]
    [InlineData("other-uid", false, false)]
    [InlineData(null, true, false)]
    [InlineData(null, false, true)]
    public void Compute_RoutingOwner_DecidesWhetherTheRoutingCounts(string? ownerUid, bool hasSelector, bool expected)
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        lb.Spec.NetworkInterfaceSelector = hasSelector ? lb.Spec.NetworkInterfaceSelector : null;
        LoadBalancerRouting routing = _world.Route(lb, _world.AddNic("a", 1));
        if (ownerUid is null)
        {
            routing.Metadata.OwnerReferences = null;
        }
        else
        {
            routing.Metadata.OwnerReferences![0].Uid = ownerUid;
        }

        DesiredState state = _world.Compute();

        Assert.Equal(expected, state.Reals.Length == 1);
        Assert.Equal(!expected, state.Problems.Any(problem => problem.Reason == Reasons.RoutingForeign));
    }

    [Fact]
    public void Compute_RoutingBecomesBad_LastGoodTargetsServe()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        NetworkInterface nic = _world.AddNic("a", 1);
        _world.Route(lb, nic);
        DesiredState good = _world.Compute();
        _world.Route(lb, nic).Destinations![0].Ip = "10.0.0";

        DesiredState bad = _world.Compute(good);

        Assert.Same(good.Vips[0].Ring, bad.Vips[0].Ring);
        Problem problem = Assert.Single(bad.Problems);
        Assert.Equal(Reasons.RoutingInvalid, problem.Reason);
        Assert.Equal("destinations[0].ip: \"10.0.0\" is not an IPv4 or IPv6 address", problem.Message);
    }

    [Fact]
    public void Compute_PortsBecomeBad_LastGoodPortsServe()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        lb.Spec.Ports = [new LoadBalancerPort { Port = 80 }];
        DesiredState good = _world.Compute();
        lb.Spec.Ports[0].EndPort = 79;

        DesiredState bad = _world.Compute(good);
        DesiredState fresh = _world.Compute();

        Assert.Equal(80, bad.Vips.Single().Ports.Ranges.Single().To);
        Assert.Contains(bad.Problems, problem => problem.Reason == Reasons.PortInvalid);
        Assert.Empty(fresh.Vips);
    }

    [Fact]
    public void Compute_AddressBecomesBad_LastGoodAddressServes()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        DesiredState good = _world.Compute();
        lb.Status!.Ips = ["198.51.100"];

        DesiredState bad = _world.Compute(good);

        Assert.Equal("198.51.100.1", bad.Vips.Single().Address.ToString());
        Assert.Contains(bad.Problems, problem => problem.Reason == Reasons.AddressInvalid);
    }

    [Fact]
    public void Compute_TwoLoadBalancersWithOneAddress_TheOlderServes()
    {
        LoadBalancer younger = _world.AddLoadBalancer("aaa", "198.51.100.1");
        younger.Metadata.CreationTimestamp = World.Start.AddSeconds(5);
        _world.AddLoadBalancer("web", "198.51.100.1");

        DesiredState state = _world.Compute();

        Assert.Equal("web", state.Vips.Single().LoadBalancer.Name);
        Assert.Contains(state.Problems, problem => problem.Reason == Reasons.VipConflict && problem.Key == younger.Key);
    }

    [Theory]
    [InlineData("Internal")]
    [InlineData("Public")]
    public void Compute_BeingDeleted_LeavesTheVipOutAndSaysWhy(string type)
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        lb.Spec.Type = type;
        lb.Metadata.DeletionTimestamp = World.Start;
        _world.Route(lb, _world.AddNic("a", 1));

        DesiredState state = _world.Compute();

        Assert.Empty(state.Vips);
        Assert.Equal(Reasons.Deleting, state.Problems.Single().Reason);
        Assert.DoesNotContain(state.NicSources.Values, source => source.Kind is NicSourceKind.Vip or NicSourceKind.Internal);
    }

    [Fact]
    public void Compute_Ports_AreSortedAndMerged()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        lb.Spec.Ports =
        [
            new LoadBalancerPort { Protocol = "UDP", Port = 53 },
            new LoadBalancerPort { Protocol = "TCP", Port = 81, EndPort = 90 },
            new LoadBalancerPort { Port = 80 },
            new LoadBalancerPort { Protocol = "SCTP", Port = 65535 },
        ];

        DesiredState state = _world.Compute();

        string ports = string.Join(" ", state.Vips.Single().Ports.Ranges.Select(range => $"{range.Proto}:{range.From}-{range.To}"));
        Assert.Equal("6:80-90 17:53-53 132:65535-65535", ports);
    }

    [Fact]
    public void Compute_SeveralGateways_ExactlyOneAnnouncesEachVip()
    {
        _world.AddHost("host-c", 3, "Gateway");
        _world.AddHost("host-d", 4, "Gateway");
        for (int i = 0; i < 60; i++)
        {
            _world.AddLoadBalancer($"lb-{i}", $"198.51.100.{i}");
        }

        string[] gateways = ["host-a", "host-c", "host-d"];
        List<DatapathAddress>[] announced = [.. gateways.Select(Announced)];
        _world.ReadyHosts.Remove("host-d");
        List<DatapathAddress>[] without = [.. gateways.Take(2).Select(Announced)];

        Assert.Equal(60, announced.Sum(vips => vips.Count));
        Assert.Equal(60, announced.SelectMany(vips => vips).Distinct().Count());
        Assert.All(announced, vips => Assert.NotEmpty(vips));
        Assert.Equal(60, without.SelectMany(vips => vips).Distinct().Count());
        Assert.All(announced[0], vip => Assert.Contains(vip, without[0]));

        List<DatapathAddress> Announced(string gateway)
        {
            _world.HostName = gateway;
            return [.. _world.Compute().Vips.Where(vip => vip.Announce).Select(vip => vip.Address)];
        }
    }

    [Fact]
    public void Compute_GatewayThatCantCarry_IsNotElected()
    {
        Host other = _world.AddHost("host-c", 3, "Gateway");
        for (int i = 0; i < 20; i++)
        {
            _world.AddLoadBalancer($"lb-{i}", $"198.51.100.{i}");
        }

        DesiredState both = _world.Compute();
        Assert.InRange(Announced(both), 1, 19);

        other.Spec.Drain = true;
        DesiredState drained = _world.Compute(both);
        Assert.Equal(20, Announced(drained));

        other.Spec.Drain = null;
        other.Status = new HostStatus { Conditions = [new Condition { Type = "DatapathReady", Status = "False", Reason = "UplinkDown" }] };
        Assert.Equal(20, Announced(_world.Compute(drained)));

        other.Status = null;
        _world.HasCarrier = false;
        Assert.Equal(0, Announced(_world.Compute(both)));

        static int Announced(DesiredState state) => state.Vips.Count(vip => vip.Announce);
    }

    [Fact]
    public void Compute_SilentVip_IsServedAndNotAnnounced()
    {
        _world.AddLoadBalancer("web", "198.51.100.1");
        _world.AddLoadBalancer("api", "198.51.100.2");
        DesiredState before = _world.Compute();
        Assert.All(before.Vips, vip => Assert.True(vip.Announce));

        _world.Silent = [DatapathAddress.Parse("198.51.100.1")];
        DesiredState silent = _world.Compute(before);

        Assert.Equal([false, true], silent.Vips.Select(vip => vip.Announce));
        Assert.Equal(before.Vips.Length, silent.Vips.Length);
        _world.Silent = [];
        Assert.Equal(before.Vips, _world.Compute(silent).Vips);
    }

    [Fact]
    public void Compute_AnyOrderOfObjects_GivesTheSameState()
    {
        Gen.Select(Gen.Int[0, 12], Gen.Int[0, 6], Gen.Int).Sample((nics, lbs, seed) =>
        {
            string ordered = DesiredStateText.Describe(Build(nics, lbs).Compute());
            World shuffled = Build(nics, lbs);
            var random = new Random(seed);
            Shuffle(random, shuffled.Hosts);
            Shuffle(random, shuffled.Nics);
            Shuffle(random, shuffled.LoadBalancers);
            Shuffle(random, shuffled.Routings);
            foreach (LoadBalancerRouting routing in shuffled.Routings)
            {
                Shuffle(random, routing.Destinations!);
            }

            DesiredState state = shuffled.Compute();
            Assert.Equal(ordered, DesiredStateText.Describe(state));
            Assert.Equal(ordered, DesiredStateText.Describe(shuffled.Compute(state)));
        });
    }

    private static World Build(int nics, int lbs)
    {
        var world = new World();
        for (int i = 0; i < nics; i++)
        {
            // Every fourth wants the address of the one before it, every fifth has no device.
            NetworkInterface nic = world.AddNic($"nic-{i}", i % 4 == 3 ? i : i + 1, i % 2 == 0 ? "host-a" : "host-b");
            if (i % 5 == 4)
            {
                world.Devices.Remove($"v-{nic.Metadata.Name}");
            }
        }

        for (int i = 0; i < lbs; i++)
        {
            // The third wants the address of the second.
            LoadBalancer lb = world.AddLoadBalancer($"lb-{i}", $"198.51.100.{(i == 2 ? 1 : i)}");
            world.Route(lb, [.. world.Nics.Where((_, n) => (n + i) % 3 != 0)]);
        }

        return world;
    }

    private static void Shuffle<T>(Random random, List<T> list) => random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list));

    private static VipModel Vip(DesiredState state, string address) => state.Vips.Single(vip => vip.Address == DatapathAddress.Parse(address));

    private static NicSourceKey Source(uint ifindex, string address) => new() { Ifindex = ifindex, Addr = DatapathAddress.Parse(address) };
}
