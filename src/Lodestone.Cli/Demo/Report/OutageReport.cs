namespace Lodestone.Cli.Demo.Report;

/// <summary>What new connections saw while a process was killed and started again.</summary>
internal sealed record OutageReport
{
    /// <summary>What was killed with SIGKILL.</summary>
    public required string Process { get; init; }

    /// <summary>HTTP requests over new connections, from the kill until it was ready again.</summary>
    public required int Requests { get; init; }

    /// <summary>Those that were not answered.</summary>
    public required int Failed { get; init; }

    /// <summary>How long until it was ready again.</summary>
    public required double Seconds { get; init; }
}
