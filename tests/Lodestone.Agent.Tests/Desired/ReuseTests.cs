using CsCheck;
using Lodestone.Agent.Desired;
using Lodestone.Api.Networking;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

/// <summary>A state takes over parts of the last one: never stale ones, and those that are as they were by reference.</summary>
public sealed class ReuseTests
{
    [Fact]
    public void Compute_OneRoutingChanges_OtherPartsAreTheSameInstances()
    {
        var world = new World();
        LoadBalancer[] lbs = [.. Enumerable.Range(1, 3).Select(i => world.AddLoadBalancer($"lb-{i}", $"198.51.100.{i}"))];
        NetworkInterface[] nics = [.. Enumerable.Range(1, 4).Select(i => world.AddNic($"nic-{i}", i, "host-b"))];
        foreach (LoadBalancer lb in lbs)
        {
            world.Route(lb, nics[..3]);
        }

        DesiredState before = world.Compute();
        world.Route(lbs[1], nics);
        DesiredState after = world.Compute(before);

        Assert.Equal([true, false, true], before.Vips.Zip(after.Vips, ReferenceEquals));
        Assert.Equal(4, after.Reals.Length);
        Assert.All(before.Reals, real => Assert.Contains(after.Reals, other => ReferenceEquals(real, other)));
    }

    [Fact]
    public void Compute_NothingChanges_IsTheSameArrays()
    {
        var world = new World();
        world.Route(world.AddLoadBalancer("web", "198.51.100.1", "2001:db8::1"), world.AddNic("near", 1), world.AddNic("far", 2, "host-b"));

        DesiredState before = world.Compute();
        DesiredState after = world.Compute(before);

        Assert.True(before.Vips == after.Vips);
        Assert.True(before.Reals == after.Reals);
    }

    [Fact]
    public void Compute_StateMadeOfAnother_TakesOverNoOtherVips()
    {
        var world = new World();
        world.Route(world.AddLoadBalancer("web", "198.51.100.1"), world.AddNic("near", 1));
        DesiredState before = world.Compute();

        DesiredState after = world.Compute(before with { Vips = [] });

        Assert.NotSame(before.Vips[0], Assert.Single(after.Vips));
    }

    /// <summary>Any history: each state computed from the last one is the one that is computed from its history without any memory of parts.</summary>
    [Fact]
    public void Compute_AnyHistory_IsAsFromScratch() => Gen.Select(Gen.Int, Gen.Int[1, 24]).Sample(
        (seed, steps) =>
        {
            var history = new RandomHistory(new Random(seed));
            DesiredState? last = null, scratch = null;
            for (int step = 0; step < steps; step++)
            {
                history.Step();
                WorldSnapshot snapshot = history.World.Snapshot();
                last = DesiredState.Compute(history.Frozen(snapshot), last, history.Now);
                scratch = DesiredState.Compute(snapshot, scratch is null ? null : scratch with { Memo = null }, history.Now);
                Assert.Equal(DesiredStateText.Describe(scratch), DesiredStateText.Describe(last));
                Assert.Equal(scratch.LoadBalancers, last.LoadBalancers);
                Assert.Equal(scratch.Incomplete, last.Incomplete);
                Assert.Equal(scratch.UnderlaySources, last.UnderlaySources);
                Assert.Equal(scratch.Vips.Select(Flags), last.Vips.Select(Flags));
            }
        },
        iter: 400);

    private static string Flags(VipModel vip) => $"{vip.Key} {vip.UdpToCurrent} {vip.Routing.Version} {vip.Encapsulation} {string.Join(',', vip.Alive)} {vip.Ring?.ChangesAt}";
}
