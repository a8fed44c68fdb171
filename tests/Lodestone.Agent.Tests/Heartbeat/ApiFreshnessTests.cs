using Lodestone.Agent.Heartbeat;
using Xunit;

namespace Lodestone.Agent.Tests.Heartbeat;

public sealed class ApiFreshnessTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ApiFreshness _freshness = new();

    [Fact]
    public void Look_OneKindIsSilent_SaysSinceWhenAndAfterwardsForHowLong()
    {
        Assert.Equal("Current", Look(0, 179).Reason);

        (string reason, string message) = Look(1, 180);
        Assert.Equal("Stale", reason);
        Assert.Contains("nothing has been heard of hosts since 2026-01-01 11:57:01Z", message, StringComparison.Ordinal);

        // The same words until it changes, though ages are never exact: nothing is written meanwhile.
        Assert.Equal(message, _freshness.Look(Ages(0, 300.3), Start.AddSeconds(121)).Message);
        Assert.Equal(message, _freshness.Look(Ages(500, 501), Start.AddSeconds(322)).Message);

        (reason, message) = Look(400, 2);
        Assert.Equal(("Regained", "the API is heard of; from 2026-01-01 11:57:01Z to 2026-01-01 12:06:40Z it was not"), (reason, message));
        Assert.Equal(message, Look(500, 3).Message);
    }

    [Fact]
    public void Look_NothingIsWatchedYet_IsCurrent() => Assert.Equal("Current", _freshness.Look(new Dictionary<string, TimeSpan>(), Start).Reason);

    private (string Reason, string Message) Look(int seconds, double age) => _freshness.Look(Ages(1, age), Start.AddSeconds(seconds));

    private static Dictionary<string, TimeSpan> Ages(double loadBalancers, double hosts) =>
        new() { ["loadbalancers"] = TimeSpan.FromSeconds(loadBalancers), ["hosts"] = TimeSpan.FromSeconds(hosts) };
}
