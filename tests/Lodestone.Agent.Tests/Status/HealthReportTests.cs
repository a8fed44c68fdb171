using System.Collections.Immutable;
using Lodestone.Agent.Health;
using Lodestone.Agent.Status;
using Lodestone.Agent.Tests.Health;
using Lodestone.Api.Networking;
using Xunit;

namespace Lodestone.Agent.Tests.Status;

public sealed class HealthReportTests
{
    private static readonly DateTimeOffset Since = new(2026, 1, 1, 12, 0, 0, 500, TimeSpan.Zero);

    private readonly HealthTarget _target = Targets.Of("a");

    [Fact]
    public void Of_Known_SaysItInWholeSeconds()
    {
        TargetHealth found = Assert.Single(HealthReport.Of([_target, Targets.Of("b")], Known(new KnownHealth(false, Since, "no")), null)!);

        Assert.Equal(("web", "lb", "IPv4", TargetHealth.Unhealthy, "no"), (found.LoadBalancer, found.Uid, found.IpFamily, found.State, found.Message));
        Assert.Equal(Since.AddMilliseconds(-500), found.Since);
    }

    [Fact]
    public void Of_NotKnownYet_KeepsWhatIsWritten()
    {
        var status = new NetworkInterfaceStatus { Health = HealthReport.Of([_target], Known(new KnownHealth(true, Since, null)), null) };

        List<TargetHealth>? kept = HealthReport.Of([_target], Known(null), status);

        Assert.True(HealthReport.Same(status.Health, kept));
        Assert.Null(HealthReport.Of([], Known(null), status));
        Assert.Null(HealthReport.Of([_target], Known(null), null));
        Assert.False(HealthReport.Same(status.Health, null));
    }

    [Theory]
    [InlineData(null, true, 0)]
    [InlineData(null, false, 1)]
    [InlineData(true, true, 0)]
    [InlineData(true, false, 1)]
    [InlineData(false, true, 1)]
    public void Flips_AreThoseToBeTold(bool? before, bool after, int told)
    {
        List<TargetHealth>? old = HealthReport.Of([_target], Known(before is { } was ? new KnownHealth(was, Since, null) : null), null);
        List<TargetHealth>? now = HealthReport.Of([_target], Known(new KnownHealth(after, Since, null)), null);

        Assert.Equal(told, HealthReport.Flips(old, now).Count);
    }

    private ImmutableDictionary<HealthKey, KnownHealth> Known(KnownHealth? health) =>
        health is null ? ImmutableDictionary<HealthKey, KnownHealth>.Empty : ImmutableDictionary<HealthKey, KnownHealth>.Empty.Add(_target.Key, health);
}
