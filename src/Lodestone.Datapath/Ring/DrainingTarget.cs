namespace Lodestone.Datapath.Ring;

/// <summary>A target that left the set but lives: it takes no new flows and keeps its old ones until the deadline.</summary>
public readonly record struct DrainingTarget(ulong Target, DateTimeOffset Deadline);
