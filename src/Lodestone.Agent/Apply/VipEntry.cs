using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Apply;

/// <summary>A VIP that is served: what the table holds, and whether slots of its ring settle.</summary>
internal sealed class VipEntry
{
    /// <summary>The slot of the VIP table.</summary>
    public required Vip Vip { get; set; }

    /// <summary>Some slot consults the flow table without learning.</summary>
    public required bool IsSettling { get; set; }
}
