namespace Lodestone.Cli.Simulate;

/// <summary>What to simulate.</summary>
/// <param name="Scale">The whole size.</param>
/// <param name="Percents">Shares of it that are measured, so that growth is seen.</param>
/// <param name="Seed">What everything random comes from.</param>
/// <param name="Flows">Flows of each case of disruption and balance.</param>
internal sealed record SimulationOptions(SimulationScale Scale, IReadOnlyList<int> Percents, int Seed, int Flows)
{
    private const int MaxFlows = 1_000_000;

    /// <summary>Why it can't be; null: it can.</summary>
    public string? Problem =>
        Percents.FirstOrDefault(percent => percent is < 1 or > 100) is var wrong and not 0 ? $"--percents: {wrong} is not between 1 and 100"
        : Percents.Count == 0 || Percents.Contains(0) ? "--percents: 0 is not between 1 and 100"
        : Flows is < 100 or > MaxFlows ? $"--flows: {Flows} is not between 100 and {MaxFlows}"
        : Scale.Problem;
}
