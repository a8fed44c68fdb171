namespace Lodestone.Agent.Health;

/// <summary>What is known of a target's health, from one check to the next. Pure: who calls has the clock.</summary>
/// <remarks>
/// It takes several results in a row to change what is known, but for a target of which nothing is: its first success makes it healthy, since
/// whoever is new waits for it. Inconclusive results change nothing.
/// </remarks>
internal sealed class TargetState
{
    private int _successes;
    private int _failures;

    /// <summary>Of a target of which something is known, or nothing.</summary>
    /// <param name="isHealthy">What is known; null: nothing.</param>
    /// <param name="since">Since when.</param>
    /// <param name="message">Why it is not healthy.</param>
    public TargetState(bool? isHealthy = null, DateTimeOffset since = default, string? message = null)
    {
        (IsHealthy, Since, Message) = (isHealthy, since, message);
    }

    /// <summary>Null: not known.</summary>
    public bool? IsHealthy { get; private set; }

    /// <summary>Since when it is so.</summary>
    public DateTimeOffset Since { get; private set; }

    /// <summary>How the check failed that made it unhealthy; null of a healthy one.</summary>
    public string? Message { get; private set; }

    /// <summary>Takes a result; true when it changes what is known.</summary>
    public bool Observe(ProbeResult result, ProbeSpec spec, DateTimeOffset now)
    {
        switch (result.Outcome)
        {
            case ProbeOutcome.Success:
                _failures = 0;
                _successes = Math.Min(_successes + 1, spec.HealthyThreshold);
                return IsHealthy != true && (IsHealthy is null || _successes >= spec.HealthyThreshold) && Become(true, now, null);
            case ProbeOutcome.Failure:
                _successes = 0;
                _failures = Math.Min(_failures + 1, spec.UnhealthyThreshold);
                return IsHealthy != false && _failures >= spec.UnhealthyThreshold && Become(false, now, result.Message);
            default:
                return false;
        }
    }

    private bool Become(bool isHealthy, DateTimeOffset now, string? message)
    {
        (IsHealthy, Since, Message) = (isHealthy, now, message);
        return true;
    }
}
