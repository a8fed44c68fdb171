namespace Lodestone.Agent.Apply;

/// <summary>How large the maps are made. Fixed while they are pinned: a change takes effect when they are made anew.</summary>
public sealed record DatapathCapacities
{
    /// <summary>Slots of one VIP table, a power of two; half as many VIPs are served.</summary>
    public int VipSlots { get; init; } = 4096;

    /// <summary>Slots of all rings together: 8 bytes each, 128 and more for a target of a VIP.</summary>
    public int RingSlots { get; init; } = 1 << 20;

    /// <summary>Targets of all VIPs together: 64 bytes each.</summary>
    public int Reals { get; init; } = 1 << 14;

    /// <summary>Buckets of the flow table, a power of two: 64 bytes for eight flows of slots in transition.</summary>
    public int FlowBuckets { get; init; } = 1 << 17;

    /// <summary>VIPs with more than eight port ranges: 24 kB each.</summary>
    public int PortBitmaps { get; init; } = 64;

    /// <summary>Network interfaces of this machine.</summary>
    public int Nics { get; init; } = 4096;

    /// <summary>Source addresses of all network interfaces of this machine: their own, and VIPs they serve.</summary>
    public int NicSources { get; init; } = 1 << 16;
}
