namespace Lodestone.Cli.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="Area">What it belongs to: <c>kernel</c>, <c>privileges</c>, <c>tools</c>, <c>uplink</c>, <c>addresses</c>.</param>
/// <param name="Name">What was looked at.</param>
/// <param name="Level">What came of it.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to do; null when nothing is to be done.</param>
internal sealed record Finding(string Area, string Name, FindingLevel Level, string Detail, string? Remedy = null)
{
    /// <summary>A finding that is fine on a condition, and else of a given level with a remedy.</summary>
    public static Finding When(bool fine, string area, string name, string detail, FindingLevel otherwise, string otherwiseDetail, string remedy) =>
        fine ? new Finding(area, name, FindingLevel.Ok, detail) : new Finding(area, name, otherwise, otherwiseDetail, remedy);
}
