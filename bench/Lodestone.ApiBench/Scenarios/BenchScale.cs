namespace Lodestone.ApiBench.Scenarios;

/// <summary>How much is done; every loop is bounded by count and time.</summary>
internal sealed record BenchScale
{
    /// <summary>Which of <see cref="BenchRun.Parts"/> run.</summary>
    public IReadOnlyCollection<string> Parts { get; init; } = BenchRun.Parts;

    public int[] Clients { get; init; } = [1, 16, 64, 256];

    /// <summary>Operations at each number of clients.</summary>
    public Func<int, int> Operations { get; init; } = clients => clients switch { 1 => 1000, <= 16 => 6000, _ => 12000 };

    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(5);

    public int[] Sizes { get; init; } = [1000, 10_000, 100_000];

    public int[] Watchers { get; init; } = [1, 10, 100, 1000];

    public TimeSpan PopulateLimit { get; init; } = TimeSpan.FromSeconds(90);
}
