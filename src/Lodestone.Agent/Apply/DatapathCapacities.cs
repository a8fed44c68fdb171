namespace Lodestone.Agent.Apply;

/// <summary>How large the maps are made. Fixed while they are pinned: a change takes effect when they are made anew.</summary>
public sealed record DatapathCapacities
{
    /// <summary>Slots of one VIP table, a power of two; half as many VIPs are served.</summary>
    public int VipSlots { get; init; } = 4096;

    /// <summary>Slots of all rings together: 8 bytes each, 128 and more for a target of a VIP.</summary>
    public int RingSlots { get; init; } = 1 << 20;

    /// <summary>Targets of all VIPs together, at most <see cref="Datapath.Layout.FlowBucket.MaxReals"/>: 64 bytes each.</summary>
    public int Reals { get; init; } = 1 << 14;

    /// <summary>Buckets of the flow table, a power of two: 64 bytes for six flows of slots in transition and two that begin.</summary>
    public int FlowBuckets { get; init; } = 1 << 17;

    /// <summary>VIPs with more than eight port ranges: 24 kB each.</summary>
    public int PortBitmaps { get; init; } = 64;

    /// <summary>Network interfaces of this machine.</summary>
    public int Nics { get; init; } = 4096;

    /// <summary>Underlay addresses of all hosts of the site: who may encapsulate to this machine.</summary>
    public int Hosts { get; init; } = 1 << 14;

    /// <summary>
    /// Targets that are found by QUIC connection IDs: one for each, of each VIP and port for which a policy asks it. Takes memory only as
    /// they come: some 100 bytes each.
    /// </summary>
    public int QuicServers { get; init; } = 1 << 16;

    /// <summary>Source addresses of all network interfaces of this machine: their own, VIPs they serve, and one more for each.</summary>
    public int NicSources { get; init; } = 1 << 16;

    /// <summary>
    /// Answered flows of workloads that can't own a VIP; the least recently used go first. Takes its memory at once: some 150 bytes each.
    /// </summary>
    public int TranslatedFlows { get; init; } = 1 << 16;

    /// <summary>
    /// Addresses that this machine's network interfaces can send to, and those of all networks, which they must not reach by the host's routing.
    /// Takes memory only as they come: some 150 bytes each.
    /// </summary>
    public int Routes { get; init; } = 1 << 18;

    /// <summary>Bytes of events that wait for a listener: a power of two, 88 for each. Made at least a page.</summary>
    public int EventBytes { get; init; } = 1 << 18;
}
