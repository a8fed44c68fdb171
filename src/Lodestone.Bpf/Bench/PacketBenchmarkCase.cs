namespace Lodestone.Bpf.Bench;

/// <summary>One measured case. Nanoseconds are those of one packet.</summary>
public sealed record PacketBenchmarkCase
{
    /// <summary>Family, packet, state of the slots and delivery, for instance <c>ipv4-tcp-established</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Different flows among the packets; null where every packet is of a new one.</summary>
    public required long? Flows { get; init; }

    /// <summary>VIPs of the family, over which the flows are spread.</summary>
    public required int Vips { get; init; }

    /// <summary>Targets of each VIP.</summary>
    public required int Targets { get; init; }

    /// <summary>Buckets of the flow table; null where it isn't read.</summary>
    public required int? FlowBuckets { get; init; }

    /// <summary>Batched, the least of all batches, without the wrapper's own cost.</summary>
    public required double Ns { get; init; }

    /// <summary>The same of the median batches.</summary>
    public required double MedianNs { get; init; }

    /// <summary>Batched, the least of all batches, with the wrapper.</summary>
    public required double WithWrapperNs { get; init; }

    /// <summary>One test-run call a packet, the median of what the kernel says; null where it wasn't measured (more than one flow).</summary>
    public required double? CallNs { get; init; }
}
