namespace Lodestone.Agent.Kernel.Migration;

/// <summary>The steps from the maps of one layout or size to those of another, in their order. The agent may die before any of them; the next one goes on.</summary>
internal enum MigrationStep
{
    /// <summary>The new maps are made.</summary>
    Create,

    /// <summary>They get what only the old ones know: indexes, rings, counters, records.</summary>
    Import,

    /// <summary>They are marked as whole.</summary>
    Mark,

    /// <summary>The desired state is in them; records that came meanwhile are copied.</summary>
    CopyFlows,

    /// <summary>The uplink's tc program is replaced.</summary>
    SwitchUplinkTc,

    /// <summary>The uplink's XDP program is replaced: from here on the new maps serve.</summary>
    SwitchUplinkXdp,

    /// <summary>After a grace period, records that the old programs made until then are copied.</summary>
    CopyLastFlows,

    /// <summary>The pins of the old maps are removed.</summary>
    RemoveOld,
}
