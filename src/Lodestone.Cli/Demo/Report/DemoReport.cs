namespace Lodestone.Cli.Demo.Report;

/// <summary>What <c>lodestone demo --once -o json</c> prints.</summary>
internal sealed record DemoReport
{
    /// <summary><c>ok</c> if every promise held, else <c>failed</c>.</summary>
    public required string Result { get; init; }

    /// <summary>IPv4; null if the demo did not get that far.</summary>
    public FamilyReport? Ipv4 { get; init; }

    /// <summary>IPv6; null if the demo did not get that far.</summary>
    public FamilyReport? Ipv6 { get; init; }

    /// <summary>All targets there were.</summary>
    public IReadOnlyList<TargetReport> PerTarget { get; init; } = [];

    /// <summary>Long-lived TCP connections that exchanged data all the time.</summary>
    public int Connections { get; init; }

    /// <summary>Messages that they exchanged.</summary>
    public long Exchanges { get; init; }

    /// <summary>How many of them broke; null if the demo did not get that far.</summary>
    public int? BrokenConnections { get; init; }

    /// <summary>The longest that one of them waited for an answer, in milliseconds.</summary>
    public double? LongestWaitMilliseconds { get; init; }

    /// <summary>Share of the new connections that the added target gets, from 0 to 1; ideal is a quarter.</summary>
    public double? NewTargetShare { get; init; }

    /// <summary>New connections that the removed target got; should be none.</summary>
    public int? RemovedTargetNewConnections { get; init; }

    /// <summary>What was killed, and what it did to new connections.</summary>
    public IReadOnlyList<OutageReport> Outages { get; init; } = [];

    /// <summary>Promises that were not kept.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];

    /// <summary>Seconds by step.</summary>
    public IReadOnlyDictionary<string, double> Seconds { get; init; } = new Dictionary<string, double>();
}
