using System.Text.Json.Serialization;

namespace Lodestone.Cli.Commands;

/// <summary>What <c>lodestone bench packets -o json</c> prints. The names are the ones that comparisons between releases read.</summary>
/// <param name="Machine">Processor and kernel.</param>
/// <param name="Date">The day.</param>
/// <param name="EmptyNs">Nanoseconds of a program that does nothing, batched.</param>
/// <param name="EmptyCallNs">The same with one call a packet.</param>
/// <param name="Cases">What was measured.</param>
internal sealed record BenchReport(
    string Machine,
    string Date,
    [property: JsonPropertyName("empty_ns")] double EmptyNs,
    [property: JsonPropertyName("empty_call_ns")] double EmptyCallNs,
    IReadOnlyList<BenchCase> Cases);
