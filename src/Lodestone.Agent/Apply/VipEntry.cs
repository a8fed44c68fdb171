using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Apply;

/// <summary>A VIP that is served: what the table holds, what it was made from, and whether it has to be looked at again.</summary>
internal sealed class VipEntry
{
    /// <summary>The slot of the VIP table.</summary>
    public required Vip Vip { get; init; }

    /// <summary>Some slot consults the flow table without learning.</summary>
    public required bool IsSettling { get; init; }

    /// <summary>Some slot learns although the published history does not say so: the gateway has heard of a change late.</summary>
    public bool IsLate { get; init; }

    /// <summary>
    /// When it has to be made again although its model is the same: a slot names a target that had no real, one that settles may be quiet by then, or
    /// the window of late ones ends. Null: never.
    /// </summary>
    public DateTimeOffset? LookAgainAt { get; init; }

    /// <summary>What it was made from; null where it was only read off the table.</summary>
    public VipModel? Model { get; init; }
}
