using System.Net;
using Lodestone.Agent.Desired;
using Lodestone.Api.Networking;
using Lodestone.Client.Informers;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

/// <summary>In which form packets go to targets on other machines, and who may encapsulate to ours.</summary>
public sealed class DeliveryTests
{
    private static readonly IPAddress OursIPv4 = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress TheirsIPv4 = IPAddress.Parse("192.0.2.2");

    private readonly World _world = new();

    [Theory]
    [InlineData(Encapsulation.Auto, "v6 v4", "v6 v4", RealKind.Encap)]
    [InlineData(Encapsulation.Auto, "v6", "v6", RealKind.Encap)]
    [InlineData(Encapsulation.Auto, "v6 v4", "v4", RealKind.GeneveIPv4)]
    [InlineData(Encapsulation.Auto, "v4", "v6 v4", RealKind.GeneveIPv4)]
    [InlineData(Encapsulation.IPv6, "v6 v4", "v6 v4", RealKind.Encap)]
    [InlineData(Encapsulation.Gue, "v6 v4", "v6 v4", RealKind.Encap)]
    [InlineData(Encapsulation.Ipip, "v6 v4", "v4", RealKind.GeneveIPv4)]
    [InlineData(Encapsulation.Geneve, "v6 v4", "v6 v4", RealKind.GeneveIPv6)]
    [InlineData(Encapsulation.Geneve, "v6 v4", "v4", RealKind.GeneveIPv4)]
    [InlineData(Encapsulation.Geneve, "v6", "v6", RealKind.GeneveIPv6)]
    public void Resolve_NetworkInterface_TakesWhatBothEndsHave(Encapsulation encapsulation, string ours, string theirs, RealKind form)
    {
        NetworkInterface nic = TwoHosts(ours, theirs);

        RealModel real = Resolve(TargetOf(nic), encapsulation, out string? reason);

        Assert.Null(reason);
        Assert.Equal((form, form), (real.Kind, real.Form));
        bool isIPv4 = form == RealKind.GeneveIPv4;
        Assert.Equal(isIPv4 ? TheirsIPv4 : World.UnderlayAddressOf(2), real.Via);
        Assert.Equal(isIPv4 ? OursIPv4 : World.UnderlayAddressOf(1), real.OuterSource);
        Assert.Equal(form == RealKind.Encap ? UnderlayAddress.Derive(World.PrefixOf(2), "b-uid") : real.Via, real.OuterDestination);
    }

    [Theory]
    [InlineData(Encapsulation.Auto, "v6", "v4", "host host-b is not registered with an underlay address of a family that this host has")]
    [InlineData(Encapsulation.IPv6, "v6 v4", "v4", "host host-b and this one do not both have an IPv6 underlay address, and host-b a /64 underlay prefix")]
    public void Resolve_NetworkInterfaceWithoutAWay_SaysWhy(Encapsulation encapsulation, string ours, string theirs, string expected)
    {
        RealModel real = Resolve(TargetOf(TwoHosts(ours, theirs)), encapsulation, out string? reason);

        Assert.Equal((RealKind.None, RealKind.None), (real.Kind, real.Form));
        Assert.Equal(expected, reason);
    }

    [Theory]
    [InlineData(Encapsulation.Auto, "198.51.100.7", RealKind.Ipip)]
    [InlineData(Encapsulation.Auto, "2001:db8:7::7", RealKind.Encap)]
    [InlineData(Encapsulation.Ipip, "2001:db8:7::7", RealKind.Encap)]
    [InlineData(Encapsulation.IPv6, "2001:db8:7::7", RealKind.Encap)]
    [InlineData(Encapsulation.Geneve, "198.51.100.7", RealKind.Ipip)]
    [InlineData(Encapsulation.Geneve, "2001:db8:7::7", RealKind.Encap)]
    [InlineData(Encapsulation.IPv6, "198.51.100.7", RealKind.Ipip)]
    [InlineData(Encapsulation.Gue, "198.51.100.7", RealKind.GueIPv4)]
    [InlineData(Encapsulation.Gue, "2001:db8:7::7", RealKind.GueIPv6)]
    public void Resolve_PlainAddress_IsEncapsulatedToByItsNextHop(Encapsulation encapsulation, string address, RealKind form)
    {
        SetAddresses(0, "v6 v4");
        var plain = IPAddress.Parse(address);
        _world.NextHops[plain] = MacAddress.Parse("02:00:00:00:00:77");

        RealModel real = Resolve(new TargetModel(1, address, "") { Plain = plain }, encapsulation, out string? reason);

        Assert.Null(reason);
        Assert.Equal((form, form), (real.Kind, real.Form));
        Assert.Equal((plain, plain, _world.NextHops[plain]), (real.Via, real.OuterDestination, real.NextHop));
    }

