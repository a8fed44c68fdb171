using CsCheck;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Routing;
using Xunit;

namespace Lodestone.Controllers.Tests.Routing;

public sealed class RoutingLayoutTests
{
    private const long Budget = 32_000;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan UdpWindow = TimeSpan.FromSeconds(60);

    [Fact]
    public void Of_WithinTheBudget_IsAllInTheRouting()
    {
        var stored = new Stored();

        stored.Write(Range(0, 50), Start);

        Assert.Empty(stored.Slices);
        Assert.Null(stored.Routing.Total);
        Assert.Equal(50, stored.Routing.Destinations!.Count);
    }

    [Fact]
    public void Of_BeyondTheBudget_KeepsTheFirstDestinationsAndListsSlices()
    {
        var stored = new Stored();

        stored.Write(Range(0, 1000), Start);

        Assert.Equal(1000, stored.Routing.Total);
        Assert.Equal(Range(0, 100).Select(Uid), stored.Routing.Destinations!.Select(d => d.Uid));
        Assert.Equal(stored.Routing.Slices!.Select(s => s.Name).Order(), stored.Slices.Keys.Order());
        Assert.All(stored.Slices.Values, s => Assert.InRange(RoutingSize.Of(PlanOf(s)), 1, Budget / 4));
        Assert.Equal(Range(0, 1000).Select(Uid), stored.Whole.Destinations!.Select(d => d.Uid));
    }

    [Fact]
    public void Of_OneTargetLeaves_WritesOneSlice()
    {
        var stored = new Stored();
        stored.Write(Range(0, 1000), Start);

        int written = stored.Write(Range(0, 1000).Where(i => i != 500), Start.AddSeconds(1));
        int nothing = stored.Write(Range(0, 1000).Where(i => i != 500), Start.AddSeconds(2));

        Assert.Equal((1, 0), (written, nothing));
        Assert.Equal(Uid(500), Assert.Single(stored.Whole.Draining!).Uid);
        Assert.Equal(Uid(500), Assert.Single(Assert.Single(stored.Whole.RingHistory!).Removed!).Uid);
        Assert.Null(stored.Routing.Draining);
        Assert.Null(Assert.Single(stored.Routing.RingHistory!).Removed);
    }

    [Fact]
    public void Of_SliceIsGone_IsWrittenAnew()
    {
        var stored = new Stored();
        stored.Write(Range(0, 1000), Start);
        stored.Slices.Remove(stored.Routing.Slices![3].Name);

        int written = stored.Write(Range(0, 1000), Start.AddSeconds(1));

        Assert.True(written >= 1);
        Assert.Equal(1000, stored.Whole.Destinations!.Count);
    }

    [Fact]
    public void Of_LargeHistoryOfFewTargets_IsInSlicesToo()
    {
        var stored = new Stored();
        for (int i = 0; i < 10; i++)
        {
            stored.Write(Range(i * 100, 100), Start.AddSeconds(i));
        }

        Assert.NotNull(stored.Routing.Slices);
        Assert.True(RoutingSize.Of(new RoutingPlan([.. stored.Routing.Destinations!], 0, [.. stored.Routing.RingHistory!], [], null)) < Budget);
        Assert.Equal(9, stored.Whole.RingHistory!.Count);
    }

    /// <summary>However targets come and go, over the budget and back, what is read back is the plan, and later plans are as if there were no slices.</summary>
    [Fact]
    public void Of_AnySequence_ReadsBackAsIfItWereOneObject() =>
        Gen.Select(Gen.Int[0, 400], Gen.Int[0, 300], Gen.Int[0, 900]).Array[1, 8].Sample(
            steps =>
            {
                var stored = new Stored();
                LoadBalancerRouting? reference = null;
                DateTimeOffset now = Start;
                foreach ((int from, int count, int seconds) in steps)
                {
                    now = now.AddSeconds(seconds);
                    RoutingPlan plan = Plan(reference, Range(from, count), now);
                    reference = new LoadBalancerRouting
                    {
                        Destinations = [.. plan.Destinations],
                        RingGeneration = plan.Generation,
                        RingHistory = [.. plan.History],
                        Draining = [.. plan.Draining],
                    };
                    stored.Write(Range(from, count), now);
                    if (Text(stored.Whole) != Text(reference) || stored.Write(Range(from, count), now) != 0)
                    {
                        return false;
                    }
                }

                return true;
            },
            iter: 60);

    [Fact]
    public void SliceOf_TwiceAsManySlices_EachHoldsHalfOfOne() =>
        Assert.All(Range(0, 1000), i =>
        {
            var member = new Member(Uid(i), "10.0.0.1");
            Assert.Equal(RoutingLayout.SliceOf(member, 16), RoutingLayout.SliceOf(member, 32) / 2);
        });

