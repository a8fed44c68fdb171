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

    /// <summary>A slot names a target that had no real.</summary>
    public bool LacksReal { get; init; }

    /// <summary>What it was made from; null where it was only read off the table.</summary>
    public VipModel? Model { get; init; }
}
