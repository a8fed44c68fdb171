using System.Collections.Immutable;

namespace Lodestone.Agent.Health;

/// <summary>How long a target that keeps failing has to be well before it counts as healthy again. Pure: who calls has the clock. Not thread-safe.</summary>
/// <remarks>
/// Thresholds bound how fast a target flips, not how often; each flip moves its flows at all gateways. The hold doubles with each failure beyond the second in a while, up to
/// a limit, and is forgotten by itself.
/// </remarks>
internal sealed class FlapDamping
{
    /// <summary>Failures within <see cref="Window"/> that are let pass; from the next on a target is held.</summary>
    internal const int Free = 2;

    /// <summary>How long a failure counts.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    /// <summary>The first hold.</summary>
    internal static readonly TimeSpan FirstHold = TimeSpan.FromSeconds(30);

    /// <summary>The longest hold.</summary>
    internal static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(5);

    private readonly Queue<DateTimeOffset> _failures;

    /// <param name="failedAt">When it failed before, the oldest first, as <see cref="FailedAt"/> said then.</param>
    public FlapDamping(ImmutableArray<DateTimeOffset> failedAt)
    {
        _failures = new Queue<DateTimeOffset>(failedAt);
        Hold = HoldAfter(Count);
    }

    /// <summary>When it failed last, and before that within <see cref="Window"/>; the oldest first.</summary>
    public ImmutableArray<DateTimeOffset> FailedAt => _failures.Count == 0 ? [] : [.. _failures];

    /// <summary>How long it has to be well without a failed check since it failed last.</summary>
    public TimeSpan Hold { get; private set; }

    /// <summary>How often it had failed lately when it failed last.</summary>
    public int Count => _failures.Count;

    /// <summary>A target that was healthy is not any more.</summary>
    public void Fail(DateTimeOffset now)
    {
        while (_failures.TryPeek(out DateTimeOffset oldest) && now - oldest >= Window)
        {
            _failures.Dequeue();
        }

        _failures.Enqueue(now);
        Hold = HoldAfter(Count);
    }

    private static TimeSpan HoldAfter(int failures)
    {
        int beyond = failures - Free;
        TimeSpan hold = beyond <= 0 ? TimeSpan.Zero : FirstHold * (1 << Math.Min(beyond - 1, 10));
        return hold < LongestHold ? hold : LongestHold;
    }
}
