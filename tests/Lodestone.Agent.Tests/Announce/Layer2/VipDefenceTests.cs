using System.Collections.Immutable;
using CsCheck;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Datapath.Layout;
using Xunit;

using LinuxMac = Lodestone.Linux.MacAddress;

namespace Lodestone.Agent.Tests.Announce.Layer2;

public sealed class VipDefenceTests
{
    private static readonly DatapathAddress Vip = DatapathAddress.Parse("198.51.100.1");
    private static readonly DatapathAddress Other = DatapathAddress.Parse("2001:db8:cafe::1");
    private static readonly LinuxMac Stranger = LinuxMac.Parse("02:00:00:00:00:66");
    private static readonly LinuxMac Gateway = LinuxMac.Parse("02:00:00:00:00:0b");

    private readonly ManualTime _time = new(World.Start);
    private readonly VipDefence _defence;

    public VipDefenceTests()
    {
        _defence = new VipDefence(_time);
        Assert.Empty(_defence.HoldBackNew(VipsOf(Vip, Other)));
        _defence.SetOwned([Vip]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Hear_GatewayWhileOurLeaseHasLapsed_YieldsOnceUntilWeAreInContact(bool isLive)
    {
        Claimant claimant = isLive ? Claimant.Gateway : Claimant.LapsedGateway;
        Assert.Equal(ClaimReaction.Yield, Hear(Gateway, isLeaseValid: false, claimant));
        Assert.Equal(ClaimReaction.None, Hear(Gateway, isLeaseValid: false, claimant));
        Assert.Equal([Vip], _defence.Silent);
        Assert.Empty(_defence.Contested);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(_defence.Settle().IsChanged);
        Assert.Equal([Vip], _defence.Silent);

        Assert.True(_defence.Resume());
        Assert.Empty(_defence.Silent);
        Assert.False(_defence.Resume());
    }

    [Fact]
    public void Hear_AddressThatIsNotOurs_IsNothing()
    {
        Assert.Equal(ClaimReaction.None, _defence.Hear(Other, Stranger, "eth0", true, Claimant.Stranger));
        Assert.False(_defence.IsConcerned(Other));
        Assert.Empty(_defence.Contested);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Hear_Stranger_IsDefendedAgainstEveryTenSecondsAndTold(bool isLeaseValid)
    {
        Assert.Equal((ClaimReaction.Defend, TimeSpan.Zero), (Hear(Stranger, isLeaseValid), _defence.UntilDefence(Vip)));

        // He says it twice (RFC 5227, 2.3): the second is answered when ten seconds are over, though he is silent then.
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((ClaimReaction.DefendLater, TimeSpan.FromSeconds(8)), (Hear(Stranger, isLeaseValid), _defence.UntilDefence(Vip)));
        _time.Advance(TimeSpan.FromSeconds(7.9));
        Assert.Equal(ClaimReaction.None, Hear(Stranger, isLeaseValid));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal((ClaimReaction.DefendLater, TimeSpan.FromSeconds(10)), (Hear(Stranger, isLeaseValid), _defence.UntilDefence(Vip)));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(ClaimReaction.Defend, Hear(Stranger, isLeaseValid));

        Assert.Empty(_defence.Silent);
        Assert.Equal(new ContestedVip(Stranger, "eth0", IsHeldBack: false, IsGateway: false), _defence.Contested[Vip]);
    }

    [Fact]
    public void Settle_NothingHeardForLong_TheContestIsOver()
    {
        Hear(Stranger);
        _time.Advance(VipDefence.ContestLimit - TimeSpan.FromSeconds(1));
        Hear(Stranger);
        ImmutableDictionary<DatapathAddress, ContestedVip> told = _defence.Contested;
        _time.Advance(VipDefence.ContestLimit - TimeSpan.FromSeconds(1));
        Assert.False(_defence.Settle().IsChanged);
        Assert.Same(told, _defence.Contested);
        Assert.Equal(TimeSpan.FromSeconds(1), _defence.NextSettling());

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_defence.Settle().IsChanged);
        Assert.Empty(_defence.Contested);
        Assert.Null(_defence.NextSettling());
    }

    [Fact]
    public void Hear_GatewayThatGoesOnAfterATakeOver_IsAskedTwiceAndToldOf()
    {
        Assert.Equal(ClaimReaction.Defend, Hear(Gateway));
        Assert.Equal(VipDefence.TakeOverTime, _defence.NextSettling());
        AssertAskedAfter(VipDefence.TakeOverTime);
        Hear(Gateway);
        Assert.Empty(_defence.Contested);

        AssertAskedAfter(VipDefence.AnswerTime);
        Hear(Gateway);
        Assert.Equal(new ContestedVip(Gateway, "eth0", IsHeldBack: false, IsGateway: true), _defence.Contested[Vip]);
        Assert.Equal(VipDefence.ContestLimit, _defence.NextSettling());

        // It lets go in the end.
        _time.Advance(VipDefence.ContestLimit);
        Assert.True(_defence.Settle().IsChanged);
        Assert.Empty(_defence.Contested);
    }

    [Fact]
    public void Hear_GatewayThatMissesOneQuestion_IsToldOf()
    {
        Hear(Gateway);
        AssertAskedAfter(VipDefence.TakeOverTime);
        AssertAskedAfter(VipDefence.AnswerTime);
        Hear(Gateway);
        AssertAskedAfter(VipDefence.AnswerTime);
        Hear(Gateway);
        Assert.True(_defence.Contested[Vip].IsGateway);
    }

    [Fact]
    public void Hear_GatewayThatTakesOverAgainAndAgain_IsNotToldOf()
    {
        // Each time it lets go within a second. It announces twice, two seconds apart, and each of us may defend.
        for (int takeOver = 0; takeOver < 5; takeOver++)
        {
            Hear(Gateway);
            _time.Advance(TimeSpan.FromSeconds(2));
            Hear(Gateway);
            AssertAskedAfter(VipDefence.TakeOverTime - TimeSpan.FromSeconds(2));
            AssertAskedAfter(VipDefence.AnswerTime);
            AssertAskedAfter(VipDefence.AnswerTime);
            _time.Advance(VipDefence.AnswerTime);
            Assert.False(_defence.Settle().IsChanged);
            Assert.Null(_defence.NextSettling());
            _time.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.Empty(_defence.Contested);
    }

    [Fact]
    public void SetOwned_LetGoWhileTheOtherAnnounces_WasATakeOver()
    {
        Hear(Gateway);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_defence.SetOwned([]));
        Assert.Null(_defence.NextSettling());

        // Ours again, and its again, each for a moment.
        _time.Advance(TimeSpan.FromSeconds(30));
        _defence.SetOwned([Vip]);
        Hear(Gateway);
        Assert.Empty(_defence.Contested);
        Assert.Equal(VipDefence.TakeOverTime, _defence.NextSettling());
    }

    [Fact]
    public void SetOwned_LetGoOfAContestThatIsTold_TheContestIsOver()
    {
        Hear(Gateway);
        AssertAskedAfter(VipDefence.TakeOverTime);
        Hear(Gateway);
        AssertAskedAfter(VipDefence.AnswerTime);
        Hear(Gateway);
        Assert.NotEmpty(_defence.Contested);

        Assert.True(_defence.SetOwned([Other]));
        Assert.Empty(_defence.Contested);
        Assert.False(_defence.SetOwned([]));
    }

    [Fact]
    public void SetOwned_LetGoOfWhatAStrangerHas_HeIsToldOfOn()
    {
        Hear(Stranger);
        Assert.False(_defence.SetOwned([]));
        Assert.NotEmpty(_defence.Contested);
    }

    [Fact]
    public void Hear_ClaimsThatWaitedWhileThisMachineStoodStill_AreNoAnswers()
    {
        // Stopped between two of them; what waited in the socket is read before and after the question, all at once.
        Hear(Gateway);
        _time.Advance(TimeSpan.FromSeconds(9));
        Hear(Gateway);
        Assert.Equal([Vip], _defence.Settle().Ask);
        Hear(Gateway);
        Hear(Gateway);
        AssertAskedAfter(VipDefence.AnswerTime);
        AssertAskedAfter(VipDefence.AnswerTime);
        _time.Advance(VipDefence.AnswerTime);
        Assert.False(_defence.Settle().IsChanged);
        Assert.Null(_defence.NextSettling());
        Assert.Empty(_defence.Contested);
    }

    [Fact]
    public void Hear_DataPathOfADeadAgentAnswersOn_IsNotToldOfForAMinute()
    {
        // Somebody asks the segment every second, and both answer.
        for (int second = 0; second < 64; second++)
        {
            Hear(Gateway, claimant: Claimant.LapsedGateway);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Empty(_defence.Settle().Ask);
        }

        // Its agent is back, and so is its lease; we let go in a moment.
        Hear(Gateway);
        Assert.Equal(VipDefence.TakeOverTime, _defence.NextSettling());
        _defence.SetOwned([]);
        Assert.Empty(_defence.Contested);
    }

    [Fact]
    public void Hear_GatewayWithoutALeaseGoesOnForLong_IsToldOf()
    {
        Hear(Gateway, claimant: Claimant.LapsedGateway);
        AssertAskedAfter(VipDefence.ReturnTime);
        Hear(Gateway, claimant: Claimant.LapsedGateway);
        AssertAskedAfter(VipDefence.AnswerTime);
        Hear(Gateway, claimant: Claimant.LapsedGateway);
        Assert.True(_defence.Contested[Vip].IsGateway);
    }

    [Fact]
    public void Hear_ClaimantWhoMayBeAGateway_IsToldOfWhenHeIsKnownForAStranger()
    {
        Assert.Equal(ClaimReaction.Defend, Hear(Stranger, isLeaseValid: false, claimant: Claimant.Unknown));
        Assert.Empty(_defence.Contested);
        Assert.Empty(_defence.Silent);
        AssertAskedAfter(VipDefence.TakeOverTime);

        Hear(Stranger);
        Assert.False(_defence.Contested[Vip].IsGateway);
    }

    [Fact]
    public void Hear_ClaimantWhoMayBeAGatewayAndIs_IsNotToldOf()
    {
        Hear(Gateway, claimant: Claimant.Unknown);
        Hear(Gateway);
        Assert.Empty(_defence.Contested);
        AssertAskedAfter(VipDefence.TakeOverTime);
    }

    [Fact]
    public void Hear_GatewayThatWasNotKnownHasAVipThatIsHeldBack_ItIsAnsweredFor()
    {
        DatapathAddress added = DatapathAddress.Parse("198.51.100.9");
        _defence.HoldBackNew(VipsOf(Vip, Other, added));
        Assert.Equal(ClaimReaction.None, _defence.Hear(added, Gateway, "eth0", true, Claimant.Unknown));
        Assert.Equal([added], _defence.Silent);
        Assert.Empty(_defence.Contested);

        Assert.Equal(ClaimReaction.None, _defence.Hear(added, Gateway, "eth0", true, Claimant.Gateway));
        Assert.Empty(_defence.Silent);
    }

    [Fact]
    public void HoldBackNew_NobodyAnswers_IsAnsweredForAfterTheProbe()
    {
        DatapathAddress added = DatapathAddress.Parse("198.51.100.9");
        Assert.Equal([added], _defence.HoldBackNew(VipsOf(Vip, Other, added)));
        Assert.Equal([added], _defence.Silent);
        Assert.Empty(_defence.HoldBackNew(VipsOf(Vip, Other, added)));
        Assert.Equal(VipDefence.ProbeTime, _defence.NextSettling());

        _time.Advance(VipDefence.ProbeTime);
        Assert.True(_defence.Settle().IsChanged);
        Assert.Empty(_defence.Silent);
    }

    [Fact]
    public void HoldBackNew_StrangerHasIt_StaysSilentUntilHeIsGone()
    {
        DatapathAddress added = DatapathAddress.Parse("198.51.100.9");
        _defence.HoldBackNew(VipsOf(Vip, Other, added));
        Assert.Equal(ClaimReaction.None, _defence.Hear(added, Stranger, "eth0", true, Claimant.Stranger));
        _time.Advance(VipDefence.ProbeTime);
        Assert.False(_defence.Settle().IsChanged);
        Assert.Equal([added], _defence.Silent);
        Assert.True(_defence.Contested[added].IsHeldBack);

        // He answers the probes of a contest.
        _time.Advance(VipDefence.ContestLimit / 2);
        Assert.True(_defence.IsConcerned(added));
        _defence.Hear(added, Stranger, "eth0", true, Claimant.Stranger);
        _time.Advance(VipDefence.ContestLimit / 2);
        Assert.False(_defence.Settle().IsChanged);
        _time.Advance(VipDefence.ContestLimit / 2);
        Assert.True(_defence.Settle().IsChanged);
        Assert.Empty(_defence.Silent);
        Assert.Empty(_defence.Contested);
    }

    [Fact]
    public void HoldBackNew_VipThatAnotherGatewayHad_IsTakenOverWithoutDelay()
    {
        // Elected elsewhere before, here now.
        Assert.Empty(_defence.HoldBackNew([VipOf(Vip, true), VipOf(Other, true)]));
        Assert.Empty(_defence.Silent);
    }

    [Fact]
    public void HoldBackNew_AnotherModelOfAnAddressThatWasServed_IsNotNew()
    {
        // Another load balancer's, at another place of the state.
        Assert.Empty(_defence.HoldBackNew(VipsOf(Other, Vip)));
        Assert.Empty(_defence.Silent);

        Assert.Empty(_defence.HoldBackNew(VipsOf(Other)));
        Assert.Equal([Vip], _defence.HoldBackNew(VipsOf(Other, Vip)));
    }

    [Fact]
    public void HoldBackNew_AnyHistory_AsksForWhatTheLastStateLacked() => Gen.Int[0, 3].Array[6].Array[1, 10].Sample(states =>
    {
        var defence = new VipDefence(_time);
        ImmutableArray<VipModel> last = [];
        for (int step = 0; step < states.Length; step++)
        {
            // 0: not there; 1: a new model; 2: one that is not announced here; 3: as it was.
            ImmutableArray<VipModel> next =
            [
                .. states[step].Select((kind, i) => (kind, Address: DatapathAddress.Parse($"198.51.100.{i}")))
                    .Select(vip => vip.kind == 3 ? last.FirstOrDefault(known => known.Address == vip.Address) : vip.kind == 0 ? null : VipOf(vip.Address, vip.kind == 1)).OfType<VipModel>(),
            ];
            DatapathAddress[] expected = step == 0 ? [] : [.. next.Where(vip => vip.Announce && !last.Any(known => known.Address == vip.Address)).Select(vip => vip.Address)];

            Assert.Equal(expected.Order(LayoutOrder.Instance), defence.HoldBackNew(next).Order(LayoutOrder.Instance));
            last = next;
        }
    });

    [Fact]
    public void HoldBackNew_VipsGo_AndAllThatIsKnownOfThem()
    {
        Hear(Stranger);
        Assert.NotEmpty(_defence.Contested);
        Assert.Empty(_defence.HoldBackNew([]));
        Assert.Empty(_defence.Contested);
        Assert.Empty(_defence.Silent);
    }

    private ClaimReaction Hear(LinuxMac by, bool isLeaseValid = true, Claimant? claimant = null) =>
        _defence.Hear(Vip, by, "eth0", isLeaseValid, claimant ?? (by == Gateway ? Claimant.Gateway : Claimant.Stranger));

    /// <summary>The segment is asked for the VIP after so long, not before.</summary>
    private void AssertAskedAfter(TimeSpan wait)
    {
        _time.Advance(wait - TimeSpan.FromMilliseconds(1));
        Assert.Empty(_defence.Settle().Ask);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        VipSettling settling = _defence.Settle();
        Assert.Equal([Vip], settling.Ask);
        Assert.False(settling.IsChanged);
    }

    /// <summary>All announced here but the second.</summary>
    private static ImmutableArray<VipModel> VipsOf(params DatapathAddress[] vips) => [.. vips.Select(vip => VipOf(vip, vip != Other))];

    private static VipModel VipOf(DatapathAddress vip, bool isAnnounced)
    {
        var world = new World();
        world.AddLoadBalancer("web", vip.ToString());
        return world.Compute().Vips.Single() with { Announce = isAnnounced };
    }
}
