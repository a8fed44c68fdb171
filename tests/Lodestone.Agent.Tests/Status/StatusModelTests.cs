using System.Collections.Immutable;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Status;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Status;

public sealed class StatusModelTests
{
    private readonly World _world = new();

    [Fact]
    public void ProgrammedOf_AllInTheDataPath_IsTrueAndNamesVipsAndHost()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1", "2001:db8::1");
        NetworkInterface nic = _world.AddNic("a", 1);
        nic.Spec.Ips!.Add(new IpSource { Value = "2001:db8:5::1" });
        _world.Route(lb, nic).Destinations!.Add(new LoadBalancerDestination { Ip = "2001:db8:5::1", TargetRef = World.ReferenceTo(nic) });

        Assert.Equal((true, Reasons.Programmed, "198.51.100.1, 2001:db8::1 on host-a"), StatusModel.ProgrammedOf(lb, Apply(), "host-a"));
    }

    [Fact]
    public void ProgrammedOf_NoTargets_IsTrueButSaysSo()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb);

        (bool isTrue, _, string message) = StatusModel.ProgrammedOf(lb, Apply(), "host-a");

        Assert.True(isTrue);
        Assert.Equal("198.51.100.1 on host-a; no target takes new flows of 198.51.100.1", message);
    }

    [Fact]
    public void ProgrammedOf_DoesNotFit_IsFalseAndSaysWhatToRaise()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb, _world.AddNic("a", 1));

        (bool isTrue, string reason, string message) = StatusModel.ProgrammedOf(lb, Apply(new DatapathCapacities { VipSlots = 8, RingSlots = 128 }), "host-a");

        Assert.Equal((false, Reasons.CapacityExceeded), (isTrue, reason));
        Assert.EndsWith("raise RingSlots", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ProgrammedOf_NoAddress_IsFalse()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web");

        Assert.Equal((false, Reasons.NoAddress), Head(StatusModel.ProgrammedOf(lb, Apply(), "host-a")));
    }

    [Fact]
    public void NicOf_AttachFailed_IsAnErrorWithTheReason()
    {
        _world.AddNic("a", 1);
        AgentState state = Apply() with { AttachFailures = ImmutableDictionary<uint, string>.Empty.Add(101, "no such device") };

        Assert.Equal(("Error", Reasons.AttachFailed, "no such device"), StatusModel.NicOf(state.Desired.Nics[0], state));
        Assert.Equal(["10.0.0.1"], StatusModel.AddressesOf(state.Desired.Nics[0]));
    }

    [Fact]
    public void Set_OtherWritersConditions_StayAndTransitionTimeFollowsTheStatus()
    {
        List<Condition> others = [new Condition { Type = "TargetsReady", Status = "True" }];
        List<Condition> first = Conditions.Set(others, "Programmed", false, "NoAddress", "none", 1, World.Start);
        List<Condition> second = Conditions.Set(first, "Programmed", false, "VipConflict", "taken", 2, World.Start.AddMinutes(1));
        List<Condition> third = Conditions.Set(second, "Programmed", true, "Programmed", "ok", 2, World.Start.AddMinutes(2));

        Assert.Equal(["TargetsReady", "Programmed"], third.Select(condition => condition.Type));
        Assert.Equal(World.Start, second[1].LastTransitionTime);
        Assert.Equal(World.Start.AddMinutes(2), third[1].LastTransitionTime);
        Assert.Single(others);
        Assert.True(Conditions.Says(third, "Programmed", true, "Programmed", "ok", 2));
        Assert.False(Conditions.Says(third, "Programmed", true, "Programmed", "ok", 3));
    }

    private static (bool IsTrue, string Reason) Head((bool IsTrue, string Reason, string Message) condition) => (condition.IsTrue, condition.Reason);

    private AgentState Apply(DatapathCapacities? capacities = null)
    {
        WorldSnapshot snapshot = _world.Snapshot();
        DesiredState desired = DesiredState.Compute(snapshot, null, World.Start);
        var maps = new FakeDatapathMaps(capacities ?? new DatapathCapacities { VipSlots = 8, RingSlots = 4096, Reals = 8, FlowBuckets = 8, PortBitmaps = 1 });
        var applier = new DatapathApplier(maps, new ManualTime(World.Start));
        ApplyResult applied = applier.Apply(desired, snapshot.Underlay);
        return new AgentState(desired, applied, ImmutableDictionary<uint, string>.Empty, ImmutableDictionary<DatapathAddress, uint>.Empty, ImmutableDictionary<ulong, uint>.Empty);
    }
}
