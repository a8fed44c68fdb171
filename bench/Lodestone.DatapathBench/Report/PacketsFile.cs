using System.Text.Json.Serialization;

namespace Lodestone.DatapathBench.Report;

/// <summary>What <c>lodestone bench packets -o json</c> wrote.</summary>
internal sealed record PacketsFile(
    string Machine,
    string Date,
    [property: JsonPropertyName("empty_ns")] double EmptyNs,
    [property: JsonPropertyName("empty_call_ns")] double EmptyCallNs,
    IReadOnlyList<PacketsCase> Cases)
{
    /// <summary>The row of a name by flows, of one VIP with three targets and the flow table that the agent would need.</summary>
    public IEnumerable<PacketsCase> ByFlows(string name) => Cases
        .Where(c => c.Name == name && c is { Vips: 1, Targets: 3, Flows: not null })
        .Where(c => c.FlowBuckets is null || c.FlowBuckets == (c.Flows > 1 << 19 ? 1 << 20 : 1 << 17))
        .OrderBy(c => c.Flows);
}

/// <summary>One case.</summary>
internal sealed record PacketsCase(
    string Name,
    long? Flows,
    int Vips,
    int Targets,
    [property: JsonPropertyName("flow_buckets")] int? FlowBuckets,
    double Ns,
    [property: JsonPropertyName("with_wrapper_ns")] double WithWrapperNs,
    [property: JsonPropertyName("call_ns")] double? CallNs);
