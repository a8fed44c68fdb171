using Lodestone.Cli.Lab.Report;
using Lodestone.Cli.Lab.Scenarios;

namespace Lodestone.EndToEnd.Tests.Lab;

/// <summary>What becomes of a step for what was read about it.</summary>
public sealed class StepFindingsTests
{
    [Fact]
    public void Judge_SomethingNotFound_IsAMissedGoal()
    {
        var findings = new Findings();
        findings.Add("Host gw-1 Ready=False LeaseExpired", "the agent no longer renews its Lease");

        StepReport found = StepJudge.Judge(RulesOf(findings), [], 0);
        findings.Miss("nobody named the stranger");
        StepReport missed = StepJudge.Judge(RulesOf(findings), [], 0);

        Assert.Equal("ok", found.Verdict);
        Assert.Equal([new FindingReport("Host gw-1 Ready=False LeaseExpired", "the agent no longer renews its Lease")], found.Found);
        Assert.Equal("missed", missed.Verdict);
        Assert.Equal(["nobody named the stranger"], missed.Problems);
        Assert.Contains(
            LabTable.Lines(new LabReport { Result = "failed", Scenarios = [new ScenarioReport { Name = "s", Shows = "", Result = "failed", Resets = 0, LossMs = 0, Seconds = 0, Steps = [missed] }] }),
            line => line.EndsWith("missed   Host gw-1 Ready=False LeaseExpired", StringComparison.Ordinal));
    }

    private static StepRules RulesOf(Findings findings) => new() { Name = "step", Done = "done", Goal = "goal", Findings = findings };
}
