namespace Lodestone.Cli.Doctor;

/// <summary>What <c>lodestone doctor -o json</c> prints.</summary>
/// <param name="Result"><c>ok</c>, or <c>broken</c> if one finding is.</param>
/// <param name="Findings">All of them, in the order they were made.</param>
internal sealed record DoctorReport(string Result, IReadOnlyList<Finding> Findings)
{
    /// <summary>Sums findings up.</summary>
    public static DoctorReport Of(IReadOnlyList<Finding> findings) =>
        new(findings.Any(f => f.Level == FindingLevel.Broken) ? "broken" : "ok", findings);
}
