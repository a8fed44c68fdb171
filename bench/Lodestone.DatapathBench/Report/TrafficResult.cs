namespace Lodestone.DatapathBench.Report;

/// <summary>What a run of traffic came to.</summary>
internal sealed record TrafficResult
{
    public required string Machine { get; init; }

    public required string Date { get; init; }

    /// <summary>Where the servers were: local or remote.</summary>
    public required string Layout { get; init; }

    /// <summary>HTTP servers.</summary>
    public required int Servers { get; init; }

    /// <summary>Seconds of each sample.</summary>
    public required int Seconds { get; init; }

    /// <summary>Alternating rounds: in each, every way carries every load once.</summary>
    public required int Rounds { get; init; }

    public List<TrafficSample> Samples { get; init; } = [];

    /// <summary>New connections for minutes on end.</summary>
    public List<MinuteSample> Minutes { get; init; } = [];

    /// <summary>Shares of direct, with the same offloads in the same round.</summary>
    public IReadOnlyList<double> SharesOf(string site, string load, bool isWire) =>
    [
        .. from sample in Samples
           where sample.Site == site && sample.Load == load && sample.IsWire == isWire
           join direct in Samples.Where(s => s.Site == "direct" && s.Load == load && s.IsWire == isWire) on sample.Round equals direct.Round
           select sample.PerSecond / direct.PerSecond,
    ];
}

/// <summary>One way under one load. Of HTTP, failures are requests without an answer; of UDP, datagrams that did not arrive.</summary>
internal sealed record TrafficSample(string Site, bool IsWire, string Load, int Round, double PerSecond, long Failures);

/// <summary>One way under new connections, and direct just after it.</summary>
internal sealed record MinuteSample(string Site, double Minutes, double PerSecond, double DirectPerSecond, long Failures, long? Connections);
