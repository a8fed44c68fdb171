using CsCheck;
using Lodestone.Api.Networking;
using Lodestone.Controllers.Routing;
using Xunit;

namespace Lodestone.Controllers.Tests.Routing;

public sealed class SlowStartTests
{
    /// <summary>A multiple of every step below.</summary>
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(80);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan UdpWindow = TimeSpan.FromSeconds(60);

    [Fact]
    public void Weigh_OneJoins_HasItsWeightAfterEightSteps()
    {
        LoadBalancerRouting routing = Settled("a", "b");

        routing = Routing(Plan(routing, Start, "a", "b", "c"));

        List<int> weights = [];
        for (DateTimeOffset now = Start; now < Start + Duration; now += TimeSpan.FromSeconds(10))
        {
            RoutingPlan plan = Plan(routing, now, "a", "b", "c");
            weights.Add(WeightOf(plan, "c"));
            Assert.Equal(now < Start.AddSeconds(70) ? now.AddSeconds(10) : Start + Window, plan.NextDeadline);
            Assert.Same(routing.Destinations![0].Name, plan.Destinations[0].Name);
            Assert.All(plan.Destinations.Take(2), d => Assert.Equal((null, null), (d.Weight, d.SlowStartTime)));
            routing = Routing(plan);

            // Between two steps there is nothing to write.
            RoutingPlan again = Plan(routing, now.AddSeconds(9), "a", "b", "c");
            Assert.Equal((routing.RingGeneration, WeightOf(plan, "c")), (again.Generation, WeightOf(again, "c")));
        }

        Assert.Equal([13, 25, 38, 50, 63, 75, 88, 100], weights);
        Assert.All(routing.Destinations!, d => Assert.Equal((null, null), (d.Weight, d.SlowStartTime)));
        Assert.Equal(8, routing.RingHistory!.Count);
    }

    [Fact]
    public void Weigh_ControllerAway_GoesOnWhereTheClockIs()
    {
        LoadBalancerRouting routing = Routing(Plan(Settled("a"), Start, "a", "b"));

        Assert.Equal(50, WeightOf(Plan(routing, Start.AddSeconds(39), "a", "b"), "b"));
        Assert.Equal(100, WeightOf(Plan(routing, Start.AddHours(1), "a", "b"), "b"));
        Assert.Null(Plan(routing, Start.AddHours(1), "a", "b").Destinations[1].SlowStartTime);
    }

    [Fact]
    public void Weigh_AllAreNew_HaveTheirWeightsAtOnce()
    {
        RoutingPlan first = Plan(null, Start, "a", "b");
        Assert.All(first.Destinations, d => Assert.Equal((null, null), (d.Weight, d.SlowStartTime)));

        // After an emptiness, and where everybody is replaced.
        Assert.All(Plan(Routing(Plan(Routing(first), Start)), Start, "a", "b").Destinations, d => Assert.Null(d.SlowStartTime));
        Assert.All(Plan(Routing(first), Start, "c", "d").Destinations, d => Assert.Null(d.SlowStartTime));
    }

    [Fact]
    public void Weigh_LastOfTheOthersLeaves_HasItsWeightAtOnce()
    {
        LoadBalancerRouting routing = Routing(Plan(Settled("a"), Start, "a", "b"));
        Assert.Equal(13, WeightOf(Plan(routing, Start, "a", "b"), "b"));

        RoutingPlan plan = Plan(routing, Start.AddSeconds(1), "b");

        Assert.Equal((null, null), (Assert.Single(plan.Destinations).Weight, plan.Destinations[0].SlowStartTime));
    }

    [Fact]
    public void Weigh_OthersHaveNoWeight_HasItsWeightAtOnce()
    {
        LoadBalancerDestination idle = Destination("a");
        idle.Weight = 0;
        LoadBalancerRouting routing = Routing(Plan(null, Start, Duration, [idle]));

        RoutingPlan plan = Plan(routing, Start, Duration, [idle, Destination("b")]);

        Assert.Equal(100, WeightOf(plan, "b"));
    }

    [Fact]
    public void Weigh_OtherFamily_SparesNothing()
    {
        LoadBalancerDestination ipv6 = Destination("b");
        ipv6.Ip = "2001:db8::1";

        Assert.Equal(100, WeightOf(Plan(Settled("a"), Start, Duration, [Destination("a"), ipv6]), "b"));
    }

    [Fact]
    public void Weigh_ComesBack_StartsAnew()
    {
        LoadBalancerRouting routing = Routing(Plan(Settled("a", "b"), Start, "a"));

        Assert.Equal(13, WeightOf(Plan(routing, Start.AddMinutes(5), "a", "b"), "b"));
    }

    [Fact]
    public void Weigh_PolicyChanges_DurationCountsAndNoneEndsIt()
    {
        LoadBalancerRouting routing = Routing(Plan(Settled("a"), Start, "a", "b"));
        LoadBalancerDestination[] both = [Destination("a"), Destination("b")];

        Assert.Equal(75, WeightOf(Plan(routing, Start.AddSeconds(20), TimeSpan.FromSeconds(32), both), "b"));
        Assert.Equal(25, WeightOf(Plan(routing, Start.AddSeconds(20), TimeSpan.FromSeconds(160), both), "b"));
        RoutingPlan none = Plan(routing, Start.AddSeconds(20), TimeSpan.Zero, both);
        Assert.Equal((null, null), (none.Destinations[1].Weight, none.Destinations[1].SlowStartTime));

        // One that is turned on starts nobody who serves already.
        Assert.Equal(100, WeightOf(Plan(Routing(none), Start.AddSeconds(21), Duration, both), "b"));
    }

