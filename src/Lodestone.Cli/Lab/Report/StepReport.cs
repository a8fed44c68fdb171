namespace Lodestone.Cli.Lab.Report;

/// <summary>What one step of a scenario did to the load, and the verdict.</summary>
internal sealed record StepReport
{
    /// <summary>Its name, a few words.</summary>
    public required string Name { get; init; }

    /// <summary>What was done.</summary>
    public required string Done { get; init; }

    /// <summary>What was to hold.</summary>
    public required string Goal { get; init; }

    /// <summary>What was read about it where people would look, such as a condition in the API or an error.</summary>
    public required IReadOnlyList<FindingReport> Found { get; init; }

    /// <summary><c>ok</c> or <c>missed</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>Connections that were lost and should not have been.</summary>
    public required int Resets { get; init; }

    /// <summary>Requests over new connections that were not answered.</summary>
    public required int FailedRequests { get; init; }

    /// <summary>The longest row of lost datagrams of a flow that was concerned, in milliseconds.</summary>
    public required double LossMs { get; init; }

    /// <summary>The flows that the step concerns, by kind.</summary>
    public required IReadOnlyDictionary<string, LoadReport> Affected { get; init; }

    /// <summary>All others, by kind.</summary>
    public required IReadOnlyDictionary<string, LoadReport> Unaffected { get; init; }

    /// <summary>What did not hold, each with what was seen.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Processes that wanted a CPU, on average of the last minute: much above the number of CPUs, figures are upper bounds.</summary>
    public required double LoadAverage { get; init; }
}
