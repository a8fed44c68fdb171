using System.Text.Json.Serialization;

namespace Lodestone.Cli.Commands;

/// <summary>What <c>lodestone bench packets -o json</c> prints. The names are the ones that comparisons between releases read.</summary>
/// <param name="EmptyNs">Nanoseconds of a program that does nothing.</param>
/// <param name="Cases">What was measured.</param>
internal sealed record BenchReport([property: JsonPropertyName("empty_ns")] double EmptyNs, IReadOnlyList<BenchCase> Cases);
