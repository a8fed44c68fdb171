using System.Runtime.InteropServices;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Xunit;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>What the applier promises, whatever the maps are kept in.</summary>
public abstract class ApplierTestBase
{
    private static readonly DatapathCapacities Capacities = new()
    {
        VipSlots = 64,
        RingSlots = 8192,
        Reals = 16,
        FlowBuckets = 64,
        PortBitmaps = 2,
        Nics = 16,
        NicSources = 64,
    };

    private readonly World _world = new();
    private readonly ManualTime _time = new(World.Start);

    /// <summary>Empty maps of the given sizes.</summary>
    private protected abstract IDatapathMaps CreateMaps(DatapathCapacities capacities);

    [Fact]
    public void Apply_NewVip_IsServedWithEvenShares()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(2);
        lb.Spec.Ports = [new LoadBalancerPort { Port = 80 }];

        ApplyResult result = Apply(new DatapathApplier(maps, _time));

        Vip vip = DatapathText.Find(maps, "198.51.100.1");
        Assert.Equal(VipFlags.Used | VipFlags.Announce, vip.Flags);
        Assert.Equal((1u, (ushort)80, (ushort)80), (vip.RangeCount, vip.Ranges[0].From, vip.Ranges[0].To));
        Assert.Equal([128, 128], DatapathText.Shares(maps, "198.51.100.1").Values);
        Assert.Contains(DatapathAddress.Parse("198.51.100.1"), result.Programmed);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Apply_UnchangedWorld_WritesNothingAlsoAfterARestart()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(3);
        lb.Spec.Ports = [.. Enumerable.Range(0, 12).Select(i => new LoadBalancerPort { Port = 100 + (2 * i) })];
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        byte[] before = Bytes(maps);

        ApplyResult again = Apply(applier);
        var restarted = new DatapathApplier(maps, _time);
        ApplyResult afterRestart = Apply(restarted);

