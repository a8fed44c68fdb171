namespace Lodestone.Cli.Lab.Report;

/// <summary>What <c>lodestone lab run -o json</c> prints.</summary>
internal sealed record LabReport
{
    /// <summary><c>ok</c> if every verdict is, else <c>failed</c>.</summary>
    public required string Result { get; init; }

    /// <summary>The scenarios that were run, in order.</summary>
    public required IReadOnlyList<ScenarioReport> Scenarios { get; init; }
}
