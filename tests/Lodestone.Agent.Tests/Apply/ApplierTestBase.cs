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
public abstract partial class ApplierTestBase
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

    /// <summary>Counts that a router was heeded.</summary>
    private protected abstract void Hear(IDatapathMaps maps);

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
        Assert.Contains(new VipKey(0, DatapathAddress.Parse("198.51.100.1")), result.Programmed);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Apply_RoutingWithPolicy_IsInTheVipAndTheShares()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(2);
        _world.Routings[0].Policy = new RoutingPolicy { Key = new RoutingKey { By = RoutingKey.AddressPair } };
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        LoadBalancerRouting routing = _world.Route(lb, _world.Nics[0], _world.Nics[1]);
        routing.Destinations![1].Weight = 25;
        routing.Policy = new RoutingPolicy { Key = new RoutingKey { By = RoutingKey.Client, Ipv4PrefixLength = 24 }, Fragments = "AddressPair", Echo = "Drop" };
        routing.RingHistory =
        [
            new RingChange
            {
                Generation = 2,
                Until = World.Start.AddMinutes(5),
                Added = [new RingMember { Uid = routing.Destinations[1].Uid, Ip = routing.Destinations[1].Ip!, Weight = 25 }],
                Removed = [new RingMember { Uid = routing.Destinations[1].Uid, Ip = routing.Destinations[1].Ip! }],
                KeyBefore = new RoutingKey { By = RoutingKey.AddressPair },
            },
        ];

        Apply(applier);

        Vip vip = DatapathText.Find(maps, "198.51.100.1");
        VipFlags flags = VipFlags.ByClient | VipFlags.AnyFragment | VipFlags.NoEcho | VipFlags.Rekeyed | VipFlags.OldByClient | VipFlags.OldByProtocol;
        Assert.Equal(flags, vip.Flags & ~(VipFlags.Used | VipFlags.Announce | VipFlags.AllPorts | VipFlags.UdpCurrent));
        Assert.Equal((DatapathAddress.Mask(120), DatapathAddress.Mask(128)), (vip.ClientMask, vip.OldMask));
        Assert.All(VipWriter.RingOf(maps, vip).ToArray(), slot => Assert.NotEqual(0u, slot.Previous & RingSlot.Learn));
        Assert.InRange(DatapathText.Shares(maps, "198.51.100.1").Values.Max() / (double)DatapathText.Shares(maps, "198.51.100.1").Values.Sum(), 0.79, 0.81);
        Assert.Equal(0, Apply(new DatapathApplier(maps, _time)).Writes);
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
        maps.Flows[3].Entries[0] = new FlowEntry(0, 7, FlowState.New, 0, index).Word;

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
    public void Apply_TargetComesBack_KeepsItsIndexAndNoRecordOfBefore()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(2);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        uint stays = applier.RealIndexes[TargetHash.Of("nic-0-uid")], comesBack = applier.RealIndexes[TargetHash.Of("nic-1-uid")];
        uint now = FlowTable.Clock((ulong)((Int128)_time.GetTimestamp() * 1_000_000_000 / _time.TimestampFrequency));
        ulong kept = FlowEntry.Fresh(0, 7, FlowState.New, now, stays).Word;
        maps.Flows[3].Entries[0] = kept;
        maps.Flows[3].Entries[1] = FlowEntry.Fresh(0, 8, FlowState.New, now, comesBack).Word;

        _world.Route(lb, _world.Nics[0]);
        Apply(applier);
        _world.Route(lb, _world.Nics[0], _world.Nics[1]);
        Apply(applier);

        Assert.Equal(comesBack, applier.RealIndexes[TargetHash.Of("nic-1-uid")]);
        Assert.Equal((kept, 0ul), (maps.Flows[3].Entries[0], maps.Flows[3].Entries[1]));
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

    /// <summary>A policy that remembers changes for ten seconds gives a gateway that hears late no longer: flows that other gateways opened in such slots may come to it.</summary>
    [Fact]
    public void Apply_ChangeIsHeardOfLate_WindowIsAsLongAsThePolicysTransition()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(1);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        _world.Route(lb, _world.Nics[0], _world.AddNic("new", 9));
        _world.Routings[0].Policy = new RoutingPolicy { Name = "web", Uid = "policy-uid", Generation = 1, TransitionSeconds = 10 };
        ApplyResult heard = Apply(applier);
        Assert.NotEqual(0, CountSlots(maps, RingSlot.Consult | RingSlot.Learn));
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromSeconds(10), heard.LookAgainAt);

        _time.Advance(TimeSpan.FromSeconds(10));
        Apply(applier);
        Assert.Equal(0, CountSlots(maps, RingSlot.Consult | RingSlot.Learn));
        Assert.NotEqual(0, CountSlots(maps, RingSlot.Consult));
    }

    /// <summary>docs/adr/0023-changes-heard-of-late.md.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Apply_ChangeIsHeardOfAfterItsWindow_OwnersKeepTheirFlowsForAWindow(bool restarts)
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(1);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        Assert.Equal(256, CountSlots(maps, 0));

        // A target more, and no word of when.
        _world.Route(lb, _world.Nics[0], _world.AddNic("new", 9));
        ApplyResult heard = Apply(applier);
        int late = CountSlots(maps, RingSlot.Consult | RingSlot.Learn);
        Assert.InRange(late, 100, 156);
        Assert.All(LearningSlots(maps), slot => Assert.Equal((2u, 1u), (slot.Current, slot.Previous & RingSlot.RealMask)));
        Assert.Equal(new VipKey(0, DatapathAddress.Parse("198.51.100.1")), Assert.Single(heard.Late));
        Assert.Empty(applier.Fingerprints);
        Assert.False(DatapathText.Find(maps, "198.51.100.1").Flags.HasFlag(VipFlags.UdpCurrent));
        Assert.Equal(_time.GetUtcNow() + LateWindows.UdpLength, heard.LookAgainAt);
        if (restarts)
        {
            // It finds slots that learn, and no reason.
            applier = new DatapathApplier(maps, _time);
            ApplyResult found = Apply(applier);
            Assert.Equal((0, late), (found.Writes, CountSlots(maps, RingSlot.Consult | RingSlot.Learn)));
            Assert.Equal(heard.LookAgainAt, found.LookAgainAt);
        }

        // After a minute unknown UDP flows are new ones.
        _time.Advance(LateWindows.UdpLength);
        ApplyResult minute = Apply(applier);
        Assert.True(DatapathText.Find(maps, "198.51.100.1").Flags.HasFlag(VipFlags.UdpCurrent));
        Assert.Equal(late, CountSlots(maps, RingSlot.Consult | RingSlot.Learn));
        Assert.Equal(_time.GetUtcNow() + LateWindows.Length - LateWindows.UdpLength, minute.LookAgainAt);
        var second = new DatapathApplier(maps, _time);
        Assert.Equal(0, Apply(second).Writes);

        _time.Advance(minute.LookAgainAt!.Value - _time.GetUtcNow() - TimeSpan.FromSeconds(1));
        Apply(applier);
        Assert.Equal(late, CountSlots(maps, RingSlot.Consult | RingSlot.Learn));
        _time.Advance(TimeSpan.FromSeconds(1));
        ApplyResult over = Apply(applier);
        Assert.Equal((0, late), (CountSlots(maps, RingSlot.Consult | RingSlot.Learn), CountSlots(maps, RingSlot.Consult)));
        Assert.Empty(over.Late);
        Assert.Single(applier.Fingerprints);
        Assert.False(DatapathText.Find(maps, "198.51.100.1").Flags.HasFlag(VipFlags.UdpCurrent));

        _time.Advance(over.LookAgainAt!.Value - _time.GetUtcNow());
        ApplyResult quiet = Apply(applier);
        Assert.Equal(256, CountSlots(maps, 0));
        Assert.Null(quiet.LookAgainAt);
    }

    /// <summary>A second of the window would be left for flows to send something.</summary>
    [Theory]
    [InlineData(-899, true)]
    [InlineData(-91, true)]
    [InlineData(-90, false)]
    public void Apply_ChangeIsHeardOfLateInItsWindow_SlotsLearnForAWholeOne(int sinceSeconds, bool isLate)
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(1);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        NetworkInterface added = _world.AddNic("new", 9);
        LoadBalancerRouting routing = _world.Route(lb, _world.Nics[0], added);
        DateTimeOffset since = World.Start.AddSeconds(sinceSeconds), until = since.AddMinutes(15);
        routing.RingGeneration = 2;
        routing.RingHistory = [new RingChange { Generation = 2, Since = since, Until = until, UdpUntil = since.AddMinutes(1), Added = [World.MemberOf(added)] }];

        ApplyResult heard = Apply(applier);
        int learning = CountSlots(maps, RingSlot.Consult | RingSlot.Learn);
        Assert.InRange(learning, 1, 255);
        Assert.Empty(heard.Late); // the ring is as everywhere
        Assert.Single(applier.Fingerprints);
        Assert.Equal(!isLate, DatapathText.Find(maps, "198.51.100.1").Flags.HasFlag(VipFlags.UdpCurrent));

        _time.Advance(until - _time.GetUtcNow());
        ApplyResult over = Apply(applier);
        Assert.Equal(isLate ? learning : 0, CountSlots(maps, RingSlot.Consult | RingSlot.Learn));
        Assert.Equal(isLate ? 1 : 0, over.Late.Count);

        _time.Advance(World.Start.AddMinutes(15) - _time.GetUtcNow());
        Apply(applier);
        Assert.Equal((0, learning), (CountSlots(maps, RingSlot.Consult | RingSlot.Learn), CountSlots(maps, RingSlot.Consult)));
    }

    [Fact]
    public void Apply_ChangeIsHeardOfLate_DeadOwnersKeepNothing()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(2);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);

        _world.Route(lb, _world.Nics[0]);
        ApplyResult heard = Apply(applier);

        Assert.Equal(256, CountSlots(maps, 0));
        Assert.Equal([256], DatapathText.Shares(maps, "198.51.100.1").Values);
        Assert.Empty(heard.Late);
    }

    [Fact]
    public void Apply_KeyIsHeardOfLate_UnknownFlowsGoByTheFormerOneForAWindow()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        AddWeb(2);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        LoadBalancerRouting routing = _world.Routings[0];
        routing.Metadata.ResourceVersion = "100";
        routing.Policy = new RoutingPolicy { Key = new RoutingKey { By = RoutingKey.Client, Ipv4PrefixLength = 24 } };
        const VipFlags keys = VipFlags.ByClient | VipFlags.Rekeyed | VipFlags.OldByClient | VipFlags.OldByProtocol;

        Apply(applier);
        Assert.Equal(VipFlags.ByClient | VipFlags.Rekeyed, DatapathText.Find(maps, "198.51.100.1").Flags & keys);
        Assert.Equal(256, CountSlots(maps, RingSlot.Consult | RingSlot.Learn));

        // Another one, inside the window: what flows without a record went by stays.
        routing.Metadata.ResourceVersion = "101";
        routing.Policy = new RoutingPolicy { Key = new RoutingKey { By = RoutingKey.AddressPair } };
        Apply(applier);
        applier = new DatapathApplier(maps, _time);
        ApplyResult again = Apply(applier);
        Vip vip = DatapathText.Find(maps, "198.51.100.1");
        Assert.Equal(0, again.Writes);
        Assert.Equal((VipFlags.ByClient | VipFlags.Rekeyed, default(DatapathAddress)), (vip.Flags & keys, vip.OldMask));
        Assert.Equal(256, CountSlots(maps, RingSlot.Consult | RingSlot.Learn));

        _time.Advance(LateWindows.Length);
        Apply(applier);
        Assert.Equal(VipFlags.ByClient, DatapathText.Find(maps, "198.51.100.1").Flags & keys);
        Assert.Equal(256, CountSlots(maps, RingSlot.Consult));
    }

    /// <summary>A packet between the ring's change and the table's would be recorded for the wrong owner.</summary>
    [Fact]
    public void Apply_UnknownUdpFlowsBecomeThePreviousOwners_RingAndTableChangeInOneMoment()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        LoadBalancer lb = AddWeb(1);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        NetworkInterface[] added = [_world.AddNic("new", 9), _world.AddNic("newer", 10)];
        Route([added[0]], udpSeconds: 60);
        Apply(applier);
        _time.Advance(TimeSpan.FromMinutes(2));
        Apply(applier);
        Vip before = DatapathText.Find(maps, "198.51.100.1");
        byte[] ring = MemoryMarshal.AsBytes(VipWriter.RingOf(maps, before)).ToArray();
        Assert.True(before.Flags.HasFlag(VipFlags.UdpCurrent));

        Route(added, udpSeconds: 180);
        bool wasSwitched = false;
        applier = new DatapathApplier(maps, _time, step =>
        {
            if (step == ApplyStep.Switch)
            {
                wasSwitched = true;
                Assert.Equal(ring, MemoryMarshal.AsBytes(VipWriter.RingOf(maps, before)).ToArray());
            }
        });
        Apply(applier);
        Vip after = DatapathText.Find(maps, "198.51.100.1");
        Assert.True(wasSwitched);
        Assert.False(after.Flags.HasFlag(VipFlags.UdpCurrent));
        Assert.NotEqual(ring, MemoryMarshal.AsBytes(VipWriter.RingOf(maps, after)).ToArray());

        void Route(NetworkInterface[] more, int udpSeconds)
        {
            LoadBalancerRouting routing = _world.Route(lb, [_world.Nics[0], .. more]);
            routing.Metadata.ResourceVersion = $"{udpSeconds}";
            routing.RingHistory =
            [
                .. more.Select((nic, i) => new RingChange
                {
                    Generation = 2 + i,
                    Until = World.Start.AddMinutes(15),
                    UdpUntil = World.Start.AddSeconds(udpSeconds),
                    Added = [World.MemberOf(nic)],
                }),
            ];
        }
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
    public void Apply_RouterSaidWhatFits_IsHeededForTenMinutes()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        _world.Route(_world.AddLoadBalancer("web", "198.51.100.1"), _world.AddNic("far", 5, "host-b"), _world.AddNic("far-2", 6, "host-b"));
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        Assert.Equal([1500, 1500], Mtus(maps));

        // As the program does it.
        KeyValuePair<DatapathAddress, PathMtu> path = maps.PathMtus.ReadAll().First(p => p.Key == maps.Reals[1].Dst);
        Assert.Equal((maps.Reals[1].Src, 0u), (path.Value.Src, path.Value.Mtu));
        maps.PathMtus.Set(path.Key, path.Value with { Mtu = 1400, Heard = 1 });
        Hear(maps);
        ApplyResult heard = Apply(applier);

        // Both are behind one host.
        Assert.Equal([1400, 1400], Mtus(maps));
        Assert.Equal(_time.GetUtcNow() + PathMtuTable.Lifetime, heard.LookAgainAt);
        Assert.Equal(1400, Assert.Single(heard.NarrowPaths).Value);

        _time.Advance(PathMtuTable.Lifetime - TimeSpan.FromSeconds(1));
        Assert.Equal(0, Apply(applier).Writes);
        var restarted = new DatapathApplier(maps, _time);
        Assert.Equal(0, Apply(restarted).Writes);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(Apply(applier).NarrowPaths);
        Assert.Equal([1500, 1500], Mtus(maps));
        Assert.Equal(0u, maps.PathMtus.ReadAll().Single(p => p.Key == path.Key).Value.Mtu);
    }

    [Fact]
    public void Apply_AnySource_StopsTheCheck()
    {
        IDatapathMaps maps = CreateMaps(Capacities);
        AddWeb(1);
        var applier = new DatapathApplier(maps, _time);
        applier.Configure(new FlowSeed(1, 2), _world.Snapshot().Underlay);
        Assert.Equal(ConfigFlags.None, maps.Config.Flags);
        Apply(applier);
        Assert.Equal((ConfigFlags.CheckSources, 2), (maps.Config.Flags, maps.UnderlaySources.ReadAll().Count));

        // What changes elsewhere leaves it as it is.
        applier.Configure(new FlowSeed(3, 4), _world.Snapshot().Underlay);
        Assert.Equal(ConfigFlags.CheckSources, maps.Config.Flags);

        _world.TrustsAnySource = true;
        Apply(applier);
        Assert.Equal((ConfigFlags.None, 0), (maps.Config.Flags, maps.UnderlaySources.ReadAll().Count));
    }

    [Fact]
    public void Apply_MoreHostsThanFit_LetsAllInAndSaysSo()
    {
        IDatapathMaps maps = CreateMaps(Capacities with { Hosts = 1 });
        AddWeb(1);

        ApplyResult result = Apply(new DatapathApplier(maps, _time));

        Assert.Equal(ConfigFlags.None, maps.Config.Flags);
        Assert.Contains("a larger --capacity hosts=COUNT", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
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

        Assert.All(DatapathText.Describe(maps).Split('\n'), line => Assert.StartsWith("from ", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("targets")]
    [InlineData("ring-slots")]
    [InlineData("port-lists")]
    public void Apply_ATableIsFull_SaysWhichAndWhatServedGoesOnServing(string option)
    {
        IDatapathMaps maps = CreateMaps(option switch
        {
            "targets" => Capacities with { Reals = 3 },
            "ring-slots" => Capacities with { RingSlots = 300 },
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
        Assert.DoesNotContain(new VipKey(0, DatapathAddress.Parse("198.51.100.2")), result.Programmed);
        Assert.Contains(new VipKey(0, DatapathAddress.Parse("198.51.100.1")), result.Programmed);
        Assert.Contains(result.Problems, problem => problem.Reason == Reasons.CapacityExceeded && problem.Message.EndsWith($"a larger --capacity {option}=COUNT", StringComparison.Ordinal));
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
        Assert.Equal(2, result.Problems.Count(problem => problem.Message.EndsWith("a larger --capacity vips=COUNT", StringComparison.Ordinal)));
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
        Assert.Equal((1u, 63u, 63u, DatapathConfig.CurrentLayoutVersion), (maps.Config.VipTable, maps.Config.VipMask, maps.Config.FlowMask, maps.Config.LayoutVersion));
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

    private static RingSlot[] LearningSlots(IDatapathMaps maps) =>
        [.. VipWriter.RingOf(maps, DatapathText.Find(maps, "198.51.100.1")).ToArray().Where(slot => (slot.Previous & RingSlot.Learn) != 0)];

    private static ushort[] Mtus(IDatapathMaps maps) => [.. maps.Reals.ToArray().Where(real => real.Kind != RealKind.None).Select(real => real.Mtu)];

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
