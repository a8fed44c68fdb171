namespace Lodestone.DatapathBench.Report;

/// <summary>What a change of targets costs on a gateway, and what its maps weigh.</summary>
internal sealed record ChangeResult
{
    public required string Machine { get; init; }

    public required string Date { get; init; }

    public List<ChangeBySize> Changes { get; init; } = [];

    /// <summary>The same from the objects.</summary>
    public List<PlannedChange> Planned { get; init; } = [];

    /// <summary>Bytes of the maps, by what they are for.</summary>
    public List<MapBytes> Memory { get; init; } = [];
}

/// <summary>One target of one VIP comes and goes in turn, among so many VIPs: milliseconds from the call until no packet is on the old ring any more.</summary>
/// <param name="Vips">VIPs that are served.</param>
/// <param name="TargetsOfIt">Targets of the VIP that changes.</param>
/// <param name="LeastMs">The fastest change.</param>
/// <param name="MedianMs">The median.</param>
/// <param name="WorstMs">The slowest.</param>
/// <param name="GraceMs">The median of a grace period by itself, which is part of it.</param>
/// <param name="Writes">Slots and entries written by one change, the median.</param>
internal sealed record ChangeBySize(int Vips, int TargetsOfIt, double LeastMs, double MedianMs, double WorstMs, double GraceMs, double Writes);

/// <summary>One routing changes among so many load balancers: milliseconds from the objects until no packet is on the old ring any more.</summary>
/// <param name="Vips">Load balancers, each with one VIP.</param>
/// <param name="LeastPlanMs">Computing the desired state: the fastest.</param>
/// <param name="PlanMs">The median.</param>
/// <param name="LeastApplyMs">Writing it to the maps: the fastest.</param>
/// <param name="ApplyMs">The median.</param>
/// <param name="GraceMs">A grace period, the median.</param>
/// <param name="MedianMs">All together, the median.</param>
internal sealed record PlannedChange(int Vips, double LeastPlanMs, double PlanMs, double LeastApplyMs, double ApplyMs, double GraceMs, double MedianMs);

/// <summary>A map's bytes for one of what it holds.</summary>
internal sealed record MapBytes(string What, long Bytes);
