namespace Lodestone.Cli.Lab.Report;

/// <summary>What the flows of one kind met.</summary>
internal sealed record LoadReport
{
    /// <summary>How many flows there were.</summary>
    public required int Flows { get; init; }

    /// <summary>Answers that they had.</summary>
    public required long Answers { get; init; }

    /// <summary>The longest time that one of them was without an answer beyond its own rhythm, in milliseconds.</summary>
    public required double GapMs { get; init; }

    /// <summary>Datagrams that were lost.</summary>
    public required int Lost { get; init; }

    /// <summary>Connections that were lost.</summary>
    public required int Resets { get; init; }

    /// <summary>Flows that went to another target.</summary>
    public required int Moved { get; init; }

    /// <summary>Requests over new connections that were not answered.</summary>
    public required int Failed { get; init; }

    /// <summary>New connections that got through only when their SYN was sent again.</summary>
    public required int Retried { get; init; }

    /// <summary>Of new connections: from the first to the last that was opened and failed, or got through only when its SYN was sent again, in milliseconds.</summary>
    public double? ClosedMs { get; init; }
}
