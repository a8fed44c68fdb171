using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Status;
using Lodestone.Api.Meta;
using Xunit;

namespace Lodestone.Agent.Tests.Status;

public sealed class StatusModelTests
{
    private readonly World _world = new();

    [Fact]
    public void NicOf_AttachFailed_IsAnErrorWithTheReason()
    {
        _world.AddNic("a", 1);
        AgentState state = _world.Apply() with { AttachFailures = ImmutableDictionary<uint, string>.Empty.Add(101, "no such device") };

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
}
