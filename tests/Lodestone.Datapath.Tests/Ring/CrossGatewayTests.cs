using System.Globalization;
using Lodestone.Datapath.Ring;

namespace Lodestone.Datapath.Tests.Ring;

/// <summary>What share of flows breaks when ECMP moves flows between gateways: the figures of docs/adr/0012-flows-across-gateways.md.</summary>
public sealed class CrossGatewayTests(ITestOutputHelper output)
{
    private const int Gateways = 4;
    private const int Flows = 20_000;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    public enum Change
    {
        /// <summary>One target more.</summary>
        Add,

        /// <summary>One target less; it drains.</summary>
        Drain,

        /// <summary>Every target is replaced by another, one by one, within one window.</summary>
        Roll,
    }

    public enum Remedy
    {
        /// <summary>None.</summary>
        Accept,

        /// <summary>A target that does not know a flow of a learning slot hands its packet to the slot's other owner.</summary>
        SecondChance,

        /// <summary>Gateways tell each other every record.</summary>
        Share,
    }

    [Theory]
    [InlineData(10, Change.Add, false, Remedy.Accept, 0.07)]
    [InlineData(10, Change.Add, false, Remedy.SecondChance, 0)]
    [InlineData(10, Change.Add, false, Remedy.Share, 0)]
    [InlineData(10, Change.Add, true, Remedy.Accept, 0.07)]
    [InlineData(10, Change.Drain, false, Remedy.Accept, 0.07)]
    [InlineData(10, Change.Drain, false, Remedy.SecondChance, 0)]
    [InlineData(10, Change.Drain, true, Remedy.Accept, 0.07)]
    [InlineData(100, Change.Add, false, Remedy.Accept, 0.016)]
    [InlineData(100, Change.Drain, false, Remedy.Accept, 0.016)]
    [InlineData(8, Change.Roll, false, Remedy.Accept, 0.4)]
    [InlineData(8, Change.Roll, false, Remedy.SecondChance, 0.16)]
    [InlineData(8, Change.Roll, false, Remedy.Share, 0)]
    public void Send_FlowMovedByEcmp_BreaksAtMostTheShareOfItsSlots(int targets, Change change, bool afterWindow, Remedy remedy, double atMost)
    {
        (int moved, int broken) = Measure(targets, change, afterWindow, remedy);

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{targets} targets, {change}, ECMP {(afterWindow ? "after" : "in")} the window, {remedy}: {broken} of {moved} moved flows break ({100.0 * broken / moved:F2} %), of all {100.0 * broken / Flows:F2} %"));
        Assert.InRange(moved, Flows / 5, Flows / 3);
        Assert.InRange((double)broken / moved, 0, atMost);
        Assert.True(atMost == 0 || broken > 0, "nothing breaks: the bound says nothing");
    }

    /// <summary>Half of the flows open before the first change, half evenly after each; then one of four gateways goes and the others get its flows.</summary>
    private static (int Moved, int Broken) Measure(int targets, Change change, bool afterWindow, Remedy remedy)
    {
        Random random = new(12);
        DateTimeOffset now = Start;
        TransitionGateway[] gateways = [.. Enumerable.Range(0, Gateways).Select(_ => new TransitionGateway())];
        List<(ulong Hash, int Gateway, ulong Target)> flows = [];
        SortedSet<ulong> set = [.. Enumerable.Range(1, targets).Select(i => (ulong)i * 7919)];
        List<TargetChange> changes = [];
        List<DrainingTarget> draining = [];
        Follow();
        Open(Flows / 2);

        ulong[][] sets = [.. SetsOf(change, set)];
        foreach (ulong[] next in sets)
        {
            ulong[] removed = [.. set.Except(next)];
            changes.Add(new TargetChange(changes.Count + 2, now + Window, [.. next.Except(set)], [.. removed]));
            draining.AddRange(removed.Select(target => new DrainingTarget(target, now + (3 * Window))));
            set = [.. next];
            Follow();
            SendAll();
            Open(Flows / 2 / sets.Length);
            now += Window / 20;
        }

        if (afterWindow)
        {
            now += Window;
            Follow();
            SendAll();
        }

        if (remedy == Remedy.Share)
        {
            foreach (TransitionGateway gateway in gateways)
            {
                Array.ForEach(gateways, gateway.TakeRecords);
            }
        }

        int moved = 0, broken = 0;
        foreach ((ulong hash, int gateway, ulong target) in flows.Where(flow => flow.Gateway == Gateways - 1))
        {
            moved++;
            TransitionGateway other = gateways[random.Next(Gateways - 1)];
            ulong first = other.Send(hash, isSyn: false);
            bool found = first == target || (remedy == Remedy.SecondChance && other.SecondChance(hash, first) == target);
            broken += found ? 0 : 1;
        }

        return (moved, broken);

        void Follow()
        {
            RingHistory history = new([.. set], changes, draining);
            Array.ForEach(gateways, gateway => gateway.Follow(history, generation: 0, now, quiet: false));
        }

        void Open(int count)
        {
            for (int i = 0; i < count; i++)
            {
                ulong hash = (ulong)random.NextInt64() << 1;
                int gateway = random.Next(Gateways);
                flows.Add((hash, gateway, gateways[gateway].Send(hash, isSyn: true)));
            }
        }

        void SendAll() => flows.ForEach(flow => Assert.Equal(flow.Target, gateways[flow.Gateway].Send(flow.Hash, isSyn: false)));
    }

    private static IEnumerable<ulong[]> SetsOf(Change change, SortedSet<ulong> before)
    {
        ulong[] targets = [.. before];
        switch (change)
        {
            case Change.Add:
                yield return [.. targets, 999_983];
                break;
            case Change.Drain:
                yield return targets[1..];
                break;
            default:
                for (int i = 0; i < targets.Length; i++)
                {
                    targets[i] += 1;
                    yield return [.. targets];
                }

                break;
        }
    }
}
