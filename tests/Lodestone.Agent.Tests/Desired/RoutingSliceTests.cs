using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Ring;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

/// <summary>A routing in slices is served whole or not at all.</summary>
public sealed class RoutingSliceTests
{
    private readonly World _world = new();

    [Fact]
    public void MaxTargets_IsTheRings() => Assert.Equal(MaglevRing.MaxTargets, LoadBalancerRouting.MaxTargets);

    [Fact]
    public void Compute_AllSlicesThere_ServesTheirTargetsAndHistory()
    {
        (LoadBalancerRouting routing, NetworkInterface[] nics) = Sliced("a", "b");
        DateTimeOffset until = World.Start.AddMinutes(15);
        routing.RingHistory = [new RingChange { Generation = 2, Until = until }];
        LoadBalancerRoutingSlice slice = _world.Slices[0];
        slice.RingHistory = [new RingMembers { Generation = 2, Removed = [World.MemberOf(nics[2])] }];
        slice.Draining = [new LoadBalancerDraining { Ip = "10.0.0.3", TargetRef = World.ReferenceTo(nics[2]), Deadline = until }];
        List(routing);

        DesiredState state = _world.Compute();

        Assert.Empty(state.Problems);
        VipModel vip = state.Vips.Single();
        Assert.Equal(Targets("a", "b"), vip.History.Current);
        Assert.Equal(Targets("a", "b", "c"), vip.History.AliveAt(World.Start));
        Assert.True(vip.Ring!.CountLearning() > 0);
        Assert.Equal(until, state.ChangesAt);
    }

    [Fact]
    public void Compute_SliceNotThereYet_ServesTheLastGoodStateAndTellsOnlyWhenItLasts()
    {
        (LoadBalancerRouting routing, NetworkInterface[] nics) = Sliced("a", "b");
        List(routing);
        DesiredState before = _world.Compute();
        LoadBalancerRoutingSlice next = Slice("web-1-new", nics[2]);
        List<RoutingSliceRef> listed = [routing.Slices![0], new RoutingSliceRef { Name = "web-1-new", Fingerprint = RoutingFingerprint.Of(next) }];
        routing = _world.Route(_world.LoadBalancers[0], nics[0]);
        (routing.Total, routing.Slices) = (2, listed);

        DesiredState waiting = _world.Compute(before, World.Start.AddSeconds(1));
        DesiredState stuck = _world.Compute(waiting, World.Start.AddSeconds(6));
        _world.Slices.Add(next);
        DesiredState after = _world.Compute(stuck, World.Start.AddSeconds(7));

        Assert.Equal(Targets("a", "b"), waiting.Vips.Single().History.Current);
        Assert.Empty(waiting.Problems);
        Assert.Equal(World.Start.AddSeconds(6), waiting.ChangesAt);
        Assert.Equal(Targets("a", "b"), stuck.Vips.Single().History.Current);
        Assert.Equal(Reasons.RoutingIncomplete, stuck.Problems.Single().Reason);
        Assert.Contains("web-1-new is not there", stuck.Problems.Single().Message, StringComparison.Ordinal);
        Assert.Equal(Targets("a", "c"), after.Vips.Single().History.Current);
        Assert.Empty(after.Problems);
        Assert.Empty(after.Incomplete);
    }

    [Fact]
    public void Compute_SliceOfAnUnchangedRoutingGoes_ServesOn()
    {
        (LoadBalancerRouting routing, _) = Sliced("a", "b");
        List(routing);
        DesiredState before = _world.Compute();
        _world.Slices.Clear();

        DesiredState state = _world.Compute(before, World.Start.AddMinutes(1));

        Assert.Equal(Targets("a", "b"), state.Vips.Single().History.Current);
        Assert.Empty(state.Problems);
    }

    [Theory]
    [InlineData("content", "is not as the routing lists it")]
    [InlineData("routing", "is part of another routing")]
    public void Compute_SliceIsNotWhatWasListed_IsNotServed(string wrong, string expected)
    {
        (LoadBalancerRouting routing, NetworkInterface[] nics) = Sliced("a", "b");
        List(routing);
        if (wrong == "content")
        {
            _world.Slices[0].Destinations!.Add(DestinationOf(nics[2]));
        }
        else
        {
            _world.Slices[0].RoutingRef!.Uid = "another";
        }

        DesiredState first = _world.Compute();
        DesiredState state = _world.Compute(first, World.Start.AddSeconds(5));

        Assert.Empty(state.Vips.Single().History.Current);
        Assert.Contains(state.Problems, p => p.Reason == Reasons.RoutingIncomplete && p.Message.Contains(expected, StringComparison.Ordinal));
        Assert.Single(first.Incomplete);
    }

    [Fact]
    public void Compute_RoutingGoesIntoSlicesAndBack_KeepsItsRing()
    {
        (LoadBalancerRouting routing, NetworkInterface[] nics) = Sliced("a", "b");
        List(routing);
        DesiredState sliced = _world.Compute();
        routing = _world.Route(_world.LoadBalancers[0], nics[0], nics[1]);
        routing.RingGeneration = 1;

        DesiredState whole = _world.Compute(sliced);

        Assert.Equal(sliced.Vips.Single().Ring!.Slots, whole.Vips.Single().Ring!.Slots);
        Assert.Equal(sliced.Reals, whole.Reals);
    }

    private static System.Collections.Immutable.ImmutableArray<ulong> Targets(params string[] names) => [.. names.Select(n => TargetHash.Of($"{n}-uid")).Order()];

    private static LoadBalancerDestination DestinationOf(NetworkInterface nic) =>
        new() { Ip = nic.Spec.Ips![0].Value, Uid = nic.Metadata.Uid, TargetRef = World.ReferenceTo(nic) };

    /// <summary>A load balancer whose routing has one slice for each target; a third network interface is not among them.</summary>
    private (LoadBalancerRouting Routing, NetworkInterface[] Nics) Sliced(params string[] names)
    {
        NetworkInterface[] nics = [.. names.Append("c").Select((name, i) => _world.AddNic(name, i + 1))];
        LoadBalancerRouting routing = _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), nics[0]);
        routing.RingGeneration = 1;
        routing.Total = names.Length;
        for (int i = 0; i < names.Length; i++)
        {
            _world.Slices.Add(Slice($"web-{i}", nics[i]));
        }

        return (routing, nics);
    }

    private static LoadBalancerRoutingSlice Slice(string name, NetworkInterface nic) => new()
    {
        Metadata = new ObjectMeta { Namespace = World.Namespace, Name = name },
        RoutingRef = new LocalUidReference { Name = "web", Uid = "web-routing-uid" },
        Destinations = [DestinationOf(nic)],
    };

    private void List(LoadBalancerRouting routing) =>
        routing.Slices = [.. _world.Slices.Select(s => new RoutingSliceRef { Name = s.Metadata.Name!, Fingerprint = RoutingFingerprint.Of(s) })];
}
