namespace Lodestone.DatapathBench.Flood;

/// <summary>What the rings are in the middle of.</summary>
internal enum FloodPhase
{
    /// <summary>Nothing has changed for long: no flow is recorded.</summary>
    Stable,

    /// <summary>The flooded VIP has just lost a target: its slots record flows.</summary>
    FloodedInTransition,

    /// <summary>The measured VIP, too: its kept connections live by their records.</summary>
    BothInTransition,
}
