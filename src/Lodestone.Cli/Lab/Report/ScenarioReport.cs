namespace Lodestone.Cli.Lab.Report;

/// <summary>How one scenario went.</summary>
internal sealed record ScenarioReport
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it shows, in a sentence.</summary>
    public required string Shows { get; init; }

    /// <summary><c>ok</c> or <c>failed</c>.</summary>
    public required string Result { get; init; }

    /// <summary>Connections that were lost and should not have been, over all steps.</summary>
    public required int Resets { get; init; }

    /// <summary>The longest that a flow that was concerned lost packets, in milliseconds, over all steps.</summary>
    public required double LossMs { get; init; }

    /// <summary>How long it took, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Why it could not be run to its end; absent where it was.</summary>
    public string? Error { get; init; }

    /// <summary>Its steps.</summary>
    public required IReadOnlyList<StepReport> Steps { get; init; }
}
