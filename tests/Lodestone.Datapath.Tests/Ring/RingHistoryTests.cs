using Lodestone.Datapath.Ring;

namespace Lodestone.Datapath.Tests.Ring;

public sealed class RingHistoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // {1, 2} -> {1, 2, 3} -> {1, 3}; 2 drains.
    private static readonly RingHistory History = new(
        [3, 1],
        [new TargetChange(6, At(20), [], [2]), new TargetChange(5, At(10), [3], [])],
        [new DrainingTarget(2, At(15))]);

    [Fact]
    public void SetsAt_InsideAllWindows_GoesBackThroughTheChanges() => AssertSets(At(5), [1, 2], [1, 2, 3], [1, 3]);

    [Fact]
    public void SetsAt_WindowOver_ForgetsTheOldestSet()
    {
        AssertSets(At(10), [1, 2, 3], [1, 3]);
        AssertSets(At(20), [1, 3]);
    }

    [Fact]
    public void IsAlive_Draining_LivesUntilTheDeadline()
    {
        Assert.True(History.IsAlive(2, At(14)));
        Assert.False(History.IsAlive(2, At(15)));
        Assert.True(History.IsAlive(1, At(1000)));
        Assert.False(History.IsAlive(9, At(0)));
    }

    [Fact]
    public void AliveAt_Draining_IsListedWithTheDestinations() => Assert.Equal([1, 2, 3], History.AliveAt(At(14)));

    [Fact]
    public void IsAlive_DrainingAndDestination_LivesWithoutDeadline() =>
        Assert.True(new RingHistory([7], [], [new DrainingTarget(7, At(1))]).IsAlive(7, At(2)));

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 15)]
    [InlineData(15, 20)]
    public void NextEventAfter_WindowOrDrainToCome_IsTheEarliest(int now, int expected) =>
        Assert.Equal(At(expected), History.NextEventAfter(At(now)));

    [Fact]
    public void NextEventAfter_NothingToCome_IsNull() => Assert.Null(History.NextEventAfter(At(20)));

    [Fact]
    public void SetsAt_WeightChanged_GoesBackToTheWeightBefore()
    {
        // {1:100, 2:100} -> {1:50, 2:100} -> {1:0, 2:100}
        RingHistory history = new(
            [new WeightedTarget(1, 0), 2],
            [
                new TargetChange(2, At(10), [new WeightedTarget(1, 50)], [1]),
                new TargetChange(3, At(20), [new WeightedTarget(1, 0)], [new WeightedTarget(1, 50)]),
            ]);
        TargetSet[] sets = history.SetsAt(At(0)).ToArray();

        Assert.Equal<byte>([], sets[0].Weights);
        Assert.Equal<byte>([50, 100], sets[1].Weights);
        Assert.Equal<ulong>([2], sets[2].Targets);
        Assert.True(history.IsAlive(1, At(1000)));
        Assert.Equal<ulong>([2], history.Current);
    }

    [Fact]
    public void KeysAt_KeyChanged_GoesBackToTheKeyBefore()
    {
        SlotKey client = new(true, false, 32, 128);
        RingHistory history = new([1], [new TargetChange(2, At(10), [], [], default(SlotKey)), new TargetChange(3, At(20), [2], [])], key: client);

        Assert.Equal([default, client, client], history.KeysAt(At(0)).ToArray());
        Assert.Equal([client, client], history.KeysAt(At(10)).ToArray());
        Assert.Equal(default(SlotKey), RingFold.Fold(history, At(0)).OldKey);
        Assert.Null(RingFold.Fold(history, At(10)).OldKey);
        Assert.True(RingFold.Fold(history, At(0)).Slots.ToArray().All(slot => slot.Learn));
    }

    private static DateTimeOffset At(int minutes) => Start.AddMinutes(minutes);

    private static void AssertSets(DateTimeOffset now, params ulong[][] expected) =>
        Assert.Equal(expected, History.SetsAt(now).ToArray().Select(set => set.Targets.ToArray()));
}
