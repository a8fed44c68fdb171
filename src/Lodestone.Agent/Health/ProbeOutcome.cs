namespace Lodestone.Agent.Health;

/// <summary>What came of one check.</summary>
public enum ProbeOutcome
{
    /// <summary>The target is well.</summary>
    Success,

    /// <summary>It is not.</summary>
    Failure,

    /// <summary>This machine could not check it, which says nothing of the target.</summary>
    Inconclusive,
}