    [Theory]
    [InlineData(Encapsulation.Gue, "198.51.100.7", "198.51.100.7, or the router towards it, does not answer on uplink")]
    [InlineData(Encapsulation.Auto, "198.51.100.7", "198.51.100.7, or the router towards it, does not answer on uplink")]
    public void Resolve_PlainAddressWithoutAWay_SaysWhy(Encapsulation encapsulation, string address, string expected)
    {
        SetAddresses(0, "v6 v4");
        Resolve(new TargetModel(1, address, "") { Plain = IPAddress.Parse(address) }, encapsulation, out string? reason);

        Assert.Equal(expected, reason);
    }

    [Theory]
    [InlineData(Encapsulation.Auto, "192.0.2.1")]
    [InlineData(Encapsulation.Ipip, "192.0.2.1")]
    [InlineData(Encapsulation.Auto, null)]
    public void Resolve_AddressOfThisMachine_IsItsOwnStack(Encapsulation encapsulation, string? address)
    {
        SetAddresses(0, "v6 v4");
        IPAddress own = address is null ? World.UnderlayAddressOf(1) : IPAddress.Parse(address);

        RealModel real = Resolve(new TargetModel(7, own.ToString(), "") { Plain = own }, encapsulation, out string? reason);

        Assert.Null(reason);
        Assert.Equal((RealKind.Stack, RealKind.None, own, 7ul), (real.Kind, real.Form, real.OuterDestination, real.Target));
    }

    [Theory]
    [InlineData(Encapsulation.Auto, false, RealKind.GeneveIPv4)]
    [InlineData(Encapsulation.Auto, true, RealKind.Encap)]
    [InlineData(Encapsulation.Geneve, true, RealKind.GeneveIPv6)]
    [InlineData(Encapsulation.Ipip, false, RealKind.Ipip)]
    [InlineData(Encapsulation.IPv6, false, RealKind.GeneveIPv4)]
    public void Resolve_AddressOfAHost_IsReachedInAFormThatItsAgentTakes(Encapsulation encapsulation, bool isIPv6, RealKind form)
    {
        TwoHosts("v6 v4", "v6 v4");
        IPAddress theirs = isIPv6 ? World.UnderlayAddressOf(2) : TheirsIPv4;

        RealModel real = Resolve(new TargetModel(7, theirs.ToString(), "") { Plain = theirs }, encapsulation, out string? reason);

        Assert.Null(reason);
        Assert.Equal((form, theirs, theirs), (real.Form, real.Via, real.OuterDestination));
    }

    [Fact]
    public void Compute_ThisMachineIsATarget_ItsStackTakesWhatOthersEncapsulate()
    {
        SetAddresses(0, "v6 v4");
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1", "2001:db8::1");
        _world.Route(lb).Destinations = [Plain("192.0.2.1"), Plain("192.0.2.77")];

        DesiredState state = _world.Compute();

        Assert.Equal(RealKind.Stack, state.Reals.Single(real => real.OuterDestination!.Equals(OursIPv4)).Kind);
        uint number = NicNumber.Of(TargetHash.Of("192.0.2.1"));
        Assert.Equal(RealKind.Stack, state.GeneveNics[new GeneveKey { Dst = DatapathAddress.From(OursIPv4), Number = number }].Kind);
        Assert.Equal(RealKind.Stack, state.Underlay[DatapathAddress.From(World.UnderlayAddressOf(1))].Kind);
        Assert.Empty(state.Problems.Where(p => p.Message.Contains("192.0.2.1 ", StringComparison.Ordinal)));

        // Nobody's target: what comes to its addresses is the kernel's as ever.
        _world.Route(lb).Destinations = [Plain("192.0.2.77")];
        state = _world.Compute(state);
        Assert.Empty(state.GeneveNics);
        Assert.Empty(state.Underlay);
    }

    [Fact]
    public void Resolve_PlainAddressOfAFamilyWeLack_SaysWhy()
    {
        RealModel real = Resolve(new TargetModel(1, "198.51.100.7", "") { Plain = IPAddress.Parse("198.51.100.7") }, Encapsulation.Auto, out string? reason);

        Assert.Equal("host-a has no IPv4 underlay address to encapsulate to 198.51.100.7 from", reason);
        Assert.Equal(RealKind.None, real.Kind);
    }