    [Fact]
    public void Select_MoreTargetsThanARingHas_TakesTheFirstByUid()
    {
        LoadBalancer lb = new()
        {
            Spec = new LoadBalancerSpec { IpFamilies = ["IPv4"], NetworkRef = new LocalObjectReference { Name = "net" }, NetworkInterfaceSelector = new LabelSelector() },
        };
        NetworkInterface[] nics = [.. Range(0, LoadBalancerRouting.MaxTargets + 3).Select(i => new NetworkInterface
        {
            Metadata = new ObjectMeta { Name = $"n{i}", Uid = Uid(i) },
            Spec = new NetworkInterfaceSpec { ProviderID = $"lodestone://host/n{i}" },
            Status = new NetworkInterfaceStatus { State = "Available", Ips = [Ip(i)] },
        })];

        List<LoadBalancerDestination> selected = DestinationSelector.Select(lb, nics);

        Assert.Equal(LoadBalancerRouting.MaxTargets, selected.Count);
        Assert.Equal(Uid(LoadBalancerRouting.MaxTargets - 1), selected[^1].Uid);
        Assert.True(DestinationSelector.IsOverLimit(lb, nics));
        Assert.False(DestinationSelector.IsOverLimit(lb, nics[3..]));
    }

    private static IEnumerable<int> Range(int from, int count) => Enumerable.Range(from, count);

    private static string Uid(int number) => $"uid-{number:d6}";

    private static string Ip(int number) => $"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}";

    private static RoutingPlan Plan(LoadBalancerRouting? old, IEnumerable<int> numbers, DateTimeOffset now) =>
        RoutingPlanner.Plan(old, [.. numbers.Select(Destination)], _ => true, now, Window, UdpWindow, Window);

    private static RoutingPlan PlanOf(LoadBalancerRoutingSlice slice) => new(
        slice.Destinations ?? [], 0, [.. (slice.RingHistory ?? []).Select(h => new RingChange { Added = h.Added, Removed = h.Removed })], slice.Draining ?? [], null);

    private static LoadBalancerDestination Destination(int number) => new()
    {
        Name = $"n{number}",
        Uid = Uid(number),
        Ip = Ip(number),
        TargetRef = new LoadBalancerTargetRef { Uid = Uid(number), Name = $"n{number}", ProviderID = $"lodestone://host/n{number}" },
    };

    private static string Text(LoadBalancerRouting routing) => string.Join(
        '|',
        [
            $"{routing.RingGeneration}",
            string.Join(',', routing.Destinations!.Select(d => d.Uid)),
            string.Join(',', (routing.RingHistory ?? []).Select(h =>
                $"{h.Generation} {h.Until:O} {h.UdpUntil:O} +{string.Join('+', (h.Added ?? []).Select(m => m.Uid))} -{string.Join('-', (h.Removed ?? []).Select(m => m.Uid))}")),
            string.Join(',', (routing.Draining ?? []).Select(d => $"{d.Uid} {d.Deadline:O}")),
        ]);

    /// <summary>A routing and its slices as an API server would hold them.</summary>
    private sealed class Stored
    {
        private int _names;

        internal LoadBalancerRouting Routing { get; } = new() { Metadata = new ObjectMeta { Namespace = "default", Name = "web", Uid = "routing" } };

        internal Dictionary<string, LoadBalancerRoutingSlice> Slices { get; private set; } = [];

        internal LoadBalancerRouting Whole
        {
            get
            {
                Assert.All(Routing.Slices ?? [], s => Assert.True(RoutingAssembly.IsAsListed(Slices[s.Name], Routing, s)));
                return Routing.Slices is null ? Routing : RoutingAssembly.Assemble(Routing, Slices.Values);
            }
        }

        /// <summary>Plans and stores; says how many slices were written.</summary>
        internal int Write(IEnumerable<int> numbers, DateTimeOffset now)
        {
            LoadBalancerRouting? old = Routing.RingGeneration is null ? null : RoutingAssembly.Assemble(Routing, Slices.Values);
            RoutingPlan plan = Plan(Routing.Slices is null && old is not null ? Routing : old, numbers, now);
            RoutingLayout layout = RoutingLayout.Of(plan, Routing, Slices, Budget, i => $"web-{i}-{_names++}");
            foreach (LoadBalancerRoutingSlice slice in layout.NewSlices)
            {
                slice.RoutingRef = new LocalUidReference { Name = "web", Uid = "routing" };
                Slices.Add(slice.Metadata.Name!, slice);
            }

            bool isSaid = Routing.Says(layout, plan);
            Assert.False(isSaid && layout.NewSlices.Count > 0);
            Routing.Destinations = [.. layout.Destinations];
            Routing.Total = layout.Total;
            Routing.Slices = layout.Slices.Count > 0 ? [.. layout.Slices] : null;
            Routing.RingGeneration = plan.Generation;
            Routing.RingHistory = layout.History.Count > 0 ? [.. layout.History] : null;
            Routing.Draining = layout.Draining.Count > 0 ? [.. layout.Draining] : null;
            Slices = (Routing.Slices ?? []).ToDictionary(s => s.Name, s => Slices[s.Name]);
            return layout.NewSlices.Count;
        }
    }
}
