using System.Globalization;

namespace Lodestone.Agent.Health;

/// <summary>What is known of a target's health, from one check to the next. Pure: who calls has the clock.</summary>
/// <remarks>
/// It takes several results in a row to change what is known, but for a target of which nothing is: its first success makes it healthy, since
/// whoever is new waits for it. Inconclusive results change nothing. One that failed several times lately has to be well for a while (<see cref="FlapDamping"/>).
/// </remarks>
internal sealed class TargetState
{
    private readonly FlapDamping _damping;
    private DateTimeOffset? _wellSince;
    private int _successes;
    private int _failures;

    /// <summary>Of a target of which something is known, or nothing (null). For how long it was well already is not: a hold begins again.</summary>
    public TargetState(KnownHealth? known = null)
    {
        (IsHealthy, Since, Message, IsFlapping) = (known?.IsHealthy, known?.Since ?? default, known?.Message, known?.IsFlapping == true);
        _damping = new FlapDamping(known?.FailedAt ?? []);
    }

    /// <summary>What is known; null: nothing.</summary>
    public KnownHealth? Known => IsHealthy is { } isHealthy ? new KnownHealth(isHealthy, Since, Message, IsFlapping) { FailedAt = _damping.FailedAt } : null;

    /// <summary>Null: not known.</summary>
    public bool? IsHealthy { get; private set; }

    /// <summary>Of an unhealthy one: its checks succeed, and it is held because they failed so often.</summary>
    public bool IsFlapping { get; private set; }

    /// <summary>Since when it is so.</summary>
    public DateTimeOffset Since { get; private set; }

    /// <summary>How the check failed that made it unhealthy, or for how long it is held; null of a healthy one.</summary>
    public string? Message { get; private set; }

    /// <summary>Takes a result; true when it changes what is known.</summary>
    public bool Observe(ProbeResult result, ProbeSpec spec, DateTimeOffset now)
    {
        switch (result.Outcome)
        {
            case ProbeOutcome.Success:
                _failures = 0;
                _wellSince ??= now;
                _successes = Math.Min(_successes + 1, spec.HealthyThreshold);
                return IsHealthy != true && (IsHealthy is null || _successes >= spec.HealthyThreshold) && Recover(now);
            case ProbeOutcome.Failure:
                _successes = 0;
                _wellSince = null;
                _failures = Math.Min(_failures + 1, spec.UnhealthyThreshold);
                if (_failures < spec.UnhealthyThreshold || (IsHealthy == false && !IsFlapping))
                {
                    return false;
                }

                if (IsHealthy == true)
                {
                    _damping.Fail(now);
                }

                return Become(false, now, result.Message);
            default:
                return false;
        }
    }

    private bool Recover(DateTimeOffset now)
    {
        if (now - _wellSince >= _damping.Hold)
        {
            return Become(true, now, null);
        }

        return !IsFlapping && Become(
            false,
            now,
            string.Create(
                CultureInfo.InvariantCulture,
                $"well again, and held until no check failed for {_damping.Hold.TotalSeconds:0} s: it became unhealthy {_damping.Count} times in {FlapDamping.Window.TotalMinutes:0} minutes"),
            isFlapping: true);
    }

    private bool Become(bool isHealthy, DateTimeOffset now, string? message, bool isFlapping = false)
    {
        (IsHealthy, Since, Message, IsFlapping) = (isHealthy, now, message, isFlapping);
        return true;
    }
}
