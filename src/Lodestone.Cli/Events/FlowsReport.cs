namespace Lodestone.Cli.Events;

/// <summary>What <c>lodestone flows -o json</c> prints.</summary>
/// <param name="Seconds">How long packets were sampled.</param>
/// <param name="SampleOneIn">Of so many packets, one on average.</param>
/// <param name="Samples">How many were.</param>
/// <param name="OverRate">Samples that were left out, more than a CPU tells in a time; estimates make up for them.</param>
/// <param name="NoRoom">Samples that were not read in time; likewise.</param>
/// <param name="Flows">The flows that were met, those of most packets first.</param>
/// <param name="Notes">What could not be found out.</param>
internal sealed record FlowsReport(
    double Seconds, int SampleOneIn, long Samples, ulong OverRate, ulong NoRoom, IReadOnlyList<FlowRow> Flows, IReadOnlyList<string> Notes);
