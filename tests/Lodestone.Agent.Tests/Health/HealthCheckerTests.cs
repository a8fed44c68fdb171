using System.Collections.Immutable;
using Lodestone.Agent.Health;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Agent.Tests.Health;

public sealed class HealthCheckerTests
{
    private static readonly ProbeSpec Fast = Targets.Spec with { Interval = TimeSpan.FromMilliseconds(20) };

    private readonly FakeProber _prober = new();
    private int _flips;

    [Fact]
    public async Task Run_TargetsFailAndRecover_IsKnownAndTold()
    {
        using HealthChecker checker = Start(out CancellationTokenSource stop, out Task run);
        _prober.Say("b", ProbeResult.Failure("it is broken"));
        checker.Set([Targets.Of("a", Fast), Targets.Of("b", Fast)], _ => null);

        TestPoll.Until(() => checker.Known.Count == 2, "checker.Known.Count == 2");
        Assert.Equal((true, false), (KnownOf(checker, "a")!.IsHealthy, KnownOf(checker, "b")!.IsHealthy));
        Assert.Equal("it is broken", KnownOf(checker, "b")!.Message);
        HealthTotals totals = checker.ReadTotals();
        Assert.Equal((1, 1, 0), (totals.Healthy, totals.Unhealthy, totals.Unknown));
        Assert.True(totals.Successes > 0 && totals.Failures >= 3);
        Assert.Equal(totals.Count, totals.Buckets[^1]);

        int flips = Volatile.Read(ref _flips);
        _prober.Say("b", ProbeResult.Inconclusive("no device"));
        int total = _prober.Total;
        TestPoll.Until(() => _prober.Total > total + 10, "_prober.Total > total + 10");
        Assert.Equal((flips, false), (Volatile.Read(ref _flips), KnownOf(checker, "b")!.IsHealthy));

        _prober.Say("b", ProbeResult.Success);
        TestPoll.Until(() => KnownOf(checker, "b")!.IsHealthy, "KnownOf(checker, 'b')!.IsHealthy");
        Assert.Null(KnownOf(checker, "b")!.Message);
        await StopAsync(stop, run);
    }

    [Fact]
    public async Task Set_OtherTargets_ForgetsTheRestAndTakesUpWhatWasWritten()
    {
        using HealthChecker checker = Start(out CancellationTokenSource stop, out Task run);
        checker.Set([Targets.Of("a", Fast)], _ => null);
        TestPoll.Until(() => KnownOf(checker, "a")?.IsHealthy == true, "KnownOf(checker, 'a')?.IsHealthy == true");

        // Nothing more is found out from here on.
        _prober.Say("a", ProbeResult.Inconclusive("no device"));
        _prober.Say("b", ProbeResult.Inconclusive("no device"));
        _prober.Say("c", ProbeResult.Inconclusive("no device"));
        DateTimeOffset since = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        checker.Set(
            [Targets.Of("a", Fast with { Port = 81 }), Targets.Of("b", Fast), Targets.Of("c", Fast)],
            target => target.Nic.Name == "b" ? new KnownHealth(false, since, "before") : null);
        TestPoll.Until(() => checker.Known.Count == 2, "checker.Known.Count == 2");
        Assert.True(KnownOf(checker, "a")!.IsHealthy);
        Assert.Equal(new KnownHealth(false, since, "before"), KnownOf(checker, "b"));

        checker.Set([], _ => null);
        TestPoll.Until(() => checker.Known.IsEmpty, "checker.Known.IsEmpty");
        await StopAsync(stop, run);
    }

    [Fact]
    public async Task Run_MoreDueThanMayRun_TheRestWaits()
    {
        _prober.Hang = new TaskCompletionSource();
        using HealthChecker checker = Start(out CancellationTokenSource stop, out Task run);
        ImmutableArray<HealthTarget> targets = [.. Enumerable.Range(0, HealthChecker.MaxConcurrent + 200).Select(i => Targets.Of($"nic-{i}"))];
        checker.Set(targets, _ => null);

        TestPoll.Until(() => _prober.Total == HealthChecker.MaxConcurrent, "_prober.Total == HealthChecker.MaxConcurrent");
        TaskCompletionSource hang = _prober.Hang;
        _prober.Hang = null;
        hang.SetResult();
        TestPoll.Until(() => checker.Known.Count == targets.Length, "checker.Known.Count == targets.Length");
        Assert.InRange(_prober.Most, 1, HealthChecker.MaxConcurrent);
        await StopAsync(stop, run);
    }

    private static KnownHealth? KnownOf(HealthChecker checker, string nic) => checker.Known.GetValueOrDefault(Targets.Of(nic).Key);

    private static async Task StopAsync(CancellationTokenSource stop, Task run)
    {
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        stop.Dispose();
    }

    private HealthChecker Start(out CancellationTokenSource stop, out Task run)
    {
        var checker = new HealthChecker(_prober, () => Interlocked.Increment(ref _flips), new Random(1), TimeProvider.System, NullLogger.Instance);
        var stopping = new CancellationTokenSource();
        stop = stopping;
        run = Task.Run(() => checker.RunAsync(stopping.Token));
        return checker;
    }
}
