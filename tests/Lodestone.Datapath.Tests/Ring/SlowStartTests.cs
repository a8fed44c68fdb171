using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Ring;

namespace Lodestone.Datapath.Tests.Ring;

/// <summary>What a target that takes its weight in eight steps does to the ring. That flows stay over any weights: <see cref="TransitionTests"/>.</summary>
public sealed class SlowStartTests
{
    private const int Steps = 8;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // The slots that change hands over all steps, as a multiple of those that the target has in the end; in one step it is 1 and Maglev's disturbance (ADR 0005).
    [Theory]
    [InlineData(2, 3.2)]
    [InlineData(10, 2.8)]
    [InlineData(100, 8)]
    public void Steps_OneTargetJoins_SlotsMoveWithinABound(int others, double bound)
    {
        double worst = 0, atOnce = 0;
        for (int trial = 0; trial < 10; trial++)
        {
            ulong[] targets = [.. Enumerable.Range(0, others + 1).Select(i => TargetHash.Of($"{trial}/{i}"))];
            ulong[][] rings = [.. Enumerable.Range(0, Steps + 1).Select(step => Owners(targets, step))];
            int own = rings[Steps].Count(owner => owner == targets[^1]);
            int moved = Enumerable.Range(0, Steps).Sum(step => Moved(rings[step], rings[step + 1]));
            worst = Math.Max(worst, moved / (double)own);
            atOnce = Math.Max(atOnce, Moved(rings[0], rings[Steps]) / (double)own);

            // The new target only gains, and has its share at each step.
            for (int step = 1; step <= Steps; step++)
            {
                int slots = rings[step].Count(owner => owner == targets[^1]);
                double share = Weight(step) / ((others * 100.0) + Weight(step)) * rings[step].Length;
                Assert.InRange(slots, share - 3, share + 3);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{others} and one more: {worst:F2} in {Steps} steps, {atOnce:F2} at once");
        Assert.InRange(worst, 1, bound);
    }

    [Fact]
    public void Fold_StepsInOneWindow_PreviousIsWhoeverHadTheSlotBefore()
    {
        ulong[] targets = [.. Enumerable.Range(0, 11).Select(i => TargetHash.Of($"t{i}"))];
        ulong[] before = Owners(targets, 0);
        var changes = new List<TargetChange> { new(2, Start.AddMinutes(15), [new WeightedTarget(targets[^1], Weight(1))], []) };
        for (int step = 2; step <= Steps; step++)
        {
            changes.Add(new TargetChange(
                step + 1, Start.AddSeconds(step * 10).AddMinutes(15), [new WeightedTarget(targets[^1], Weight(step))], [new WeightedTarget(targets[^1], Weight(step - 1))]));
        }

        FoldedRing ring = RingFold.Fold(new RingHistory(targets.Select(t => new WeightedTarget(t, 100)), changes), Start.AddSeconds(100));

        ulong[] after = Owners(targets, Steps);
        Assert.Equal(before.Length, ring.Slots.Length);
        for (int slot = 0; slot < before.Length; slot++)
        {
            RingPair pair = ring.Slots[slot];
            Assert.Equal((after[slot], before[slot]), (ring.Targets[pair.Current], ring.Targets[pair.Previous]));
            Assert.True(pair.Learn || after[slot] == before[slot]);
        }
    }

    private static byte Weight(int step) => (byte)(((100 * step) + (Steps / 2)) / Steps);

    private static int Moved(ulong[] from, ulong[] to) => Enumerable.Range(0, from.Length).Count(slot => from[slot] != to[slot]);

    /// <summary>Who owns each slot, on the finest size of all steps.</summary>
    private static ulong[] Owners(ulong[] targets, int step)
    {
        TargetSet set = SetOf(targets, step);
        ushort[] ring = new ushort[1 << set.SizeLog2];
        MaglevRing.Build(set.Targets.AsSpan(), set.Weights.AsSpan(), ring);
        int finest = Enumerable.Range(0, Steps + 1).Max(s => SetOf(targets, s).SizeLog2);
        return [.. Enumerable.Range(0, 1 << finest).Select(slot => set.Targets[ring[slot >> (finest - set.SizeLog2)]])];
    }

    private static TargetSet SetOf(ulong[] targets, int step)
    {
        SortedDictionary<ulong, byte> weights = [];
        foreach (ulong target in targets)
        {
            weights[target] = target == targets[^1] ? Weight(step) : (byte)100;
        }

        return TargetSet.Of(weights);
    }
}
