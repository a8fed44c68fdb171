using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Policies;
using Lodestone.Controllers.Routing;
using Xunit;

namespace Lodestone.Controllers.Tests.Policies;

public sealed class PolicyEffectsTests
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData("Flow", "Record", null)]
    [InlineData("Flow", "AddressPair", "AddressPair")]
    [InlineData(null, "AddressPair", "AddressPair")]
    [InlineData("SourceAddress", null, "Client")]
    [InlineData("SourceAddress", "AddressPair", "Client")]
    [InlineData("SourcePrefix", null, "Client 24 64")]
    public void Publish_AffinityAndFragments_IsTheKey(string? affinity, string? fragments, string? expected)
    {
        RoutingPolicy told = PolicyEffects.Publish(Policy(s => (s.SessionAffinity, s.Fragments) = (affinity, fragments)))!;

        Assert.Equal(expected, told.Key is { } key ? $"{key.By} {key.Ipv4PrefixLength} {key.Ipv6PrefixLength}".TrimEnd() : null);
        Assert.Equal(fragments == "AddressPair" ? fragments : null, told.Fragments);
        Assert.Null(told.Echo);
    }

    [Fact]
    public void Publish_Policy_NamesItAndItsGeneration()
    {
        RoutingQuic quic = PolicyEffects.Publish(Policy(s => s.Quic = new QuicRouting()))!.Quic!;
        Assert.Equal((0, 4, null), (quic.ConfigID, quic.ServerIDLength, quic.Ports));
        quic = PolicyEffects.Publish(Policy(s => s.Quic = new QuicRouting { ConfigID = 2, ServerIDLength = 7, Ports = [8443, 443, 443] }))!.Quic!;
        Assert.Equal((2, 7), (quic.ConfigID, quic.ServerIDLength));
        Assert.Equal([443, 8443], quic.Ports!);
        RoutingPolicy told = PolicyEffects.Publish(Policy(s => (s.Echo, s.SessionAffinity, s.Ipv4PrefixLength) = ("Drop", "SourcePrefix", 9)))!;

        Assert.Equal(("p", "u", 3, "Drop", 9), (told.Name, told.Uid, told.Generation, told.Echo, told.Key!.Ipv4PrefixLength));
        Assert.Null(told.Delivery);
        Assert.Null(PolicyEffects.Publish(null));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("Direct", null)]
    [InlineData("Translate", "Translate")]
    public void Publish_Delivery_IsToldWhereItIsNotDirect(string? wanted, string? told) =>
        Assert.Equal(told, PolicyEffects.Publish(Policy(s => s.Delivery = wanted))!.Delivery);

    [Theory]
    [InlineData(null, null)]
    [InlineData("Auto", null)]
    [InlineData("BGP", "BGP")]
    [InlineData("Layer2", "Layer2")]
    public void Publish_Announcement_IsToldWhereItIsNotAuto(string? wanted, string? told)
    {
        RoutingPolicy policy = PolicyEffects.Publish(Policy(s => s.Announcement = wanted))!;

        Assert.Equal(told, policy.Announcement);
        Assert.Equal(told is null, RoutingComparison.Same(policy, PolicyEffects.Publish(Policy(s => { }))));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("Auto", null)]
    [InlineData("GUE", "GUE")]
    public void Publish_Encapsulation_IsToldWhereItIsChosen(string? wanted, string? told)
    {
        RoutingPolicy policy = PolicyEffects.Publish(Policy(s => s.Encapsulation = wanted))!;

        Assert.Equal(told, policy.Encapsulation);
        Assert.Equal(told is null, RoutingComparison.Same(policy, PolicyEffects.Publish(Policy(s => { }))));
    }

    [Fact]
    public void Publish_Transition_IsTheGatewaysToo()
    {
        RoutingPolicy brief = PolicyEffects.Publish(Policy(s => s.TransitionSeconds = 10))!, other = PolicyEffects.Publish(Policy(s => { }))!;

        Assert.Equal((10, null), (brief.TransitionSeconds, other.TransitionSeconds));
        Assert.False(RoutingComparison.Same(brief, other));
    }

    [Fact]
    public void Equal_OtherDelivery_IsAnotherPolicy()
    {
        RoutingPolicy direct = PolicyEffects.Publish(Policy(s => s.Delivery = "Direct"))!;
        RoutingPolicy translate = PolicyEffects.Publish(Policy(s => s.Delivery = "Translate"))!;

        Assert.False(RoutingComparison.Same(direct, translate));
    }

    [Fact]
    public void WeightOf_SeveralEntries_IsOfTheFirstThatSelects()
    {
        LoadBalancerPolicy policy = Policy(s => s.Weights =
        [
            new TargetWeight { Selector = Labels("track", "canary"), Weight = 5 },
            new TargetWeight { Selector = Labels("size", "large"), Weight = 200 },
        ]);

        Assert.Equal(5, PolicyEffects.WeightOf(policy, Nic(("track", "canary"), ("size", "large"))));
        Assert.Equal(200, PolicyEffects.WeightOf(policy, Nic(("size", "large"))));
        Assert.Equal(100, PolicyEffects.WeightOf(policy, Nic()));
        Assert.Equal(100, PolicyEffects.WeightOf(null, Nic()));
    }

    [Fact]
    public void Windows_NotGiven_AreTheControllers()
    {
        var options = new ControllerOptions();
        LoadBalancerPolicy given = Policy(s => (s.DrainSeconds, s.TransitionSeconds, s.Udp) = (7, 30, "PreferNew"));

        Assert.Equal(options.LearningWindow, PolicyEffects.WindowOf(Policy(_ => { }), options));
        Assert.Equal(options.DrainTime, PolicyEffects.DrainOf(null, options));
        Assert.Equal(options.UdpLearningWindow, PolicyEffects.UdpWindowOf(Policy(s => s.Udp = "Stable"), options));
        Assert.Equal((30, 7, 0), (PolicyEffects.WindowOf(given, options).TotalSeconds, PolicyEffects.DrainOf(given, options).TotalSeconds, PolicyEffects.UdpWindowOf(given, options).TotalSeconds));
    }

    [Fact]
    public void Oldest_Several_IsTheFirstCreatedThatStays()
    {
        DateTimeOffset start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        LoadBalancerPolicy gone = Policy(_ => { }, "a", start, start.AddHours(1));
        LoadBalancerPolicy first = Policy(_ => { }, "c", start.AddSeconds(1));
        LoadBalancerPolicy twin = Policy(_ => { }, "d", start.AddSeconds(1));
        LoadBalancerPolicy late = Policy(_ => { }, "b", start.AddSeconds(2));

        Assert.Same(first, PolicySelection.Oldest([late, twin, gone, first]));
        Assert.Null(PolicySelection.Oldest([gone]));
    }

    private static LoadBalancerPolicy Policy(Action<LoadBalancerPolicySpec> change, string name = "p", DateTimeOffset? created = null, DateTimeOffset? deleted = null)
    {
        var policy = new LoadBalancerPolicy { Metadata = new ObjectMeta { Name = name, Uid = "u", Generation = 3, CreationTimestamp = created, DeletionTimestamp = deleted } };
        change(policy.Spec);
        return policy;
    }

    private static LabelSelector Labels(string key, string value) => new() { MatchLabels = new Dictionary<string, string> { [key] = value } };

    private static NetworkInterface Nic(params (string Key, string Value)[] labels) =>
        new() { Metadata = new ObjectMeta { Labels = labels.ToDictionary(l => l.Key, l => l.Value) } };
}
