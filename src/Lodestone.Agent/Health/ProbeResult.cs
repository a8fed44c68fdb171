namespace Lodestone.Agent.Health;

/// <summary>What came of one check, and why.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Message">Of anything but a success, for a person; else empty.</param>
public readonly record struct ProbeResult(ProbeOutcome Outcome, string Message)
{
    /// <summary>The target is well.</summary>
    public static ProbeResult Success { get; } = new(ProbeOutcome.Success, "");

    /// <summary>The target is not well.</summary>
    public static ProbeResult Failure(string message) => new(ProbeOutcome.Failure, message);

    /// <summary>It is not known whether the target is well.</summary>
    public static ProbeResult Inconclusive(string message) => new(ProbeOutcome.Inconclusive, message);
}
