using CsCheck;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Xunit;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>The agent dies between two steps of publishing, at any of them, as often as it likes.</summary>
public sealed class ApplierCrashTests
{
    [Fact]
    public void Apply_DiesAtAnyStep_TheNextAgentConverges()
    {
        Gen<int[]> plan = Gen.Int[0, 1 << 20].Array[1, 6];
        Gen.Select(plan, Gen.Int[0, 7].Array[1, 6]).Sample((worlds, crashes) =>
        {
            var time = new ManualTime(World.Start);
            var maps = new MemoryDatapathMaps(SmallDatapath.Capacities);
            foreach (int seed in worlds)
            {
                WorldSnapshot snapshot = Build(seed).Snapshot();
                DesiredState desired = DesiredState.Compute(snapshot, null, time.GetUtcNow());
                foreach (int crash in crashes)
                {
                    ApplyUntil((ApplyStep)crash, maps, time, desired, snapshot.Underlay);
                    AssertWhole(maps);
                }

                var last = new DatapathApplier(maps, time);
                ApplyResult result = last.Apply(desired, snapshot.Underlay);
                Assert.Empty(result.Problems);
                Assert.Equal(0, last.Apply(desired, snapshot.Underlay).Writes);
                Assert.Equal(0, new DatapathApplier(maps, time).Apply(desired, snapshot.Underlay).Writes);
                AssertWhole(maps);

                // Worlds follow each other without a history: what differs from a fresh one is late until a window is over, then settles.
                PassWindows(last, time, snapshot);
                AssertWhole(maps);
                Assert.Equal(Fresh(desired, snapshot.Underlay, time), DatapathText.Describe(maps));
                last.Sweep();
            }
        });
    }

    /// <summary>Looks again whenever the applier asks for it, until it has no more reason to.</summary>
    private static void PassWindows(DatapathApplier applier, ManualTime time, WorldSnapshot snapshot)
    {
        DesiredState desired = DesiredState.Compute(snapshot, null, time.GetUtcNow());
        for (int i = 0; applier.Apply(desired, snapshot.Underlay).LookAgainAt is { } at; i++)
        {
            Assert.InRange(i, 0, 5); // a minute for UDP, the window, quiet
            time.Advance(at - time.GetUtcNow());
        }
    }

    private static void ApplyUntil(ApplyStep step, MemoryDatapathMaps maps, ManualTime time, DesiredState desired, UnderlayModel underlay)
    {
        var applier = new DatapathApplier(maps, time, next =>
        {
            if (next == step)
            {
                throw new OperationCanceledException();
            }
        });
        try
        {
            applier.Apply(desired, underlay);
        }
        catch (OperationCanceledException)
        {
            // The agent has died; what it wrote is in the maps.
        }
    }

    /// <summary>Whatever a packet may meet is complete: rings lie apart and name only reals that have a way.</summary>
    private static void AssertWhole(MemoryDatapathMaps maps)
    {
        ReadOnlySpan<Vip> table = maps.Vips.Slice((int)maps.Config.VipTable * SmallDatapath.Capacities.VipSlots, SmallDatapath.Capacities.VipSlots);
        RegionAllocator.OfRings(table, (uint)SmallDatapath.Capacities.RingSlots);
        foreach (Vip vip in VipTable.Read(table))
        {
            foreach (RingSlot slot in VipWriter.RingOf(maps, vip))
            {
                Assert.NotEqual(RealKind.None, maps.Reals[(int)slot.Current].Kind);
            }
        }
    }

    private static string Fresh(DesiredState desired, UnderlayModel underlay, ManualTime time)
    {
        var maps = new MemoryDatapathMaps(SmallDatapath.Capacities);
        new DatapathApplier(maps, time).Apply(desired, underlay);
        return DatapathText.Describe(maps);
    }

    /// <summary>A world without transitions: a fresh data path knows nothing of slots that settle in an old one.</summary>
    private static World Build(int seed)
    {
        var random = new Random(seed);
        var world = new World();
        int nics = random.Next(1, 9);
        for (int i = 0; i < nics; i++)
        {
            world.AddNic($"nic-{i}", i + 1, random.Next(2) == 0 ? "host-a" : "host-b");
        }

        for (int i = 0; i < random.Next(6); i++)
        {
            LoadBalancer lb = world.AddLoadBalancer($"lb-{i}", $"198.51.100.{i}");
            lb.Spec.Ports = [.. Enumerable.Range(0, random.Next(12)).Select(n => new LoadBalancerPort { Port = 1 + (2 * n) + random.Next(9) })];
            world.Route(lb, [.. world.Nics.Where(_ => random.Next(3) > 0)]);
        }

        return world;
    }
}
