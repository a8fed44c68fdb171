using Lodestone.ApiBench.Load;

namespace Lodestone.ApiBench.Scenarios;

/// <summary>All figures of one server.</summary>
internal sealed record TargetResult
{
    public required string Name { get; init; }

    /// <summary>Start on an empty directory until ready, seconds.</summary>
    public double StartSeconds { get; set; }

    public double IdleMegabytes { get; set; }

    /// <summary>Of one core, over ten quiet seconds.</summary>
    public double IdleCpuPercent { get; set; }

    public List<ByClients> Creates { get; } = [];

    public List<ByClients> Gets { get; } = [];

    public List<ByClients> Patches { get; } = [];

    public List<ByClients> Applies { get; } = [];

    public List<ByClients> AppliesWithoutChange { get; } = [];

    public List<ByClients> Mixed { get; } = [];

    public List<BySize> Sizes { get; } = [];

    public List<ByWatchers> Watches { get; } = [];
}

/// <summary>One load at one number of clients.</summary>
internal sealed record ByClients(int Clients, Summary Summary);

/// <summary>A server that holds so many objects; times in milliseconds, the best of several.</summary>
internal sealed record BySize(
    int Objects, double Megabytes, double ListMilliseconds, double ListMegabytes, double EmptySelectorMilliseconds, double SelectiveMilliseconds, double RestartSeconds);

/// <summary>Watches of one collection: write to frame in milliseconds at a steady rate of writes, and frames a second at as many writes as go.</summary>
internal sealed record ByWatchers(int Watchers, double WritesPerSecond, double P50, double P99, double Max, double DeliveriesPerSecond, long LostFrames);

/// <summary>What a run came to.</summary>
internal sealed record BenchResult(string Machine, string Date, List<TargetResult> Targets);
