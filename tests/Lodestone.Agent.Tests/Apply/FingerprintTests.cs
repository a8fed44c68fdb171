using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Xunit;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>Two gateways that do the same have the same fingerprints; whatever changes a packet's fate changes them.</summary>
public sealed class FingerprintTests
{
    private static readonly VipKey Web = new(0, DatapathAddress.Parse("198.51.100.1"));

    private readonly World _world = new();
    private readonly ManualTime _time = new(World.Start);
    private readonly MemoryDatapathMaps _maps = new(SmallDatapath.Capacities);
    private readonly NetworkInterface[] _nics;
    private readonly LoadBalancer _lb;

    public FingerprintTests()
    {
        _nics = [.. Enumerable.Range(1, 4).Select(i => _world.AddNic($"nic-{i}", i, i % 2 == 0 ? "host-a" : "host-b"))];
        _lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(_lb, _nics[..2]);
    }

    [Fact]
    public void Fingerprints_OtherHistoryOfIndexesAndPlaces_AreEqual()
    {
        // This one has had other VIPs, targets and ring sizes before.
        var veteran = new DatapathApplier(_maps, _time);
        _world.Route(_lb, _nics[3], _nics[2]);
        _world.Route(_world.AddLoadBalancer("other", "198.51.100.9"), _nics[3]);
        Apply(veteran, _maps);
        _world.Route(_lb, _nics);
        Apply(veteran, _maps);
        _world.LoadBalancers.RemoveAt(1);
        _world.Route(_lb, _nics[..3]);
        Apply(veteran, _maps);
        veteran.Sweep();
        Apply(veteran, _maps);

        // Nobody published these changes, so it has heard of them late; meanwhile it rightly differs.
        Assert.Empty(veteran.Fingerprints);
        PassLateWindow(veteran);

        var maps = new MemoryDatapathMaps(SmallDatapath.Capacities with { RingSlots = 4096, Reals = 32 });
        var fresh = new DatapathApplier(maps, _time);
        Apply(fresh, maps);

        Assert.NotEqual(IndexOf(maps, _nics[0]), IndexOf(_maps, _nics[0]));
        Assert.Equal(fresh.Fingerprints, veteran.Fingerprints);
        Assert.Single(fresh.Fingerprints);
    }

    [Fact]
    public void Fingerprints_SlotsThatSettleAndARingThatStaysLarger_AreThoseOfAGatewayWithoutAPast()
    {
        LoadBalancerRouting routing = _world.Route(_lb, _nics[0]);
        routing.RingHistory = [new RingChange { Generation = 2, Until = World.Start.AddMinutes(15), Removed = [.. _nics[1..].Select(World.MemberOf)] }];
        routing.Draining = [.. _nics[1..].Select(nic => new LoadBalancerDraining { Ip = nic.Spec.Ips![0].Value, Uid = nic.Metadata.Uid, TargetRef = World.ReferenceTo(nic), Deadline = World.Start.AddMinutes(15) })];
        var veteran = new DatapathApplier(_maps, _time);
        Apply(veteran, _maps);
        ulong learning = veteran.Fingerprints[Web];

        _time.Advance(TimeSpan.FromMinutes(15));
        Apply(veteran, _maps);
        var maps = new MemoryDatapathMaps(SmallDatapath.Capacities);
        var fresh = new DatapathApplier(maps, _time);
        Apply(fresh, maps);

        Assert.NotEqual(DatapathText.Find(maps, "198.51.100.1").RingShift, DatapathText.Find(_maps, "198.51.100.1").RingShift);
        Assert.Equal(fresh.Fingerprints[Web], veteran.Fingerprints[Web]);
        Assert.NotEqual(learning, veteran.Fingerprints[Web]);
    }

    [Fact]
    public void Fingerprints_ASlotOfTheMapIsAnother_DifferUntilItIsMended()
    {
        var applier = new DatapathApplier(_maps, _time);
        Apply(applier, _maps);
        ulong right = applier.Fingerprints[Web];
        Assert.Equal(right, ReadBack());

        ref RingSlot slot = ref VipWriter.RingOf(_maps, DatapathText.Find(_maps, "198.51.100.1"))[77];
        slot.Current = 9; // nobody's

        Assert.NotEqual(right, ReadBack());
        Assert.Equal(right, applier.Fingerprints[Web]); // read when it was written
        applier.Sweep();
        Apply(applier, _maps);
        Assert.Equal(right, ReadBack());
    }