        Assert.Equal(0, again.Writes);
        Assert.Equal(0, afterRestart.Writes);
        Assert.Equal(before, Bytes(maps));
        Assert.Equal(applier.VipIds, restarted.VipIds);
        Assert.Equal(applier.RealIndexes, restarted.RealIndexes);
    }

    [Fact]
    public void Apply_TargetAdded_ChangesTheRingInPlaceAndKeepsIndexes()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(1);
        Apply(new DatapathApplier(maps, _time));
        Vip before = DatapathText.Find(maps, "198.51.100.1");
        uint table = maps.Config.VipTable;

        _world.Route(lb, _world.Nics[0], _world.AddNic("new", 9));
        Apply(new DatapathApplier(maps, _time));

        Assert.Equal(before, DatapathText.Find(maps, "198.51.100.1"), LayoutEquality<Vip>.Instance);
        Assert.Equal(table, maps.Config.VipTable);
        Assert.Equal(2, DatapathText.Shares(maps, "198.51.100.1").Count);
        Assert.Equal(TargetHash.Of("nic-0-uid"), DatapathText.Target(maps, 1));
    }

    [Fact]
    public void Apply_RingGrows_IsSwitchedAndTheOldRegionIsUsedAgain()
    {
        IDatapathMaps maps = CreateMaps(Capacities with { RingSlots = 1024 });
        LoadBalancer lb = AddWeb(1);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        uint table = maps.Config.VipTable;

        _world.Route(lb, [.. Enumerable.Range(10, 3).Select(i => _world.AddNic($"more-{i}", i))]);
        Apply(applier);
        Assert.NotEqual(table, maps.Config.VipTable);
        Assert.Equal(512, DatapathText.Shares(maps, "198.51.100.1").Values.Sum());
        _world.Route(lb, _world.Nics[0]);
        ApplyResult result = Apply(applier);

        Assert.Empty(result.Problems);
        Assert.Equal(0u, DatapathText.Find(maps, "198.51.100.1").RingBase);
    }

    [Fact]
    public void Apply_TargetGone_KillsItsRealAndRecyclesTheIndexAfterASweep()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(2);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        uint index = applier.RealIndexes[TargetHash.Of("nic-1-uid")];
        maps.Flows[3].Entries[0] = new FlowEntry(7, FlowState.New, 0, index).Word;

        _world.Route(lb, _world.Nics[0]);
        Apply(applier);
        Assert.Equal(RealKind.None, maps.Reals[(int)index].Kind);
        Assert.Equal(index, new DatapathApplier(maps, _time).RealIndexes[TargetHash.Of("nic-1-uid")]);
        int freed = applier.Sweep();

        Assert.Equal(1, freed);
        Assert.Equal(0ul, maps.Flows[3].Entries[0]);
        Assert.False(applier.RealIndexes.ContainsKey(TargetHash.Of("nic-1-uid")));
        _world.Route(lb, _world.Nics[0], _world.AddNic("new", 9));
        Apply(applier);
        Assert.Equal(index, applier.RealIndexes[TargetHash.Of("new-uid")]);
    }

    [Fact]
    public void Apply_WindowEnds_SlotsSettleAndAreStableOnceQuiet()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(1);
        NetworkInterface added = _world.AddNic("new", 9);
        LoadBalancerRouting routing = _world.Route(lb, _world.Nics[0], added);
        routing.RingHistory = [new RingChange { Generation = 2, Until = World.Start.AddMinutes(15), Added = [World.MemberOf(added)] }];
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        int learning = CountSlots(maps, RingSlot.Consult | RingSlot.Learn);

        _time.Advance(TimeSpan.FromMinutes(15));
        Apply(applier);
        ApplyResult settling = Apply(applier);
        int settle = CountSlots(maps, RingSlot.Consult);
        _time.Advance(settling.LookAgainAt!.Value - _time.GetUtcNow());
        ApplyResult quiet = Apply(applier);

        Assert.InRange(learning, 1, 255);
        Assert.Equal(learning, settle);
        Assert.Equal(learning, quiet.Writes);
        Assert.Equal(256, CountSlots(maps, 0));
        Assert.Null(quiet.LookAgainAt);
    }

    [Fact]
    public void Apply_NextHopIsForgotten_KeepsTheWayItHad()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb, _world.AddNic("far", 5, "host-b"));
        Apply(new DatapathApplier(maps, _time));
        byte[] before = Bytes(maps);

        _world.NextHops.Clear();
        ApplyResult result = Apply(new DatapathApplier(maps, _time));

        Assert.Equal(0, result.Writes);
        Assert.Equal(before, Bytes(maps));
        Assert.Equal(RealKind.Encap, maps.Reals[1].Kind);
    }

    [Fact]
    public void Apply_VipGone_LeavesNothingBehind()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        AddWeb(2);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);

        _world.LoadBalancers.Clear();
        _world.Routings.Clear();
        _world.Nics.Clear();
        Apply(applier);

        Assert.Equal("", DatapathText.Describe(maps));
    }

    [Theory]
    [InlineData("Reals")]
    [InlineData("RingSlots")]
    [InlineData("PortBitmaps")]
    public void Apply_ATableIsFull_SaysWhichAndWhatServedGoesOnServing(string option)
    {
        IDatapathMaps maps = CreateMaps(option switch
        {
            "Reals" => Capacities with { Reals = 3 },
            "RingSlots" => Capacities with { RingSlots = 300 },
            _ => Capacities with { PortBitmaps = 1 },
        });
        LoadBalancer lb = AddWeb(2);
        lb.Spec.Ports = [.. Enumerable.Range(0, 12).Select(i => new LoadBalancerPort { Port = 100 + (2 * i) })];
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        string before = DatapathText.DescribeVips(maps);

        LoadBalancer second = _world.AddLoadBalancer("second", "198.51.100.2");
        second.Spec.Ports = lb.Spec.Ports;
        _world.Route(second, [.. Enumerable.Range(20, 2).Select(i => _world.AddNic($"other-{i}", i, "host-b"))]);
        ApplyResult result = Apply(applier);

        Assert.Equal(before, DatapathText.DescribeVips(maps));
        Assert.DoesNotContain(DatapathAddress.Parse("198.51.100.2"), result.Programmed);
        Assert.Contains(DatapathAddress.Parse("198.51.100.1"), result.Programmed);
        Assert.Contains(result.Problems, problem => problem.Reason == Reasons.CapacityExceeded && problem.Message.EndsWith($"raise {option}", StringComparison.Ordinal));
    }

    [Fact]
    public void Apply_MoreVipsThanTheTableHolds_ServesThoseThatFit()
    {
        IDatapathMaps maps = CreateMaps(Capacities with { VipSlots = 8 });
        for (int i = 0; i < 6; i++)
        {
            _world.AddLoadBalancer($"lb-{i}", $"198.51.100.{i}");
        }

        ApplyResult result = Apply(new DatapathApplier(maps, _time));

        Assert.Equal(4, result.Programmed.Count);
        Assert.Equal(4, VipTable.Read(maps.Vips).Count);
        Assert.Equal(2, result.Problems.Count(problem => problem.Message.EndsWith("raise VipSlots", StringComparison.Ordinal)));
    }

    [Fact]
    public void Configure_KeepsTheServedTable()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        maps.Config.VipTable = 1;
        var applier = new DatapathApplier(maps, _time);

        long first = applier.Configure(new FlowSeed(1, 2), _world.Snapshot().Underlay);
        long second = applier.Configure(new FlowSeed(1, 2), _world.Snapshot().Underlay);

        Assert.True(first > 0);
        Assert.Equal(0, second);
        Assert.Equal((1u, 63u, 63u, 1u), (maps.Config.VipTable, maps.Config.VipMask, maps.Config.FlowMask, maps.Config.LayoutVersion));
        Assert.Equal((1ul, 2ul, 2u), (maps.Config.HashSeed0, maps.Config.HashSeed1, maps.Config.UplinkIfindex));
    }

    private static int CountSlots(IDatapathMaps maps, uint flags)
    {
        int count = 0;
        foreach (RingSlot slot in VipWriter.RingOf(maps, DatapathText.Find(maps, "198.51.100.1")))
        {
            count += (slot.Previous & (RingSlot.Consult | RingSlot.Learn)) == flags ? 1 : 0;
        }

        return count;
    }

    private static byte[] Bytes(IDatapathMaps maps) =>
    [
        .. MemoryMarshal.AsBytes(new Span<DatapathConfig>(ref maps.Config)),
        .. MemoryMarshal.AsBytes(maps.Vips),
        .. MemoryMarshal.AsBytes(maps.Rings),
        .. MemoryMarshal.AsBytes(maps.Reals),
        .. MemoryMarshal.AsBytes(maps.PortBitmaps),
    ];

    private LoadBalancer AddWeb(int targets)
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb, [.. Enumerable.Range(0, targets).Select(i => _world.AddNic($"nic-{i}", 1 + i))]);
        return lb;
    }

    private ApplyResult Apply(DatapathApplier applier)
    {
        WorldSnapshot snapshot = _world.Snapshot();
        return applier.Apply(DesiredState.Compute(snapshot, null, _time.GetUtcNow()), snapshot.Underlay);
    }
}