    [Fact]
    public void Compute_PlainDestinations_ServeTheirFamilyAndTheOtherWhereItHasNone()
    {
        SetAddresses(0, "v6 v4");
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1", "2001:db8::1");
        _world.Route(lb).Destinations = [Plain("203.0.113.7"), Plain("203.0.113.8")];

        DesiredState state = _world.Compute();

        Assert.All(state.Vips, vip => Assert.Equal(2, vip.Ring!.Targets.Length));
        Assert.Equal(
            [(IPAddress.Parse("203.0.113.7"), RealKind.Ipip), (IPAddress.Parse("203.0.113.8"), RealKind.Ipip)],
            state.Reals.Select(real => (real.OuterDestination, real.Form)).OrderBy(real => $"{real.OuterDestination}"));

        _world.Route(lb).Destinations = [Plain("203.0.113.7"), Plain("2001:db8:7::7"), Plain("2001:DB8:7:0::7")];
        state = _world.Compute(state);

        Assert.Equal([1, 1], state.Vips.Select(vip => vip.Ring!.Targets.Length));
        Assert.Equal([RealKind.Ipip, RealKind.Encap], state.Reals.Select(real => real.Form).OrderDescending());
    }

    [Fact]
    public void Compute_PolicyNamesAnEncapsulation_TargetsAreReachedByIt()
    {
        SetAddresses(0, "v6 v4");
        _world.NextHops[IPAddress.Parse("203.0.113.7")] = MacAddress.Parse("02:00:00:00:00:77");
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.2");
        LoadBalancer older = _world.AddLoadBalancer("other", "198.51.100.1");
        SetEncapsulation(lb, "GUE");
        SetEncapsulation(older, null);

        // Who doesn't choose has nothing against it.
        DesiredState state = _world.Compute();
        Assert.Equal(RealKind.GueIPv4, state.Reals.Single().Kind);
        Assert.DoesNotContain(state.Problems, p => p.Reason == Reasons.EncapsulationConflict);

        // Who chooses otherwise and comes later hears of it; the first address in order decides.
        SetEncapsulation(older, "IPIP");
        state = _world.Compute(state);
        Assert.Equal(RealKind.Ipip, state.Reals.Single().Kind);
        Problem problem = Assert.Single(state.Problems, p => p.Reason == Reasons.EncapsulationConflict);
        Assert.Equal(lb.Key, problem.Key);
        Assert.Equal(
            "target 203.0.113.7 is reached by IPIP, as 198.51.100.1 of load balancer default/other has it, not by GUE: a target has one form; let both policies name the same",
            problem.Message);

        SetEncapsulation(older, "GUE");
        state = _world.Compute(state);
        Assert.Equal(RealKind.GueIPv4, state.Reals.Single().Kind);
        Assert.DoesNotContain(state.Problems, p => p.Reason == Reasons.EncapsulationConflict);

        SetEncapsulation(lb, null);
        SetEncapsulation(older, null);
        Assert.Equal(RealKind.Ipip, _world.Compute(state).Reals.Single().Kind);
    }

