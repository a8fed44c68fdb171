using Lodestone.DatapathBench.Flood;

namespace Lodestone.DatapathBench.Report;

/// <summary>What a run of floods came to.</summary>
internal sealed record FloodResult
{
    public required string Machine { get; init; }

    public required string Date { get; init; }

    /// <summary>Seconds of each sample.</summary>
    public required int Seconds { get; init; }

    /// <summary>Alternating rounds of all floods, in each phase.</summary>
    public required int Rounds { get; init; }

    public List<FloodSample> Samples { get; init; } = [];
}

/// <summary>One VIP under load while a flood goes somewhere.</summary>
/// <param name="Phase">What the rings were in the middle of.</param>
/// <param name="Flood">Where it went.</param>
/// <param name="Round">From 0.</param>
/// <param name="NewPerSecond">New connections of the measured VIP that were served.</param>
/// <param name="Failures">And those that were not.</param>
/// <param name="KeptBroken">Kept connections that broke meanwhile.</param>
/// <param name="KeptLongestMs">The longest that one of their answers took, in milliseconds.</param>
/// <param name="FloodPerSecond">SYNs that were sent.</param>
/// <param name="BalancedPerSecond">SYNs that the packet program sent to a target of the flooded VIP.</param>
internal sealed record FloodSample(
    FloodPhase Phase, FloodTarget Flood, int Round, double NewPerSecond, long Failures, int KeptBroken, long KeptLongestMs, double FloodPerSecond, double BalancedPerSecond);
