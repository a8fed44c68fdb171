namespace Lodestone.Cli.Counters;

/// <summary>What <c>lodestone counters -o json</c> prints.</summary>
/// <param name="Verdicts">By number; those that never happened are left out.</param>
/// <param name="Vips">Every VIP that is served, in the order of their addresses.</param>
/// <param name="Targets">Every target that has an index.</param>
/// <param name="Notes">What could not be found out.</param>
internal sealed record CountersReport(
    IReadOnlyList<VerdictCount> Verdicts, IReadOnlyList<VipCount> Vips, IReadOnlyList<TargetCount> Targets, IReadOnlyList<string> Notes);