    [Theory]
    [InlineData("127.0.0.1", "destinations[0].ip: 127.0.0.1 is no address of a host that packets could be encapsulated to")]
    [InlineData("224.0.0.1", "destinations[0].ip: 224.0.0.1 is no address of a host that packets could be encapsulated to")]
    [InlineData("fe80::1", "destinations[0].ip: fe80::1 is no address of a host that packets could be encapsulated to")]
    [InlineData("", "destinations[0].ip: \"\" is not an IPv4 or IPv6 address")]
    public void Compute_PlainDestinationThatIsNoHost_IsRefused(string address, string expected)
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb).Destinations = [Plain(address)];

        Problem problem = Assert.Single(_world.Compute().Problems, p => p.Reason == Reasons.RoutingInvalid);

        Assert.Equal(expected, problem.Message);
    }

    [Fact]
    public void Compute_PlainDestinationThatIsAVip_IsNotSentTo()
    {
        SetAddresses(0, "v6 v4");
        _world.NextHops[IPAddress.Parse("198.51.100.2")] = MacAddress.Parse("02:00:00:00:00:77");
        _world.Route(_world.AddLoadBalancer("web", "198.51.100.1")).Destinations = [Plain("198.51.100.2")];
        _world.AddLoadBalancer("other", "198.51.100.2");

        DesiredState state = _world.Compute();

        Assert.Equal(RealKind.None, state.Reals.Single().Kind);
        Assert.Contains(state.Problems, p => p.Message == "198.51.100.2 is a VIP of load balancer default/other: packets would come back");
    }

    private void SetEncapsulation(LoadBalancer lb, string? encapsulation)
    {
        LoadBalancerRouting routing = _world.Route(lb);
        routing.Destinations = [Plain("203.0.113.7")];
        routing.Policy = new RoutingPolicy { Name = "p", Uid = "p-uid", Generation = 1, Encapsulation = encapsulation };
    }

    [Fact]
    public void Compute_Hosts_AreWhoMayEncapsulate()
    {
        SetAddresses(1, "v6 v4");

        Assert.Equal(
            ["192.0.2.2", "2001:db8:1::1", "2001:db8:1::2"],
            _world.Compute().UnderlaySources!.Keys.Select(source => source.ToString()).Order(StringComparer.Ordinal));

        _world.TrustsAnySource = true;
        Assert.Null(_world.Compute().UnderlaySources);
    }

    [Fact]
    public void Compute_OwnNics_HaveTheirNumberAtEachAddress()
    {
        SetAddresses(0, "v6 v4");
        _world.AddNic("a", 1);

        Assert.Equal(
            [("192.0.2.1", NicNumber.Of("a-uid"), 101u), ("2001:db8:1::1", NicNumber.Of("a-uid"), 101u)],
            _world.Compute().GeneveNics.Select(e => (e.Key.Dst.ToString(), e.Key.Number, e.Value.Ifindex)).Order());
    }

    [Theory]
    [InlineData("v4", "Error", Reasons.NumberConflict)]
    [InlineData("v6 v4", "Available", Reasons.Bound)]
    public void Decide_TwoNicsOfOneNumber_TheYoungerIsRefusedWhereOnlyTheNumberTellsThemApart(string ours, string state, string reason)
    {
        SetAddresses(0, ours);
        (NetworkInterface older, NetworkInterface younger) = SameNumber("host-a");

        NicModel model = World.BindingsOf(_world.Snapshot()).Single(nic => nic.Nic.Metadata.Uid == younger.Metadata.Uid);

        Assert.Equal((state, reason), (model.State, model.Reason));
        Assert.Contains($"number {NicNumber.Of(older.Metadata.Uid!)}", model.Message, StringComparison.Ordinal);
        Assert.Contains("default/older", model.Message, StringComparison.Ordinal);
        Assert.Equal(older.Metadata.Uid, Assert.Single(World.BindingsOf(_world.Snapshot()), nic => nic.Number is not null).Nic.Metadata.Uid);
        Assert.All(_world.Compute().GeneveNics, entry => Assert.Equal(101u, entry.Value.Ifindex));
    }

    [Fact]
    public void Resolve_NumberOfAnOlderNicOfTheHost_IsNotSentToTheOlder()
    {
        SetAddresses(0, "v6 v4");
        SetAddresses(1, "v4");
        (NetworkInterface older, NetworkInterface younger) = SameNumber("host-b");

        RealModel real = Resolve(TargetOf(younger), Encapsulation.Auto, out string? reason);
        RealModel other = Resolve(TargetOf(older), Encapsulation.Auto, out string? none);

        Assert.Equal(RealKind.None, real.Kind);
        Assert.Contains("the same number on host host-b as the older default/older", reason, StringComparison.Ordinal);
        Assert.Equal((RealKind.GeneveIPv4, null), (other.Kind, none));
    }

    private static LoadBalancerDestination Plain(string address) => new() { Ip = address };

    private static TargetModel TargetOf(NetworkInterface nic) => new(TargetHash.Of(nic.Metadata.Uid!), nic.Metadata.Uid!, nic.Spec.ProviderID!);

    private RealModel Resolve(TargetModel target, Encapsulation encapsulation, out string? reason)
    {
        WorldSnapshot world = _world.Snapshot();
        return new RealResolver(world, new InterfaceIndex(ObjectPicture<NetworkInterface>.From(world.NetworkInterfaces))).Resolve(target, encapsulation, out reason);
    }

    private NetworkInterface TwoHosts(string ours, string theirs)
    {
        SetAddresses(0, ours);
        SetAddresses(1, theirs);
        return _world.AddNic("b", 2, "host-b");
    }

    private void SetAddresses(int host, string families)
    {
        IPAddress ipv4 = host == 0 ? OursIPv4 : TheirsIPv4;
        _world.Hosts[host].Spec.UnderlayAddresses =
            [.. families.Split(' ').Select(family => (family == "v6" ? World.UnderlayAddressOf(host + 1) : ipv4).ToString())];
        _world.NextHops[ipv4] = MacAddress.Parse($"02:00:00:00:00:{0x20 + host:x2}");
    }

    /// <summary>Two network interfaces of a host whose UIDs hash to one number: a few thousand tries find such a pair.</summary>
    private (NetworkInterface Older, NetworkInterface Younger) SameNumber(string host)
    {
        var seen = new Dictionary<uint, string>();
        for (int i = 0; ; i++)
        {
            string uid = $"uid-{i}";
            if (!seen.TryAdd(NicNumber.Of(uid), uid))
            {
                NetworkInterface older = _world.AddNic("older", 1, host);
                NetworkInterface younger = _world.AddNic("younger", 2, host);
                (older.Metadata.Uid, younger.Metadata.Uid) = (seen[NicNumber.Of(uid)], uid);
                return (older, younger);
            }
        }
    }
}
