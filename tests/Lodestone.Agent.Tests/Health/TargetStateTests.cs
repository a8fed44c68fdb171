using System.Collections.Immutable;
using Lodestone.Agent.Health;
using Lodestone.Agent.Status;
using Lodestone.Api.Networking;
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
        var state = new TargetState(new KnownHealth(false, Start, "before"));

        Assert.False(state.Observe(ProbeResult.Success, Targets.Spec, Start.AddSeconds(1)));
        Assert.False(state.Observe(ResultOf('f', 1), Targets.Spec, Start.AddSeconds(2)));
        Assert.Equal((false, Start, "before"), (state.IsHealthy, state.Since, state.Message));
    }

    [Fact]
    public void Observe_FailsAgainAndAgain_IsHeldForLongerEachTime()
    {
        ProbeSpec spec = Targets.Spec with { HealthyThreshold = 1, UnhealthyThreshold = 1 };
        var state = new TargetState();
        DateTimeOffset now = Start;
        List<int> held = [];
        List<string?> said = [];
        state.Observe(ProbeResult.Success, spec, now);
        for (int time = 0; time < 8; time++)
        {
            Assert.True(state.Observe(ResultOf('f', time), spec, now += TimeSpan.FromSeconds(1)));
            int seconds = 0;
            while (state.IsHealthy != true)
            {
                if (state.Observe(ProbeResult.Success, spec, now += TimeSpan.FromSeconds(1)) && state.IsHealthy == false)
                {
                    said.Add(state.Message);
                    Assert.True(state.IsFlapping);
                }

                seconds++;
            }

            Assert.Equal((false, null), (state.IsFlapping, state.Message));
            held.Add(seconds - 1);
        }

        Assert.Equal([0, 0, 30, 60, 120, 240, 300, 30], held);
        Assert.Equal("well again, and held until no check failed for 30 s: it became unhealthy 3 times in 10 minutes", said[0]);
    }

    [Fact]
    public void Observe_FailsWhileHeld_StartsOverAndCountsNoFlip()
    {
        ProbeSpec spec = Targets.Spec with { HealthyThreshold = 1, UnhealthyThreshold = 1 };
        var state = new TargetState();
        string seen = "";
        DateTimeOffset now = Start;
        foreach (char result in "sfsfsf" + "sf" + new string('s', 31))
        {
            state.Observe(ResultOf(result, 0), spec, now += TimeSpan.FromSeconds(1));
            seen += state.IsHealthy == true ? 'H' : state.IsFlapping ? 'F' : 'U';
        }

        Assert.Equal("HUHUHU" + "FU" + new string('F', 30) + "H", seen);
    }

    /// <summary>Whoever takes over between two checks, by what is written of it, holds it as long as who had it all along; a hold that had begun begins again.</summary>
    [Theory]
    [InlineData("sfsfsfs", "F", 30)]
    [InlineData("sfsfsf", "U", 30)]
    [InlineData("sfsfsfssss", "F", 30)]
    [InlineData("sfsf", "U", 0)]
    public void Observe_AnotherAgentTakesOver_TheHoldStands(string before, string stateThen, int hold)
    {
        ProbeSpec spec = Targets.Spec with { HealthyThreshold = 1, UnhealthyThreshold = 1 };
        var first = new TargetState();
        DateTimeOffset now = Start;
        foreach (char result in before)
        {
            first.Observe(ResultOf(result, 0), spec, now += TimeSpan.FromSeconds(1));
        }

        HealthTarget target = Targets.Of("a");
        var status = new NetworkInterfaceStatus { Health = HealthReport.Of([target], ImmutableDictionary<HealthKey, KnownHealth>.Empty.Add(target.Key, first.Known!), null) };
        var state = new TargetState(HealthReport.Find(status, target.Key));

        Assert.Equal(stateThen, state.IsFlapping ? "F" : state.IsHealthy == true ? "H" : "U");
        int seconds = 0;
        while (state.IsHealthy != true)
        {
            state.Observe(ProbeResult.Success, spec, now += TimeSpan.FromSeconds(1));
            seconds++;
        }

        Assert.Equal(hold, seconds - 1);
    }

    [Fact]
    public void Observe_FailuresLongAgo_AreForgotten()
    {
        ProbeSpec spec = Targets.Spec with { HealthyThreshold = 1, UnhealthyThreshold = 1 };
        var state = new TargetState(new KnownHealth(true, Start, null));
        for (int hour = 0; hour < 5; hour++)
        {
            DateTimeOffset now = Start.AddHours(hour);
            Assert.True(state.Observe(ResultOf('f', hour), spec, now));
            Assert.True(state.Observe(ProbeResult.Success, spec, now.AddSeconds(1)));
            Assert.True(state.IsHealthy);
        }
    }

    private static ProbeResult ResultOf(char result, int number) => result switch
    {
        's' => ProbeResult.Success,
        'f' => ProbeResult.Failure($"failure {number}"),
        _ => ProbeResult.Inconclusive("no device"),
    };
}
