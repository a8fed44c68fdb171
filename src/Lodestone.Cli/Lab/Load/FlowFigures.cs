using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Load;

/// <summary>What one flow, or one source of new connections, met in a window of time.</summary>
internal sealed record FlowFigures
{
    /// <summary>What it is.</summary>
    public required LoadKind Kind { get; init; }

    /// <summary>Where it goes.</summary>
    public required SiteBalancer Balancer { get; init; }

    /// <summary>How it is recognised in packets; null for new connections.</summary>
    public required FlowPath? Path { get; init; }

    /// <summary>Who answered when the window began; null for new connections.</summary>
    public required string? Target { get; init; }

    /// <summary>Answers that came.</summary>
    public required int Answers { get; init; }

    /// <summary>The longest time without an answer beyond the flow's own rhythm. Of datagrams: the longest row of lost ones, by when they were sent.</summary>
    public required TimeSpan Gap { get; init; }

    /// <summary>Datagrams that were never answered.</summary>
    public int Lost { get; init; }

    /// <summary>Whether the connection was lost.</summary>
    public bool IsReset { get; init; }

    /// <summary>Whether another target answered than before.</summary>
    public bool IsMoved { get; init; }

    /// <summary>Requests of new connections that were not answered.</summary>
    public int Failed { get; init; }

    /// <summary>New connections that got through only when their SYN was sent again, as the kernel counts it.</summary>
    public int Retried { get; init; }

    /// <summary>Of new connections: from the first to the last that was opened and failed, or got through only when its SYN was sent again.</summary>
    public TimeSpan ClosedFor { get; init; }

    /// <summary>What went wrong first; null for nothing.</summary>
    public string? Problem { get; init; }
}