    [Theory]
    [InlineData(10, 5)]
    [InlineData(17, 5)]
    [InlineData(60, 7)]
    [InlineData(7200, 8)]
    public void Weigh_AnyDuration_TakesFiveToEightStepsAndNeverLonger(int seconds, int steps)
    {
        LoadBalancerDestination[] both = [Destination("a"), Destination("b")];
        foreach (int offset in new[] { 0, 1, 7 })
        {
            DateTimeOffset joined = Start.AddSeconds(offset).AddMilliseconds(300);
            LoadBalancerRouting routing = Settled("a");
            HashSet<int> weights = [];
            for (DateTimeOffset? now = joined; now is { } time && weights.Count < 100 && !weights.Contains(100);)
            {
                RoutingPlan plan = Plan(routing, time, TimeSpan.FromSeconds(seconds), both);
                weights.Add(WeightOf(plan, "b"));
                routing = Routing(plan);
                if (plan.Destinations[1].SlowStartTime is null)
                {
                    Assert.InRange((time - joined).TotalSeconds, seconds * 0.7, seconds + 0.7);
                }

                now = plan.NextDeadline;
            }

            Assert.Equal(steps, weights.Count);
        }
    }

    [Fact]
    public void Weigh_ManyJoinOneByOne_ShareTheSteps()
    {
        LoadBalancerRouting routing = Settled("a");
        string names = "a";
        for (int second = 0; second < 180; second++)
        {
            names += second < 20 ? (char)('b' + second) : "";
            routing = Routing(Plan(routing, Start.AddSeconds(second), [.. names.Select(c => c.ToString())]));
        }

        Assert.All(routing.Destinations!, d => Assert.Null(d.SlowStartTime));

        // 20 joined; each second of that one, and then a step each ten seconds.
        Assert.Equal(1 + 20 + 8, routing.RingGeneration);
    }

    [Fact]
    public void Weigh_AnyHistory_WeightsGrowSettleAndAreNeverNone() => Gen.Select(Gen.Int[0, 15], Gen.Int[1, 40]).Array[1, 60].Sample(changes =>
    {
        LoadBalancerRouting? routing = null;
        DateTimeOffset now = Start;
        foreach ((int present, int seconds) in changes)
        {
            string[] names = [.. "abcd".Where((_, i) => (present & (1 << i)) != 0).Select(c => c.ToString())];
            RoutingPlan plan = Plan(routing, now, names);
            Assert.True(plan.Destinations.Count == 0 || plan.Destinations.Any(d => d is { SlowStartTime: null, Weight: null }));
            Assert.All(plan.Destinations, d => Assert.InRange(d.Weight ?? 100, 1, 100));
            foreach (LoadBalancerDestination known in routing?.Destinations ?? [])
            {
                Assert.True(plan.Destinations.All(d => d.Name != known.Name || (d.Weight ?? 100) >= (known.Weight ?? 100)));
            }

            routing = Routing(plan);
            Assert.True(routing.Says(new RoutingLayout(Plan(routing, now, names)), Plan(routing, now, names)));
            now += TimeSpan.FromSeconds(seconds);
        }

        RoutingPlan settled = Plan(routing, now + Duration, [.. routing!.Destinations!.Select(d => d.Name!)]);
        Assert.All(settled.Destinations, d => Assert.Equal((null, null), (d.Weight, d.SlowStartTime)));
    });

    private static LoadBalancerRouting Settled(params string[] names) => Routing(Plan(null, Start.AddHours(-1), names));

    private static RoutingPlan Plan(LoadBalancerRouting? old, DateTimeOffset now, params string[] names) => Plan(old, now, Duration, [.. names.Select(Destination)]);

    private static RoutingPlan Plan(LoadBalancerRouting? old, DateTimeOffset now, TimeSpan slowStart, LoadBalancerDestination[] destinations) =>
        RoutingPlanner.Plan(old, destinations, _ => false, now, Window, UdpWindow, Window, slowStart: slowStart);

    private static int WeightOf(RoutingPlan plan, string name) => plan.Destinations.Single(d => d.Name == name).Weight ?? 100;

    private static LoadBalancerDestination Destination(string name) =>
        new() { Name = name, Uid = name, Ip = $"10.0.0.{(int)name[0]}", TargetRef = new LoadBalancerTargetRef { Uid = name, Name = name, ProviderID = "lodestone://host/" + name } };

    private static LoadBalancerRouting Routing(RoutingPlan plan) => new()
    {
        Destinations = [.. plan.Destinations],
        RingGeneration = plan.Generation,
        RingHistory = plan.History.Count > 0 ? [.. plan.History] : null,
        Draining = plan.Draining.Count > 0 ? [.. plan.Draining] : null,
    };
}
