using System.Net;
using System.Net.Sockets;

using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Report;
using Lodestone.Cli.Lab.Scenarios;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.EndToEnd.Tests.Lab;

public class StepJudgeTests
{
    private static readonly SiteBalancer Balancer = new("l3", [IPAddress.Parse("203.0.113.1")]);
    private static readonly FlowFigures Well = Flow(LoadKind.Kept, "web-1");

    [Fact]
    public void Judge_LossBelowTheGoal_IsOkAndTold()
    {
        StepReport step = Judge(Rules(), Well, Lossy("web-2", 400));

        Assert.Equal(("ok", 400, 0), (step.Verdict, step.LossMs, step.Resets));
        Assert.Equal((1, 20), (step.Affected["udp"].Flows, step.Affected["udp"].Lost));
        Assert.Equal(1, step.Unaffected["httpKept"].Flows);
    }

    [Fact]
    public void Judge_LossAboveTheGoal_IsMissed()
    {
        StepReport step = Judge(Rules(), Well, Lossy("web-2", 600));

        Assert.Equal("missed", step.Verdict);
        Assert.Equal("datagrams were lost for 600 ms, more than 500 ms", Assert.Single(step.Problems));
    }

    [Fact]
    public void Judge_OthersLoseOneDatagramOrSyn_IsMissed()
    {
        Assert.Equal("missed", Judge(Rules(), Lossy("web-1", 20)).Verdict);
        Assert.Equal("missed", Judge(Rules(), Flow(LoadKind.New, null) with { Retried = 1, Problem = "again" }).Verdict);
        Assert.Equal("missed", Judge(Rules(), Flow(LoadKind.New, null) with { Failed = 1, Problem = "refused" }).Verdict);
    }

    [Fact]
    public void Judge_ConnectionLostOrAtAnotherTarget_CountsAsReset()
    {
        StepReport step = Judge(Rules(), Flow(LoadKind.Kept, "web-2") with { IsReset = true, Problem = "reset" }, Well with { IsMoved = true, Problem = "moved" });

        Assert.Equal(("missed", 2), (step.Verdict, step.Resets));
        Assert.Equal(["reset", "untouched: moved"], step.Problems);
    }

    [Fact]
    public void Judge_FlowsThatMayEnd_AreNoResets()
    {
        StepRules rules = Rules() with { MayEnd = true, MaxLoss = null, MaxFailing = TimeSpan.FromSeconds(3) };

        StepReport step = Judge(rules, Flow(LoadKind.Streams, "web-2") with { IsReset = true, Answers = 0, Problem = "reset" }, Lossy("web-2", 9000));

        Assert.Equal(("ok", 0, 1), (step.Verdict, step.Resets, step.Affected["tcpStream"].Resets));
    }

    [Theory]
    [InlineData(2900, "ok")]
    [InlineData(3100, "missed")]
    public void Judge_NewConnectionsFailForAWhile_IsJudgedByWhenTheyWereOpened(int milliseconds, string verdict)
    {
        StepRules rules = Rules() with { IsAffected = _ => true, MaxFailing = TimeSpan.FromSeconds(3) };
        FlowFigures source = Flow(LoadKind.New, null) with { Failed = 4, ClosedFor = TimeSpan.FromMilliseconds(milliseconds), Problem = "no answer" };

        Assert.Equal(verdict, Judge(rules, source).Verdict);
    }

    [Fact]
    public void Judge_NoAnswerAtAll_IsMissed() => Assert.Equal("missed", Judge(Rules(), Well with { Answers = 0 }).Verdict);

    private static StepReport Judge(StepRules rules, params FlowFigures[] figures) => StepJudge.Judge(rules, figures, loadAverage: 0.5);

    private static StepRules Rules() => new()
    {
        Name = "kill",
        Done = "killed",
        Goal = "loss < 500 ms",
        IsAffected = flow => flow.Target == "web-2",
        MaxLoss = TimeSpan.FromMilliseconds(500),
    };

    private static FlowFigures Lossy(string target, int milliseconds) => Flow(LoadKind.Datagrams, target) with
    {
        Lost = milliseconds / 20,
        Gap = TimeSpan.FromMilliseconds(milliseconds),
        Problem = "lost",
    };

    private static FlowFigures Flow(LoadKind kind, string? target) => new()
    {
        Kind = kind,
        Balancer = Balancer,
        Path = kind == LoadKind.New ? null : new FlowPath(ProtocolType.Tcp, 40000, Balancer.Vips[0]),
        Target = target,
        Answers = 100,
        Gap = TimeSpan.Zero,
    };
}
