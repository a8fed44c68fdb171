using CsCheck;
using Lodestone.Api.Networking;
using Lodestone.Controllers.Routing;
using Xunit;

namespace Lodestone.Controllers.Tests.Routing;

public sealed class RoutingPlannerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan UdpWindow = TimeSpan.FromSeconds(60);

    [Fact]
    public void Plan_FirstRouting_HasNoHistory()
    {
        RoutingPlan plan = Plan(null, ["a", "b"], Start);

        Assert.Equal(1, plan.Generation);
        Assert.Empty(plan.History);
        Assert.Empty(plan.Draining);
        Assert.Null(plan.NextDeadline);
    }

    [Fact]
    public void Plan_NothingChanged_IsTheSamePlan()
    {
        LoadBalancerRouting first = Routing(Plan(Routing(Plan(null, ["a", "b"], Start)), ["b", "c"], Start.AddSeconds(1)));

        RoutingPlan again = Plan(first, ["b", "c"], Start.AddSeconds(60));

        Assert.Equal(first.RingGeneration, again.Generation);
        Assert.Equal(Text(first.RingHistory!), Text(again.History));
        Assert.Equal(first.Draining!.Select(d => (d.Uid, d.Deadline)), again.Draining.Select(d => (d.Uid, d.Deadline)));
    }

    [Fact]
    public void Plan_TargetLeavesAndLives_IsDrainingUntilTheDeadline()
    {
        LoadBalancerRouting first = Routing(Plan(null, ["a", "b"], Start));

        LoadBalancerRouting second = Routing(Plan(first, ["a"], Start.AddMilliseconds(300)));

        LoadBalancerDraining drained = Assert.Single(second.Draining!);
        Assert.Equal("b", drained.Uid);
        Assert.Equal("10.0.0.98", drained.Ip);
        Assert.Equal(Start.AddSeconds(1) + Window, drained.Deadline);
        Assert.Equal("2 until 12:15:01 -b", Text(second.RingHistory!));
        Assert.Equal(Start.AddSeconds(61), Assert.Single(second.RingHistory!).UdpUntil);
        Assert.Empty(Plan(second, ["a"], drained.Deadline).Draining);
        Assert.Empty(Plan(second, ["a"], drained.Deadline).History);
    }

    [Fact]
    public void Plan_TargetIsDead_IsNotDraining()
    {
        LoadBalancerRouting first = Routing(Plan(null, ["a", "b"], Start));

        Assert.Empty(Plan(first, ["a"], Start, live: "a").Draining);
    }

    [Fact]
    public void Plan_TargetIsUnhealthy_IsListedAndDeadAtOnceAndStaysListed()
    {
        LoadBalancerRouting first = Routing(Plan(null, ["a", "b"], Start));

        RoutingPlan plan = Unhealthy(first, Start.AddMilliseconds(300), TimeSpan.Zero);
        LoadBalancerDraining listed = Assert.Single(plan.Draining);

        Assert.Equal(("b", true, Start), (listed.Uid, listed.Unhealthy, listed.Deadline));
        Assert.Equal("2 until 12:15:01 -b", Text(plan.History));

        // Time does not take it away, and it is written once.
        RoutingPlan later = Unhealthy(Routing(plan), Start.AddHours(1), TimeSpan.Zero);
        Assert.Same(listed, Assert.Single(later.Draining));
        Assert.Equal((2, null), (later.Generation, later.NextDeadline));

        Assert.Empty(Plan(Routing(later), ["a", "b"], Start.AddHours(2)).Draining);
    }

    [Fact]
    public void Plan_UnhealthyKeepsItsFlows_UntilTheDeadlineAndStaysListed()
    {
        RoutingPlan plan = Unhealthy(Routing(Plan(null, ["a", "b"], Start)), Start, TimeSpan.FromMinutes(5));

        LoadBalancerDraining listed = Assert.Single(plan.Draining);
        Assert.Equal((true, Start.AddMinutes(5)), (listed.Unhealthy, listed.Deadline));
        Assert.Equal(Start.AddMinutes(5), plan.NextDeadline);
        Assert.Same(listed, Assert.Single(Unhealthy(Routing(plan), Start.AddHours(1), TimeSpan.FromMinutes(5)).Draining));

        // No longer selected, it drains as any other.
        LoadBalancerDraining left = Assert.Single(Plan(Routing(plan), ["a"], Start.AddMinutes(1)).Draining);
        Assert.Equal((null, Start.AddMinutes(5)), (left.Unhealthy, left.Deadline));
        Assert.Empty(Plan(Routing(plan), ["a"], Start.AddMinutes(6)).Draining);
    }

    [Fact]
    public void Plan_DrainingOneIsSelectedAgainAndUnhealthy_DiesAtOnce()
    {
        LoadBalancerRouting second = Routing(Plan(Routing(Plan(null, ["a", "b"], Start)), ["a"], Start));

        LoadBalancerDraining listed = Assert.Single(Unhealthy(second, Start.AddMinutes(1), TimeSpan.Zero).Draining);

        Assert.Equal((true, Start.AddMinutes(1)), (listed.Unhealthy, listed.Deadline));
    }

    [Fact]
    public void Plan_DrainingTargetDies_LeavesAtOnce()
    {
        LoadBalancerRouting second = Routing(Plan(Routing(Plan(null, ["a", "b"], Start)), ["a"], Start));

        Assert.Empty(Plan(second, ["a"], Start.AddSeconds(5), live: "a").Draining);
    }

    [Fact]
    public void Plan_DrainingTargetComesBack_LeavesDraining()
    {
        LoadBalancerRouting second = Routing(Plan(Routing(Plan(null, ["a", "b"], Start)), ["a"], Start));

        RoutingPlan third = Plan(second, ["a", "b"], Start.AddSeconds(5));

        Assert.Empty(third.Draining);
        Assert.Equal("2 until 12:15:00 -b|3 until 12:15:05 +b", Text(third.History));
    }

    [Fact]
    public void Plan_DrainingTarget_KeepsItsFirstDeadline()
    {
        LoadBalancerRouting second = Routing(Plan(Routing(Plan(null, ["a", "b"], Start)), ["a"], Start));

        RoutingPlan third = Plan(second, ["a", "c"], Start.AddMinutes(5));

        Assert.Equal(Start + Window, Assert.Single(third.Draining).Deadline);
        Assert.Equal(Start + Window, third.NextDeadline);
    }

    [Fact]
    public void Plan_RoutingWithoutGeneration_StartsCountingAndKeepsItsTargetsAsHistory()
    {
        LoadBalancerRouting foreign = Routing(Plan(null, ["a"], Start));
        foreign.RingGeneration = null;

        RoutingPlan plan = Plan(foreign, ["b"], Start);

        Assert.Equal(1, plan.Generation);
        Assert.Equal("1 until 12:15:00 +b -a", Text(plan.History));
    }

    [Fact]
    public void Plan_FirstTargetsAfterNone_NeedNoHistory()
    {
        LoadBalancerRouting empty = Routing(Plan(null, [], Start));

        RoutingPlan plan = Plan(empty, ["a"], Start);

        Assert.Equal(2, plan.Generation);
        Assert.Empty(plan.History);
    }

    /// <summary>Undoing the history from its end gives exactly the sets that were current within the window, however they followed.</summary>
    [Fact]
    public void Plan_AnySequence_HistoryRebuildsEverySetOfTheWindow() =>
        Gen.Select(Gen.Int[0, 63], Gen.Int[0, 400]).Array[1, 14].Sample(steps =>
        {
            LoadBalancerRouting? routing = null;
            DateTimeOffset now = Start;
            var past = new List<(HashSet<Member> Set, DateTimeOffset ReplacedAt)>();
            foreach ((int mask, int seconds) in steps)
            {
                now = now.AddSeconds(seconds);
                string[] names = [.. Enumerable.Range(0, 6).Where(i => (mask & (1 << i)) != 0).Select(i => ((char)('a' + i)).ToString())];
                HashSet<Member> before = [.. (routing?.Destinations ?? []).Select(Member.Of)];
                RoutingPlan plan = Plan(routing, names, now);
                HashSet<Member> after = [.. plan.Destinations.Select(Member.Of)];
                if (routing is not null && !before.SetEquals(after))
                {
                    past.Add((before, now));
                }

                routing = Routing(plan);
                past.RemoveAll(p => p.ReplacedAt + Window <= now);

                // An empty set at the beginning has no owners, so it makes no difference whether it is told.
                HashSet<Member>[] wanted = [.. past.Select(p => p.Set).Append(after).SkipWhile(s => s.Count == 0)];
                HashSet<Member>[] rebuilt = [.. Rebuild(routing).SkipWhile(s => s.Count == 0)];
                if (rebuilt.Length != wanted.Length || !rebuilt.Zip(wanted).All(p => p.First.SetEquals(p.Second)))
                {
                    return false;
                }
            }

            return true;
        });

    /// <summary>However fast changes follow each other: bounded, in order, and ending at the present set from a set that was once current.</summary>
    [Fact]
    public void Plan_ManyQuickChanges_HistoryIsFoldedAndStaysConsistent() =>
        Gen.Int[0, 255].Array[20, 60].Sample(masks =>
        {
            LoadBalancerRouting? routing = null;
            DateTimeOffset now = Start;
            var everCurrent = new List<HashSet<Member>>();
            foreach (int mask in masks)
            {
                now = now.AddSeconds(3);
                string[] names = [.. Enumerable.Range(0, 8).Where(i => (mask & (1 << i)) != 0).Select(i => ((char)('a' + i)).ToString())];
                routing = Routing(Plan(routing, names, now));
                everCurrent.Add([.. routing.Destinations!.Select(Member.Of)]);
                List<RingChange> history = routing.RingHistory ?? [];
                if (history.Count > RoutingPlanner.MaxHistory
                    || !history.Select(h => h.Generation).SequenceEqual(history.Select(h => h.Generation).Order().Distinct())
                    || !Rebuild(routing).TrueForAll(set => everCurrent.Exists(e => e.SetEquals(set)) || set.Count == 0))
                {
                    return false;
                }
            }

            return true;
        });

    /// <summary>Who drains lives, is no destination, and has a deadline ahead.</summary>
    [Fact]
    public void Plan_AnySequence_DrainingAreLivingLeaversBeforeTheirDeadline() =>
        Gen.Select(Gen.Int[0, 63], Gen.Int[0, 63], Gen.Int[0, 600]).Array[1, 14].Sample(steps =>
        {
            LoadBalancerRouting? routing = null;
            DateTimeOffset now = Start;
            foreach ((int mask, int liveMask, int seconds) in steps)
            {
                now = now.AddSeconds(seconds);
                string[] names = [.. Enumerable.Range(0, 6).Where(i => (mask & liveMask & (1 << i)) != 0).Select(i => ((char)('a' + i)).ToString())];
                string live = string.Concat(Enumerable.Range(0, 6).Where(i => (liveMask & (1 << i)) != 0).Select(i => (char)('a' + i)));
                HashSet<string> leavers = [.. (routing?.Destinations ?? []).Select(d => d.Uid!).Except(names).Where(n => live.Contains(n, StringComparison.Ordinal))];
                routing = Routing(Plan(routing, names, now, live));
                List<LoadBalancerDraining> draining = routing.Draining ?? [];
                if (!draining.TrueForAll(d => d.Deadline > now && live.Contains(d.Uid!, StringComparison.Ordinal) && !names.Contains(d.Uid))
                    || !leavers.IsSubsetOf(draining.Select(d => d.Uid!)))
                {
                    return false;
                }
            }

            return true;
        });

    [Fact]
    public void Plan_WeightChanges_LeavesWithTheOneAndJoinsWithTheOther()
    {
        LoadBalancerRouting first = Routing(Plan(null, ["a", "b"], Start));
        List<LoadBalancerDestination> weighted = [Destination("a"), Destination("b")];
        weighted[1].Weight = 20;

        RoutingPlan plan = RoutingPlanner.Plan(first, weighted, _ => true, Start, Window, UdpWindow, Window);

        Assert.Equal(2, plan.Generation);
        RingChange change = Assert.Single(plan.History);
        Assert.Equal(("b", 20), (Assert.Single(change.Added!).Uid, change.Added![0].Weight));
        Assert.Equal(("b", null), (Assert.Single(change.Removed!).Uid, change.Removed![0].Weight));
        Assert.Empty(plan.Draining);
        Assert.Equal(2, RoutingPlanner.Plan(Routing(plan), weighted, _ => true, Start.AddSeconds(9), Window, UdpWindow, Window).Generation);
    }

    [Fact]
    public void Plan_WeightChangesTooOften_FoldsToTheFirst()
    {
        LoadBalancerRouting routing = Routing(Plan(null, ["a", "b"], Start));
        for (int i = 1; i <= RoutingPlanner.MaxHistory + 5; i++)
        {
            List<LoadBalancerDestination> weighted = [Destination("a"), Destination("b")];
            weighted[1].Weight = i;
            routing = Routing(RoutingPlanner.Plan(routing, weighted, _ => true, Start.AddSeconds(i), Window, UdpWindow, Window));
        }

        Assert.Equal(RoutingPlanner.MaxHistory, routing.RingHistory!.Count);
        Assert.Null(Assert.Single(routing.RingHistory[0].Removed!).Weight);
        Assert.Equal(6, Assert.Single(routing.RingHistory[0].Added!).Weight);
    }

    [Fact]
    public void Plan_KeyChanges_IsAChangeThatTellsWhatItWas()
    {
        var policy = new RoutingPolicy { Name = "p", Uid = "p", Generation = 1, Key = new RoutingKey { By = RoutingKey.Client } };
        LoadBalancerRouting first = Routing(Plan(null, ["a"], Start));
        LoadBalancerDestination[] same = [Destination("a")];

        RoutingPlan there = RoutingPlanner.Plan(first, same, _ => true, Start, Window, UdpWindow, Window, policy);
        RoutingPlan back = RoutingPlanner.Plan(Routing(there), same, _ => true, Start.AddSeconds(5), Window, UdpWindow, Window);
        RoutingPlan other = RoutingPlanner.Plan(Routing(there), same, _ => true, Start, Window, UdpWindow, Window, new RoutingPolicy { Name = "p", Uid = "p", Generation = 2, Key = policy.Key, Echo = "Drop" });

        Assert.Equal(RoutingKey.Flow, Assert.Single(there.History).KeyBefore?.By);
        Assert.Equal([RoutingKey.Flow, RoutingKey.Client], back.History.Select(h => h.KeyBefore?.By));
        Assert.Null(back.Policy);
        Assert.Equal((2, 2), (there.Generation, other.Generation));
    }

    private static List<HashSet<Member>> Rebuild(LoadBalancerRouting routing)
    {
        HashSet<Member> set = [.. routing.Destinations!.Select(Member.Of)];
        List<HashSet<Member>> sets = [set];
        foreach (RingChange change in (routing.RingHistory ?? []).AsEnumerable().Reverse())
        {
            set = [.. set.Except((change.Added ?? []).Select(Member.Of)), .. (change.Removed ?? []).Select(Member.Of)];
            sets.Insert(0, set);
        }

        return sets;
    }

    /// <summary>Of targets a and b the second is unhealthy.</summary>
    private static RoutingPlan Unhealthy(LoadBalancerRouting old, DateTimeOffset now, TimeSpan drain) =>
        RoutingPlanner.Plan(old, [Destination("a")], _ => true, now, Window, UdpWindow, Window, null, [Destination("b")], drain);

    private static RoutingPlan Plan(LoadBalancerRouting? old, string[] names, DateTimeOffset now, string live = "abcdefgh") =>
        RoutingPlanner.Plan(old, [.. names.Order(StringComparer.Ordinal).Select(Destination)], m => live.Contains(m.Uid, StringComparison.Ordinal), now, Window, UdpWindow, Window);

    private static LoadBalancerDestination Destination(string name) =>
        new() { Name = name, Uid = name, Ip = $"10.0.0.{(int)name[0]}", TargetRef = new LoadBalancerTargetRef { Uid = name, Name = name, ProviderID = "lodestone://host/" + name } };

    private static LoadBalancerRouting Routing(RoutingPlan plan) => new()
    {
        Destinations = [.. plan.Destinations],
        RingGeneration = plan.Generation,
        RingHistory = [.. plan.History],
        Draining = [.. plan.Draining],
        Policy = plan.Policy,
    };

    private static string Text(IEnumerable<RingChange> history) => string.Join('|', history.Select(h =>
        $"{h.Generation} until {h.Until:HH:mm:ss}{string.Concat((h.Added ?? []).Select(m => " +" + m.Uid))}{string.Concat((h.Removed ?? []).Select(m => " -" + m.Uid))}"));
}
