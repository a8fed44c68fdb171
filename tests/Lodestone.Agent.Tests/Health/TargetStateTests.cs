using Lodestone.Agent.Health;
using Xunit;

namespace Lodestone.Agent.Tests.Health;

public sealed class TargetStateTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Results, and after each what is known: s success, f failure, i inconclusive; H healthy, U unhealthy, ? nothing.</summary>
    [Theory]
    [InlineData("s", "H")]
    [InlineData("fs", "?H")]
    [InlineData("fffss", "??UUH")]
    [InlineData("fffsfss", "??UUUUH")]
    [InlineData("sffsfff", "HHHHHHU")]
    [InlineData("sffiif", "HHHHHU")]
    [InlineData("iiii", "????")]
    public void Observe_ResultsInARow_ChangeWhatIsKnownAtTheThresholds(string results, string expected)
    {
        var state = new TargetState();
        string seen = "";
        bool? before = null;
        for (int i = 0; i < results.Length; i++)
        {
            DateTimeOffset now = Start.AddSeconds(i);
            bool flipped = state.Observe(ResultOf(results[i], i), Targets.Spec, now);
            Assert.Equal(before != state.IsHealthy, flipped);
            Assert.True(!flipped || state.Since == now);
            before = state.IsHealthy;
            seen += before switch { true => 'H', false => 'U', null => '?' };
        }

        Assert.Equal(expected, seen);
    }

    [Fact]
    public void Observe_Unhealthy_KeepsTheMessageThatMadeItSo()
    {
        var state = new TargetState();
        for (int i = 0; i < 5; i++)
        {
            state.Observe(ResultOf('f', i), Targets.Spec, Start.AddSeconds(i));
        }

        Assert.Equal(("failure 2", Start.AddSeconds(2)), (state.Message, state.Since));
        Assert.False(state.Observe(ProbeResult.Success, Targets.Spec, Start));
        Assert.True(state.Observe(ProbeResult.Success, Targets.Spec, Start));
        Assert.Null(state.Message);
    }

    [Fact]
    public void Observe_StateOfAnotherAgent_StandsUntilTheThreshold()
    {
        var state = new TargetState(isHealthy: false, Start, "before");

        Assert.False(state.Observe(ProbeResult.Success, Targets.Spec, Start.AddSeconds(1)));
        Assert.False(state.Observe(ResultOf('f', 1), Targets.Spec, Start.AddSeconds(2)));
        Assert.Equal((false, Start, "before"), (state.IsHealthy, state.Since, state.Message));
    }

    private static ProbeResult ResultOf(char result, int number) => result switch
    {
        's' => ProbeResult.Success,
        'f' => ProbeResult.Failure($"failure {number}"),
        _ => ProbeResult.Inconclusive("no device"),
    };
}
