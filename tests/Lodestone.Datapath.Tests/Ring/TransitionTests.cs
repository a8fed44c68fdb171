using CsCheck;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;

namespace Lodestone.Datapath.Tests.Ring;

/// <summary>What docs/adr/0002-just-enough-state.md promises, and what it says it does not.</summary>
public sealed class TransitionTests
{
    private const int Universe = 20;

    private enum Step
    {
        Add,
        Drain,
        DrainShortly,
        Kill,
        Shuffle,
        Weigh,
        Wait,
        Open,
        RestartAgent,
    }

    private static readonly Gen<(Step Kind, int Argument)[]> Steps =
        Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 10_000]).Array[1, 40];

    [Fact]
    public void Send_AnyChanges_NeverMoveAFlowOfALivingTarget() => Gen.Select(Steps, Gen.Int).Sample(
        (steps, seed) =>
        {
            TransitionWorld world = Begin(seed, gateways: 2);
            foreach ((Step kind, int argument) in steps)
            {
                string? broken = Take(world, kind, argument) ?? world.Advance(1 + (argument % (TransitionWorld.Window / 3)));
                Assert.True(broken is null, broken);
            }
        },
        iter: 400);

    /// <summary>docs/adr/0023-changes-heard-of-late.md.</summary>
    [Fact]
    public void Send_AgentIsDownForLongerThanWindows_NeverMovesAFlowOfALivingTarget()
    {
        int late = 0;
        Gen.Select(Steps, Gen.Int).Sample(
            (steps, seed) =>
            {
                TransitionWorld world = Begin(seed, gateways: 2);
                foreach ((Step kind, int argument) in steps)
                {
                    string? broken = null;
                    if (kind == Step.RestartAgent)
                    {
                        // Down, up again as the same process (the API was away) or as another.
                        int gateway = argument % world.Gateways.Length;
                        if (!world.Gateways[gateway].IsDown)
                        {
                            world.Gateways[gateway].IsDown = true;
                        }
                        else
                        {
                            world.Gateways[gateway].IsDown = false;
                            if (argument / 2 % 2 == 0)
                            {
                                world.RestartAgent(gateway);
                            }
                        }
                    }
                    else
                    {
                        broken = Take(world, kind, argument);
                    }

                    for (int i = 0; i <= argument % 5 && broken is null; i++)
                    {
                        broken = world.Advance(1 + (argument % (TransitionWorld.Window / 3)));
                    }

                    Assert.True(broken is null, broken);
                    late += world.Gateways.Any(gateway => gateway.IsLate(world.Now)) ? 1 : 0;
                }
            },
            iter: 1000,
            threads: 1);
        Assert.True(late > 100, $"only {late} steps had a gateway that was late");
    }

    [Fact]
    public void Send_FlowsChangeGatewayOrRecordsAreLost_NoneBreaksWhoseSlotHasHadOneOwner() => Gen.Select(Steps, Gen.Int).Sample(
        (steps, seed) =>
        {
            TransitionWorld world = Begin(seed, gateways: 3);
            foreach ((Step kind, int argument) in steps)
            {
                string? broken = Take(world, kind, argument)
                    ?? (argument % 3) switch { 0 => world.MoveFlows(2 + (argument % 5)), 1 => world.Reboot(argument % 3), _ => null }
                    ?? world.Advance(1 + (argument % (TransitionWorld.Window / 3)));
                Assert.True(broken is null, broken);
            }
        },
        iter: 200);

    [Fact]
    public void Send_SeveralChangesInOneWindowWithRestarts_MoveNoFlow()
    {
        // Everybody is replaced, one by one, within a window, and each agent dies between any two changes.
        TransitionWorld world = Begin(seed: 7, gateways: 2);
        for (ulong i = 1; i <= 9; i++)
        {
            world.Publish([.. world.Destinations.Where(t => t != i), 100 + i], TransitionWorld.Window);
            world.RestartAgent((int)(i % 2));
            Assert.Null(world.Open(20));
            Assert.Null(world.Advance(TransitionWorld.Window / 12));
        }

        Assert.Equal(50 + (9 * 20), world.FlowCount);
    }

    [Theory]
    [InlineData(TransitionFlood.None)]
    [InlineData(TransitionFlood.Syn)]
    [InlineData(TransitionFlood.Ack)]
    [InlineData(TransitionFlood.Syn | TransitionFlood.Ack)]
    [InlineData(TransitionFlood.Syn | TransitionFlood.OwnVip)]
    internal void Send_FloodThroughAnyChanges_NeverMovesAFlowOfALivingTarget(TransitionFlood flood) => Gen.Select(Steps, Gen.Int).Sample(
        (steps, seed) =>
        {
            TransitionWorld world = BeginFlooded(seed);
            world.Flood = flood;
            foreach ((Step kind, int argument) in steps)
            {
                string? broken = Take(world, kind, argument) ?? world.Advance(1 + (argument % (TransitionWorld.Window / 3)));
                Assert.True(broken is null, broken);
            }
        },
        iter: 40);

    [Theory]
    [InlineData(TransitionFlood.Ack | TransitionFlood.OwnVip)]
    [InlineData(TransitionFlood.Syn | TransitionFlood.Ack | TransitionFlood.OwnVip)]
    internal void Send_ForgedFlowsOfItsOwnVip_DriveOutNoneThatIsRecorded(TransitionFlood flood)
    {
        TransitionWorld world = BeginFlooded(seed: 6);
        world.Advance(2 * TransitionWorld.Window);
        world.Advance(1, quiet: true);
        world.Open(1000);
        world.Publish(Enumerable.Range(2, 9).Select(i => (ulong)i), TransitionWorld.Window * 5);

        // Seen twice, in different units of age: both the older ones and those that opened in the window.
        world.Advance(1);
        world.Open(1000);
        world.Advance(40);
        world.Flood = flood;
        int flows = world.FlowCount;
        for (int i = 0; i < 20; i++)
        {
            Assert.Null(world.Advance(20));
        }

        Assert.Equal(flows, world.FlowCount);
        Assert.InRange(flows, 2000, 2050);
    }

    [Fact]
    public void Fold_GatewayThatStartsInTheMiddle_ComputesTheSamePairs() => Gen.Select(Steps, Gen.Int).Sample(
        (steps, seed) =>
        {
            TransitionWorld world = Begin(seed, gateways: 1);
            foreach ((Step kind, int argument) in steps)
            {
                Take(world, kind, argument);
                world.Advance(1 + (argument % (TransitionWorld.Window / 3)));
                FoldedRing ours = RingFold.Fold(world.History, world.Now);
                FoldedRing theirs = RingFold.Fold(world.HistoryOfALateComer(), world.Now);
                Assert.Equal(ours.Targets, theirs.Targets);
                Assert.True(ours.Slots.SequenceEqual(theirs.Slots));
            }
        },
        iter: 100);

    [Fact]
    public void Follow_WindowsOverAndQuiet_LeavesAStableRing() => Gen.Select(Steps, Gen.Int).Sample(
        (steps, seed) =>
        {
            TransitionWorld world = Begin(seed, gateways: 1);
            foreach ((Step kind, int argument) in steps)
            {
                Take(world, kind, argument);
            }

            world.Advance(2 * TransitionWorld.Window);
            world.Advance(1, quiet: true);
            RingSlot[] ring = world.Gateways[0].Ring;
            Assert.Equal(world.Destinations.Count == 0 ? 0 : 1 << Math.Max(MaglevRing.MinSizeLog2, world.History.SetsAt(world.Now)[^1].SizeLog2), ring.Length);
            Assert.All(ring, slot => Assert.Equal(slot.Current, slot.Previous));
        },
        iter: 100);

    [Fact]
    public void Send_FlowsOfUnchangedSlots_LeaveNoRecord()
    {
        TransitionWorld world = Begin(seed: 1, gateways: 1);
        world.Advance(2 * TransitionWorld.Window);
        world.Advance(1, quiet: true);
        int before = world.Gateways[0].Recorded;
        world.Open(10_000);
        world.Advance(1);
        Assert.Equal(before, world.Gateways[0].Recorded);

        // One target more among 9: a tenth of the flows is in transition, and a few whose slots moved beside.
        world.Publish([.. world.Destinations, 99], drainTicks: 0);
        world.Advance(1);
        Assert.InRange(world.Gateways[0].Recorded - before, 900, 1300);
    }

    [Fact]
    public void Fold_TargetComesBackFromTheDead_ItsStandInsFlowsStay()
    {
        // 1 dies, flows open at its stand-in, 1 returns within the window: a flapping health check.
        TransitionWorld world = new(seed: 3, gateways: 1);
        world.Publish([1, 2, 3], drainTicks: 0);
        world.Advance(2 * TransitionWorld.Window);
        world.Kill(1);
        world.Open(1000);
        world.Publish([1, 2, 3], drainTicks: 0);
        Assert.Null(world.Advance(1));
        Assert.Equal(1000, world.FlowCount);
    }

    [Fact]
    public void Fold_LastTargetDrains_KeepsItsFlowsAndTakesNoNewOnes()
    {
        TransitionWorld world = new(seed: 4, gateways: 1);
        world.Publish([1], drainTicks: 0);
        world.Open(100);
        world.Publish([], drainTicks: 50);
        Assert.Null(world.Advance(10));
        Assert.Equal(100, world.FlowCount);
        Assert.Equal(0UL, world.Gateways[0].Send(1, isSyn: true));
        world.Advance(50);
        Assert.Empty(world.Gateways[0].Ring);
    }

    [Fact]
    public void Weigh_ToNothing_KeepsItsFlowsAndTakesNoNewOnes()
    {
        TransitionWorld world = new(seed: 6, gateways: 1);
        world.Publish([1, 2], drainTicks: 0);
        world.Advance(2 * TransitionWorld.Window);
        world.Open(200);
        world.Weigh(1, 0);
        Assert.Null(world.Open(200));
        AdvanceByWindows(world, 3);
        Assert.Equal(400, world.FlowCount);
        world.Weigh(2, 0);
        Assert.Equal(0UL, world.Gateways[0].Send(1, isSyn: true));
        AdvanceByWindows(world, 3);
        Assert.Equal(400, world.FlowCount);
    }

    [Fact]
    public void Fold_ThereAndBack_LearnsWhileTheOtherLives()
    {
        // A -> B -> A: flows that B took in between were recorded, all others are A's.
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        RingHistory history = new(
            [1],
            [new TargetChange(2, now.AddMinutes(5), [2], [1]), new TargetChange(3, now.AddMinutes(10), [1], [2])],
            [new DrainingTarget(2, now.AddMinutes(7))]);

        Assert.Equal(new RingPair(0, 0, Learn: true), RingFold.Fold(history, now).Slots[0]);
        Assert.Equal(new RingPair(0, 1, Learn: true), RingFold.Fold(history, now.AddMinutes(5)).Slots[0]);
        Assert.Equal(new RingPair(0, 0, Learn: true), RingFold.Fold(history, now.AddMinutes(7)).Slots[0]);
        Assert.Equal(new RingPair(0, 0, Learn: false), RingFold.Fold(history, now.AddMinutes(10)).Slots[0]);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(1, 40)]
    public void Fold_SizesDiffer_IsExactOnTheFinest(int before, int after)
    {
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        ulong[] old = Targets(before);
        ulong[] current = Targets(after);
        RingHistory history = new(
            [.. current],
            [new TargetChange(2, now.AddMinutes(5), [.. current.Except(old)], [.. old.Except(current)])],
            [.. old.Except(current).Select(target => new DrainingTarget(target, now.AddMinutes(5)))]);
        FoldedRing folded = RingFold.Fold(history, now);
        ushort[] oldRing = new ushort[1 << MaglevRing.SizeLog2(before)];
        ushort[] newRing = new ushort[1 << MaglevRing.SizeLog2(after)];
        MaglevRing.Build(old, oldRing);
        MaglevRing.Build(current, newRing);

        Assert.Equal(Math.Max(oldRing.Length, newRing.Length), folded.Slots.Length);
        for (int slot = 0; slot < folded.Slots.Length; slot++)
        {
            RingPair pair = folded.Slots[slot];
            Assert.Equal(current[newRing[slot * newRing.Length / folded.Slots.Length]], folded.Targets[pair.Current]);
            Assert.Equal(old[oldRing[slot * oldRing.Length / folded.Slots.Length]], folded.Targets[pair.Previous]);
            Assert.Equal(pair.Current != pair.Previous, pair.Learn);
        }
    }

    [Fact]
    public void Write_SlotHasLearnt_SettlesUntilQuiet()
    {
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        FoldedRing folded = RingFold.Fold(new RingHistory([1]), now);
        RingSlot[] learning = new RingSlot[512];
        learning[5] = new RingSlot { Current = 7, Previous = 8 | RingSlot.Consult | RingSlot.Learn };
        RingSlot settling = new() { Current = 7, Previous = 7 | RingSlot.Consult };
        RingSlot[] next = new RingSlot[512];

        // Learnt flows settle even if what settled before is quiet, on the size they were learnt with.
        Assert.Equal(9, RingSettling.SizeLog2(folded, [7], new RingPast { Ring = learning, IsQuiet = true }));
        Assert.Equal(default, RingSettling.Write(folded, [7], new RingPast { Ring = learning, IsQuiet = true }, next));
        Assert.Equal(settling, next[5]);
        Assert.Equal(1, next.Count(slot => slot.Previous != slot.Current));

        Assert.Equal(9, RingSettling.SizeLog2(folded, [7], new RingPast { Ring = next }));
        Assert.Equal(8, RingSettling.SizeLog2(folded, [7], new RingPast { Ring = next, IsQuiet = true }));
        RingSlot[] last = new RingSlot[256];
        Assert.Equal(default, RingSettling.Write(folded, [7], new RingPast { Ring = next, IsQuiet = true }, last));
        Assert.All(last, slot => Assert.Equal(slot.Current, slot.Previous));
    }

    [Fact]
    public void Write_SlotsOwnerLivesAndTheHistoryKnowsNothingOfIt_LearnsFromItWhileItIsTold()
    {
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        FoldedRing folded = RingFold.Fold(new RingHistory([1]), now);
        RingSlot[] stable = new RingSlot[512];
        Array.Fill(stable, new RingSlot { Current = 7, Previous = 7 });
        stable[5] = new RingSlot { Current = 8, Previous = 8 };
        stable[6] = new RingSlot { Current = 9, Previous = 9 | RingSlot.Consult };
        RingSlot[] next = new RingSlot[512];
        uint[] alive = [7, 8];

        // 9 is dead: nothing is late there, but what it was settling with.
        Assert.Equal(9, RingSettling.SizeLog2(folded, [7], new RingPast { Ring = stable, Alive = alive, IsQuiet = true }));
        Assert.Equal(8, RingSettling.SizeLog2(folded, [7], new RingPast { Ring = stable, Alive = [7], IsQuiet = true }));
        Assert.Equal(new LearningSlots(0, 1, 0), RingSettling.Write(folded, [7], new RingPast { Ring = stable, Alive = alive }, next));
        Assert.Equal(new RingSlot { Current = 7, Previous = 8 | RingSlot.Consult | RingSlot.Learn }, next[5]);
        Assert.Equal(new RingSlot { Current = 7, Previous = 7 | RingSlot.Consult }, next[6]);

        RingSlot[] kept = new RingSlot[512], settled = new RingSlot[512];
        Assert.Equal(new LearningSlots(0, 0, 1), RingSettling.Write(folded, [7], new RingPast { Ring = next, Alive = alive, KeepsLearning = true }, kept));
        Assert.Equal(next[5], kept[5]);
        Assert.Equal(default, RingSettling.Write(folded, [7], new RingPast { Ring = kept, Alive = [7], KeepsLearning = true }, settled));
        Assert.Equal(default, RingSettling.Write(folded, [7], new RingPast { Ring = kept, Alive = alive }, settled));
        Assert.Equal(new RingSlot { Current = 7, Previous = 7 | RingSlot.Consult }, settled[5]);
    }

    [Fact]
    public void Write_SlotsWentByAnotherKeyThanTheHistoryKnows_AllLearnFromWhomTheyHad()
    {
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        FoldedRing folded = RingFold.Fold(new RingHistory([1]), now);
        RingSlot[] stable = new RingSlot[256], next = new RingSlot[256], kept = new RingSlot[256];
        Array.Fill(stable, new RingSlot { Current = 7, Previous = 7 });
        stable[3] = new RingSlot { Current = 9, Previous = 9 };
        RingSlot learning = new() { Current = 7, Previous = 7 | RingSlot.Consult | RingSlot.Learn };

        Assert.Equal(new LearningSlots(0, 256, 0), RingSettling.Write(folded, [7], new RingPast { Ring = stable, Alive = [7], IsRekeyed = true }, next));
        Assert.Equal(learning, next[4]);
        Assert.Equal(learning with { Previous = RingSlot.Consult | RingSlot.Learn }, next[3]); // a dead one's flows are anybody's
        Assert.Equal(new LearningSlots(0, 0, 256), RingSettling.Write(folded, [7], new RingPast { Ring = next, Alive = [7], IsRekeyed = true, KeepsLearning = true }, kept));
        Assert.Equal(next, kept);
    }

    [Fact]
    public void Send_SynThroughOneGatewayRestThroughAnother_IsNotProtectedInsideTheWindow()
    {
        // Records are local. A flow that opens in a slot in transition and then changes gateway looks like an old one.
        TransitionWorld world = new(seed: 5, gateways: 2);
        world.Publish([1], drainTicks: 0);
        world.Publish([2], drainTicks: TransitionWorld.Window);
        Assert.Equal(2UL, world.Gateways[0].Send(42, isSyn: true));
        Assert.Equal(2UL, world.Gateways[0].Send(42, isSyn: false));
        Assert.Equal(1UL, world.Gateways[1].Send(42, isSyn: false));
    }

    private static void AdvanceByWindows(TransitionWorld world, int windows)
    {
        for (int i = 0; i < windows * 4; i++)
        {
            Assert.Null(world.Advance(TransitionWorld.Window / 4));
        }
    }

    private static ulong[] Targets(int count)
    {
        ulong[] targets = [.. Enumerable.Range(1, count).Select(i => (ulong)i * 7919)];
        MaglevRing.Sort(targets);
        return targets;
    }

    private static TransitionWorld BeginFlooded(int seed)
    {
        TransitionWorld world = new(seed, gateways: 1, static () => new FloodedGateway());
        world.Publish(Enumerable.Range(1, 9).Select(i => (ulong)i), drainTicks: 0);
        world.Open(50);
        return world;
    }

    private static TransitionWorld Begin(int seed, int gateways)
    {
        TransitionWorld world = new(seed, gateways);
        world.Publish(Enumerable.Range(1, 9).Select(i => (ulong)i), drainTicks: 0);
        world.Open(50);
        return world;
    }

    private static string? Take(TransitionWorld world, Step kind, int argument)
    {
        ulong target = (ulong)(argument % Universe) + 1;
        switch (kind)
        {
            case Step.Add:
                world.Publish([.. world.Destinations, target], drainTicks: 0);
                return null;
            case Step.Drain:
                world.Publish(world.Destinations.Where(other => other != target), TransitionWorld.Window);
                return null;
            case Step.DrainShortly:
                world.Publish(world.Destinations.Where(other => other != target), TransitionWorld.Window / 4);
                return null;
            case Step.Kill:
                world.Kill(target);
                return null;
            case Step.Shuffle:
                Random random = new(argument);
                world.Publish(
                    Enumerable.Range(1, Universe).Where(_ => random.Next(2) == 0).Select(i => (ulong)i),
                    TransitionWorld.Window * random.Next(1, 3));
                return null;
            case Step.Weigh:
                byte[] weights = [0, 1, 50, 100, 200, 255];
                world.Weigh(target, weights[argument / Universe % weights.Length]);
                return null;
            case Step.RestartAgent:
                world.RestartAgent(argument % world.Gateways.Length);
                return null;
            case Step.Open:
                return world.Open(1 + (argument % 30));
            default:
                return world.Advance(argument % (TransitionWorld.Window / 3));
        }
    }
}
