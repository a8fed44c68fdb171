using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Bpf;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;
using Lodestone.DatapathBench.Report;

namespace Lodestone.DatapathBench.Change;

/// <summary>Changes one target among many VIPs, in the kernel's maps, as the agent does once it has computed the desired state.</summary>
internal sealed class ChangeRun(TimeProvider time, Action<string> say) : IDisposable
{
    private const int MaxVips = 10_000;
    private const int TargetsOfOthers = 3;
    private const int Repeats = 60;
    private const ulong Newcomer = 1ul << 40;

    private static readonly UnderlayModel Underlay = new(
        new LocalDevice("eth0", 1, IsVeth: false, IsUp: true, 1600, MacAddress.Parse("02:00:00:00:00:01")),
        IPAddress.Parse("2001:db8:1::1"),
        IPNetwork.Parse("2001:db8:2::/64"));

    private static readonly PortRules Web = PortRules.Create([new PortRange { From = 80, To = 80, Proto = 6 }]);

    private readonly BpfObject _object = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions
    {
        Name = "changebench",
        MapSizes = KernelDatapathMaps.SizesOf(new DatapathCapacities { VipSlots = VipTable.SlotsFor(MaxVips), RingSlots = 1 << 23 }),
    });

    public IEnumerable<ChangeBySize> Run()
    {
        foreach (int vips in (int[])[1, 100, 1000, MaxVips])
        {
            yield return Measure(vips, TargetsOfOthers);
        }

        foreach (int targets in (int[])[100, 1000])
        {
            yield return Measure(MaxVips, targets);
        }
    }

    public void Dispose() => _object.Dispose();

    /// <summary>What a VIP, a target and a flow take.</summary>
    public static IEnumerable<MapBytes> Memory() =>
    [
        new("VIP, in a half-full table that exists twice", 4 * Unsafe.SizeOf<Vip>()),
        new("VIP, counters of a CPU", Unsafe.SizeOf<VipCounter>()),
        new("ring of 1 or 2 targets", Unsafe.SizeOf<RingSlot>() << MaglevRing.SizeLog2(2)),
        new("ring of 3 targets", Unsafe.SizeOf<RingSlot>() << MaglevRing.SizeLog2(3)),
        new("ring of 100 targets", Unsafe.SizeOf<RingSlot>() << MaglevRing.SizeLog2(100)),
        new("ring of 1,000 targets", Unsafe.SizeOf<RingSlot>() << MaglevRing.SizeLog2(1000)),
        new("target", Unsafe.SizeOf<Real>()),
        new("target, counters of a CPU", Unsafe.SizeOf<Counter>()),
        new("flow of a stable slot", 0),
        new("recorded flow of a slot in transition", Unsafe.SizeOf<FlowBucket>() / 8),
        new("VIP with more than eight port ranges", PortRules.BitmapWords * sizeof(ulong)),
    ];

    private ChangeBySize Measure(int vips, int targets)
    {
        using var maps = new KernelDatapathMaps(_object);
        var applier = new DatapathApplier(maps, time);
        applier.Configure(new FlowSeed(1, 2), Underlay);

        // The one that changes is the first.
        ImmutableArray<ulong> own = [.. Enumerable.Range(1, targets).Select(i => (ulong)i)];
        ImmutableArray<ulong> others = [.. Enumerable.Range(1, TargetsOfOthers).Select(i => (ulong)i)];
        RoutingModel routing = RoutingOf(others);
        FoldedRing ring = RingFold.Fold(routing.IPv4, time.GetUtcNow());
        ImmutableArray<VipModel> unchanged = [.. Enumerable.Range(1, vips - 1).Select(i => VipOf(i, routing, ring))];
        ImmutableArray<RealModel> reals = [.. own.Add(Newcomer).Select(RealOf)];
        DesiredState with = StateOf(own.Add(Newcomer)), without = StateOf(own);
        Check(applier.Apply(without, Underlay), vips);
        double[] took = new double[Repeats], grace = new double[Repeats], writes = new double[Repeats];
        for (int i = 0; i < Repeats; i++)
        {
            DesiredState next = i % 2 == 0 ? with : without;
            long start = time.GetTimestamp();
            ApplyResult result = applier.Apply(next, Underlay);

            // A ring of the same size changes in place: only when no packet is under way any more do all use the new one.
            long applied = time.GetTimestamp();
            maps.WaitForPackets();
            long done = time.GetTimestamp();
            Check(result, vips);
            writes[i] = result.Writes > 0 ? result.Writes : throw new InvalidOperationException("a change of targets wrote nothing");
            took[i] = time.GetElapsedTime(start, done).TotalMilliseconds;
            grace[i] = time.GetElapsedTime(applied, done).TotalMilliseconds;
        }

        say($"{vips:N0} VIPs, one of {targets:N0} targets: {took.Min():F2} ms at least, {TrafficTables.Median(took):F2} ms median");
        return new ChangeBySize(vips, targets, Round(took.Min()), Round(TrafficTables.Median(took)), Round(took.Max()), Round(TrafficTables.Median(grace)), TrafficTables.Median(writes));

        DesiredState StateOf(ImmutableArray<ulong> destinations)
        {
            // What the agent itself computes for each change: the fold is part of neither column of the table of rings.
            RoutingModel changed = RoutingOf(destinations);
            return new DesiredState { Vips = [VipOf(0, changed, RingFold.Fold(changed.IPv4, time.GetUtcNow())), .. unchanged], Reals = reals };
        }
    }

    private static void Check(ApplyResult result, int vips)
    {
        if (!result.Problems.IsEmpty || result.Programmed.Count != vips)
        {
            throw new InvalidOperationException($"{result.Programmed.Count} of {vips} VIPs were programmed: {string.Join("; ", result.Problems.Take(3))}");
        }
    }

    private static RoutingModel RoutingOf(ImmutableArray<ulong> targets) =>
        new("", new RingHistory(targets.Select(t => (WeightedTarget)t)), new RingHistory(Array.Empty<WeightedTarget>()), ImmutableDictionary<ulong, TargetModel>.Empty);

    private static VipModel VipOf(int number, RoutingModel routing, FoldedRing ring) => new()
    {
        LoadBalancer = new ObjectKey("bench", $"lb-{number}"),
        LoadBalancerUid = $"uid-{number}",
        Address = DatapathAddress.From(new IPAddress([198, 18, (byte)(number >> 8), (byte)number])),
        Network = 0,
        Ports = Web,
        Routing = routing,
        Ring = ring,
    };

    private static RealModel RealOf(ulong target) => new(
        target,
        RealKind.Encap,
        1,
        1600,
        MacAddress.Parse("02:00:00:00:01:01"),
        Underlay.Uplink.Mac,
        UnderlayAddress.Derive(Underlay.Prefix, target))
    {
        Form = RealKind.Encap,
        OuterSource = Underlay.Address,
        Via = Underlay.Address,
    };

    private static double Round(double ms) => Math.Round(ms, 3);
}
