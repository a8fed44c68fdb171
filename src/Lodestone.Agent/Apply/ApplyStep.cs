namespace Lodestone.Agent.Apply;

/// <summary>The steps of publishing, in their order. The agent may die between any two; the next one converges from there.</summary>
internal enum ApplyStep
{
    /// <summary>Underlay entries, source addresses and routes that are new or changed.</summary>
    AddEntries,

    /// <summary>Reals that are new or changed, at indexes no record knows.</summary>
    WriteReals,

    /// <summary>Rings: in a free region, or slot by slot where the ring keeps its size.</summary>
    WriteRings,

    /// <summary>The VIP table that is not served.</summary>
    WriteVipTable,

    /// <summary>The word that says which table is served.</summary>
    Switch,

    /// <summary>A grace period: afterwards no packet reads what was replaced.</summary>
    Grace,

    /// <summary>Dead reals lose their kind.</summary>
    KillReals,

    /// <summary>Underlay entries, source addresses and routes that are no longer wanted.</summary>
    RemoveEntries,
}