    [Theory]
    [InlineData("targets")]
    [InlineData("weight")]
    [InlineData("ports")]
    [InlineData("many ports")]
    [InlineData("affinity")]
    [InlineData("prefix")]
    [InlineData("echo")]
    [InlineData("window")]
    [InlineData("seed")]
    public void Fingerprints_WhatAPacketsFateDependsOn_IsInThem(string what)
    {
        var applier = new DatapathApplier(_maps, _time);
        applier.Configure(new FlowSeed(1, 2), _world.Snapshot().Underlay);
        LoadBalancerRouting routing = _world.Routings[0];
        routing.Policy = new RoutingPolicy { Key = new RoutingKey { By = RoutingKey.Client, Ipv4PrefixLength = 32 } };
        Apply(applier, _maps);
        ulong before = applier.Fingerprints[Web];

        routing.Metadata.ResourceVersion = "100";
        switch (what)
        {
            case "targets": routing.Destinations![0] = new LoadBalancerDestination { Ip = "10.0.0.3", Uid = "nic-3-uid", TargetRef = World.ReferenceTo(_nics[2]) }; break;
            case "weight": routing.Destinations![0].Weight = 20; break;
            case "ports": _lb.Spec.Ports = [new LoadBalancerPort { Port = 80 }]; break;
            case "many ports": _lb.Spec.Ports = [.. Enumerable.Range(1, 20).Select(i => new LoadBalancerPort { Port = 3 * i })]; break;
            case "affinity": routing.Policy.Key = null; break;
            case "prefix": routing.Policy.Key!.Ipv4PrefixLength = 24; break;
            case "echo": routing.Policy.Echo = "Drop"; break;
            case "window": routing.RingHistory = [new RingChange { Generation = 2, Until = World.Start.AddHours(1), Added = [World.MemberOf(_nics[0])] }]; break;
            default: applier.Configure(new FlowSeed(1, 3), _world.Snapshot().Underlay); break;
        }

        Apply(applier, _maps);
        PassLateWindow(applier);

        Assert.NotEqual(before, applier.Fingerprints[Web]);
    }

    [Fact]
    public void Fingerprints_WhoAnnouncesAndHowTargetsAreReached_AreNotInThem()
    {
        var applier = new DatapathApplier(_maps, _time);
        Apply(applier, _maps);
        ulong before = applier.Fingerprints[Web];
        bool announced = DatapathText.Find(_maps, "198.51.100.1").Flags.HasFlag(VipFlags.Announce);

        for (int i = 0; i < 20 && DatapathText.Find(_maps, "198.51.100.1").Flags.HasFlag(VipFlags.Announce) == announced; i++)
        {
            _world.AddHost($"gw-{i}", 10 + i, "Gateway");
            _world.NextHops[World.UnderlayAddressOf(2)] = MacAddress.Parse($"02:00:00:00:77:{i:x2}");
            Apply(applier, _maps);
        }

        Assert.NotEqual(announced, DatapathText.Find(_maps, "198.51.100.1").Flags.HasFlag(VipFlags.Announce));
        Assert.Equal(before, applier.Fingerprints[Web]);
    }

    [Fact]
    public void Fingerprints_AfterARestart_AreTheSame()
    {
        var applier = new DatapathApplier(_maps, _time);
        Apply(applier, _maps);
        var restarted = new DatapathApplier(_maps, _time);
        Apply(restarted, _maps);

        Assert.Equal(applier.Fingerprints, restarted.Fingerprints);
    }

    [Fact]
    public void Fingerprints_InternalVip_HasNone()
    {
        _lb.Spec.Type = "Internal";
        _lb.Status!.Ips = ["10.0.0.100"];
        var applier = new DatapathApplier(_maps, _time);
        ApplyResult result = Apply(applier, _maps);

        Assert.Single(result.Programmed);
        Assert.Empty(applier.Fingerprints);
    }

    private void PassLateWindow(DatapathApplier applier)
    {
        _time.Advance(LateWindows.Length);
        Apply(applier, _maps);
    }

    private static uint IndexOf(MemoryDatapathMaps maps, NetworkInterface nic) =>
        (uint)maps.Reals.ToArray().ToList().FindIndex(real => real.Target == TargetHash.Of(nic.Metadata.Uid!));

    private ulong ReadBack() => TableFingerprint.OfVip(_maps.Config, DatapathText.Find(_maps, "198.51.100.1"), _maps.Rings, _maps.Reals, _maps.PortBitmaps);

    private ApplyResult Apply(DatapathApplier applier, MemoryDatapathMaps maps)
    {
        WorldSnapshot snapshot = _world.Snapshot();
        ApplyResult result = applier.Apply(DesiredState.Compute(snapshot, null, _time.GetUtcNow()), snapshot.Underlay);
        Assert.Empty(result.Problems);
        Assert.True(maps.Config.VipTable < 2);
        return result;
    }
}
