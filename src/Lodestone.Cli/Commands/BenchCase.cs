using System.Text.Json.Serialization;

using Lodestone.Bpf.Bench;

namespace Lodestone.Cli.Commands;

/// <summary>One case of a <see cref="BenchReport"/>. Nanoseconds are those of one packet.</summary>
/// <param name="Name">Family, packet, state of the slots and delivery.</param>
/// <param name="Flows">Different flows; missing where every packet is of a new one.</param>
/// <param name="Vips">VIPs the flows are spread over.</param>
/// <param name="Targets">Targets of each VIP.</param>
/// <param name="FlowBuckets">Buckets of the flow table; missing where it isn't read.</param>
/// <param name="Ns">Batched, the least of all batches, without the wrapper.</param>
/// <param name="MedianNs">The same of the median batches.</param>
/// <param name="WithWrapperNs">Batched, the least of all batches, with the wrapper.</param>
/// <param name="CallNs">One call a packet, the median; missing where it wasn't measured.</param>
internal sealed record BenchCase(
    string Name,
    long? Flows,
    int Vips,
    int Targets,
    [property: JsonPropertyName("flow_buckets")] int? FlowBuckets,
    double Ns,
    [property: JsonPropertyName("median_ns")] double MedianNs,
    [property: JsonPropertyName("with_wrapper_ns")] double WithWrapperNs,
    [property: JsonPropertyName("call_ns")] double? CallNs)
{
    /// <summary>The case as measured.</summary>
    public static BenchCase Of(PacketBenchmarkCase c) => new(
        c.Name, c.Flows, c.Vips, c.Targets, c.FlowBuckets, Math.Round(c.Ns, 2), Math.Round(c.MedianNs, 2), Math.Round(c.WithWrapperNs, 2), c.CallNs);
}
