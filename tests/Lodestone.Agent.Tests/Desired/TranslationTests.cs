using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

using Xunit;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Tests.Desired;

public sealed class TranslationTests
{
    private readonly World _world = new();

    [Fact]
    public void Compute_Translate_PutsTheFirstAddressOfTheVipsFamilyInItsPlace()
    {
        NetworkInterface nic = _world.AddNic("a", 1);
        nic.Spec.Ips!.AddRange([new IpSource { Value = "10.0.0.201" }, new IpSource { Value = "2001:db8:5::1" }]);
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1", "2001:db8::1");
        LoadBalancerRouting routing = _world.Route(lb, nic);
        routing.Destinations!.Add(new LoadBalancerDestination { Ip = "2001:db8:5::1", TargetRef = World.ReferenceTo(nic) });
        routing.Policy = Translate();

        DesiredState state = _world.Compute();

        Assert.Equal(
            ["10.0.0.1 10.0.0.1", "198.51.100.1 10.0.0.1", "2001:db8:5::1 2001:db8:5::1", "2001:db8::1 2001:db8:5::1"],
            state.Translations.Select(e => $"{e.Key.Addr} {e.Value}").Order(StringComparer.Ordinal));
        Assert.All(state.Translations.Keys, key => Assert.Equal(101u, key.Ifindex));
        Assert.True(state.Reals.Single().Translates);
        Assert.Equal(NicFlags.Translates, state.Underlay.Values.Single().Flags);
        Assert.True(state.Routes[new RouteKey(77, DatapathAddress.Parse("10.0.0.1"))]!.Translates);
        Assert.Equal(NicSourceKind.Vip, state.NicSources[Source(101, "198.51.100.1")].Kind);
        Assert.Empty(state.Problems);
    }

    [Fact]
    public void Compute_InterfaceIsSelectedAndNotRoutedToYet_IsTranslatedAlready()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb, _world.AddNic("far", 2, "host-b")).Policy = Translate();
        _world.AddNic("a", 1).Metadata.Labels = new() { [World.Label] = "yes" };

        DesiredState state = _world.Compute();

        Assert.Equal(["10.0.0.1 10.0.0.1", "198.51.100.1 10.0.0.1"], state.Translations.Select(e => $"{e.Key.Addr} {e.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(NicFlags.Translates, state.Underlay.Values.Single().Flags);
    }

    [Fact]
    public void Compute_Direct_TranslatesNothing()
    {
        _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), _world.AddNic("a", 1));

        DesiredState state = _world.Compute();

        Assert.Empty(state.Translations);
        Assert.False(state.Reals.Single().Translates);
        Assert.Equal(NicFlags.None, state.Underlay.Values.Single().Flags);
    }

    [Fact]
    public void Compute_HypervisorOnly_TranslatesForItsNicsAndNoOthers()
    {
        _world.HostName = "host-b";
        _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), _world.AddNic("a", 1), _world.AddNic("b", 2, "host-b")).Policy = Translate();

        DesiredState state = _world.Compute();

        Assert.Equal([102u, 102u], state.Translations.Keys.Select(key => key.Ifindex));
        Assert.Equal(NicFlags.Translates, state.Underlay.Values.Single().Flags);
    }

    [Fact]
    public void Compute_TargetDrains_IsTranslatedForUntilTheDeadline()
    {
        NetworkInterface leaves = _world.AddNic("b", 2);
        LoadBalancerRouting routing = _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), _world.AddNic("a", 1));
        DateTimeOffset deadline = World.Start.AddMinutes(15);
        routing.RingHistory = [new RingChange { Generation = 2, Until = deadline, Removed = [World.MemberOf(leaves)] }];
        routing.Draining = [new LoadBalancerDraining { Ip = "10.0.0.2", TargetRef = World.ReferenceTo(leaves), Deadline = deadline }];
        routing.Policy = Translate();

        DesiredState before = _world.Compute();
        DesiredState after = _world.Compute(before, deadline);

        Assert.Equal(DatapathAddress.Parse("10.0.0.2"), before.Translations[Source(102, "198.51.100.1")]);
        Assert.DoesNotContain(after.Translations.Keys, key => key.Ifindex == 102);
        Assert.True(after.Translations.ContainsKey(Source(101, "198.51.100.1")));
    }

    [Fact]
    public void Compute_PlainDestination_IsServedAndSaysThatItHasToOwnTheVip()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        LoadBalancerRouting routing = _world.Route(lb);
        routing.Destinations = [new LoadBalancerDestination { Ip = "2001:db8:77::1" }];
        routing.Policy = Translate();
        _world.NextHops[IPAddress.Parse("2001:db8:77::1")] = MacAddress.Parse("02:00:00:00:00:77");

        DesiredState state = _world.Compute();

        Problem problem = Assert.Single(state.Problems, p => p.Reason == Reasons.NotTranslated);
        Assert.Contains("2001:db8:77::1 is no network interface", problem.Message, StringComparison.Ordinal);
        Assert.Equal(RealKind.Encap, state.Reals.Single().Kind);
        Assert.Empty(state.Translations);
    }

    [Fact]
    public void Apply_OnAndOff_SetsAndClearsAllOfIt()
    {
        LoadBalancerRouting routing = _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), _world.AddNic("a", 1));
        MemoryDatapathMaps maps = new(new DatapathCapacities { VipSlots = 32, RingSlots = 1 << 14, Reals = 64, FlowBuckets = 16, PortBitmaps = 1, Nics = 8, NicSources = 64 });
        DatapathApplier applier = new(maps, TimeProvider.System);
        WorldSnapshot snapshot = _world.Snapshot();
        applier.Configure(new FlowSeed(1, 2), snapshot.Underlay);
        applier.Apply(_world.Compute(), snapshot.Underlay);
        Assert.False(maps.Config.Flags.HasFlag(ConfigFlags.Translates));

        routing.Policy = Translate();
        routing.Metadata.ResourceVersion = "2";
        applier.Apply(_world.Compute(), snapshot.Underlay);

        Assert.True(maps.Config.Flags.HasFlag(ConfigFlags.Translates));
        Assert.Equal(NicFlags.Translates, maps.Reals[1].Flags);
        Assert.Equal(2, maps.Translations.ReadAll().Count);
        Assert.Contains(maps.Vips.ToArray(), vip => vip.Flags.HasFlag(VipFlags.Translated));
        Assert.Equal(0, applier.Apply(_world.Compute(), snapshot.Underlay).Writes);

        routing.Policy = null;
        routing.Metadata.ResourceVersion = "3";
        applier.Apply(_world.Compute(), snapshot.Underlay);

        Assert.False(maps.Config.Flags.HasFlag(ConfigFlags.Translates));
        Assert.Equal(NicFlags.None, maps.Reals[1].Flags);
        Assert.Empty(maps.Translations.ReadAll());
    }

    private static RoutingPolicy Translate() => new() { Name = "web", Uid = "p-uid", Generation = 1, Delivery = "Translate" };

    private static NicSourceKey Source(uint ifindex, string address) => new() { Ifindex = ifindex, Addr = DatapathAddress.Parse(address) };
}
