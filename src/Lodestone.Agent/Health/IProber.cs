namespace Lodestone.Agent.Health;

/// <summary>Checks a target once.</summary>
internal interface IProber
{
    /// <summary>Checks a target. Never takes much longer than its timeout, and throws only when it is cancelled.</summary>
    public Task<ProbeResult> ProbeAsync(HealthTarget target, CancellationToken cancellationToken);
}
