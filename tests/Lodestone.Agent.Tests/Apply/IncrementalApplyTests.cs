using CsCheck;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>What has not changed is not looked at, and nothing is missed for it.</summary>
public sealed class IncrementalApplyTests
{
    private readonly World _world = new();
    private readonly ManualTime _time = new(World.Start);
    private readonly MemoryDatapathMaps _maps = new(SmallDatapath.Capacities);
    private DesiredState? _last;

    [Fact]
    public void Apply_OneVipChanges_TheOtherIsNotLookedAtUntilASweep()
    {
        LoadBalancer one = _world.AddLoadBalancer("one", "198.51.100.1"), two = _world.AddLoadBalancer("two", "198.51.100.2");
        NetworkInterface[] nics = [.. Enumerable.Range(1, 3).Select(i => _world.AddNic($"nic-{i}", i))];
        _world.Route(one, nics);
        _world.Route(two, nics[..2]);
        var applier = new DatapathApplier(_maps, _time);
        Apply(applier);
        ref RingSlot slot = ref VipWriter.RingOf(_maps, DatapathText.Find(_maps, "198.51.100.1"))[5];
        RingSlot right = slot;
        slot.Current = 9; // nobody's

        _world.Route(two, nics);
        ApplyResult changed = Apply(applier);
        Assert.NotEqual(right.Word, slot.Word);
        Assert.InRange(changed.Writes, 1, 600);
        Assert.Equal(2, changed.Programmed.Count);

        applier.Sweep();
        ApplyResult mended = Apply(applier);
        Assert.Equal(right.Word, slot.Word);
        Assert.Equal(1, mended.Writes);
    }

    [Fact]
    public void Apply_OnlyFieldsOfAVipChange_TheOtherTableFollowsInPlace()
    {
        LoadBalancer[] lbs = [.. Enumerable.Range(1, 9).Select(i => _world.AddLoadBalancer($"lb-{i}", $"198.51.100.{i}"))];
        NetworkInterface nic = _world.AddNic("nic", 1);
        Array.ForEach(lbs, lb => _world.Route(lb, nic));
        var applier = new DatapathApplier(_maps, _time);
        Apply(applier);

        for (int i = 0; i < 12; i++)
        {
            uint table = _maps.Config.VipTable;
            lbs[i % lbs.Length].Spec.Ports = [new LoadBalancerPort { Port = 100 + i }];
            ApplyResult result = Apply(applier);

            Assert.Equal((2, table ^ 1), (result.Writes, _maps.Config.VipTable));
            Assert.Equal(Fresh(), DatapathText.Describe(_maps));
        }
    }

    [Fact]
    public void Apply_WhatDidNotFit_IsTriedAgainAlthoughItDidNotChange()
    {
        var maps = new MemoryDatapathMaps(SmallDatapath.Capacities with { RingSlots = 700 });
        LoadBalancer one = _world.AddLoadBalancer("one", "198.51.100.1");
        NetworkInterface[] nics = [.. Enumerable.Range(1, 3).Select(i => _world.AddNic($"nic-{i}", i))];
        _world.Route(one, nics);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        _world.Route(_world.AddLoadBalancer("two", "198.51.100.2"), nics[0]);

        Assert.Equal(Reasons.CapacityExceeded, Assert.Single(Apply(applier).Problems).Reason);
        Assert.Equal(Reasons.CapacityExceeded, Assert.Single(Apply(applier).Problems).Reason);
        _world.LoadBalancers.Remove(one);
        Apply(applier);
        ApplyResult fits = Apply(applier);

        Assert.Empty(fits.Problems);
        Assert.Equal(DatapathAddress.Parse("198.51.100.2"), Assert.Single(fits.Programmed).Address);
    }

    /// <summary>After any step of any history a comparison of everything finds nothing to write, and nobody is missing.</summary>
    [Fact]
    public void Apply_AnyHistory_LeavesNothingToWrite() => Gen.Select(Gen.Int, Gen.Int[1, 20]).Sample(
        (seed, steps) =>
        {
            var history = new RandomHistory(new Random(seed));
            var time = new ManualTime(World.Start);
            var maps = new MemoryDatapathMaps(SmallDatapath.Capacities);
            var applier = new DatapathApplier(maps, time);
            DesiredState? last = null;
            for (int step = 0; step < steps; step++)
            {
                history.Step();
                time.Advance(history.Now - time.GetUtcNow());
                WorldSnapshot snapshot = history.Frozen(history.World.Snapshot());
                last = DesiredState.Compute(snapshot, last, history.Now);
                ApplyResult result = applier.Apply(last, snapshot.Underlay);
                string held = DatapathText.Describe(maps);

                var whole = new DatapathApplier(maps, time);
                ApplyResult nothing = whole.Apply(last, snapshot.Underlay);
                Assert.Equal(0, nothing.Writes);
                Assert.Equal(held, DatapathText.Describe(maps));
                Assert.Equal(nothing.Programmed.OrderBy(k => k.ToString()), result.Programmed.OrderBy(k => k.ToString()));
                Assert.Equal(whole.VipIds.OrderBy(e => e.Value), applier.VipIds.OrderBy(e => e.Value));
                Assert.Equal(whole.RealIndexes.OrderBy(e => e.Value), applier.RealIndexes.OrderBy(e => e.Value));
                Assert.Equal(whole.Fingerprints.OrderBy(e => e.Value), applier.Fingerprints.OrderBy(e => e.Value));
                if (seed % 5 == 0)
                {
                    applier.Sweep();
                }
            }
        },
        iter: 300);

    private ApplyResult Apply(DatapathApplier applier)
    {
        WorldSnapshot snapshot = _world.Snapshot();
        _last = DesiredState.Compute(snapshot, _last, _time.GetUtcNow());
        return applier.Apply(_last, snapshot.Underlay);
    }

    private string Fresh()
    {
        var maps = new MemoryDatapathMaps(SmallDatapath.Capacities);
        new DatapathApplier(maps, _time).Apply(_last!, _world.Snapshot().Underlay);
        return DatapathText.Describe(maps);
    }
}
