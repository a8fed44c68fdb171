namespace Lodestone.Agent.Health;

/// <summary>What health checks of this machine have come to.</summary>
/// <param name="Successes">Checks that found a target well.</param>
/// <param name="Failures">Checks that did not.</param>
/// <param name="Inconclusive">Checks that this machine could not make.</param>
/// <param name="Seconds">How long the checks took, all together.</param>
/// <param name="Buckets">How many took at most <see cref="Bounds"/>, each with those before; the last has all.</param>
/// <param name="Healthy">Targets found healthy.</param>
/// <param name="Unhealthy">Targets found unhealthy.</param>
/// <param name="Unknown">Targets without a result yet.</param>
public sealed record HealthTotals(
    long Successes, long Failures, long Inconclusive, double Seconds, IReadOnlyList<long> Buckets, int Healthy, int Unhealthy, int Unknown)
{
    /// <summary>Upper bounds of the buckets in seconds; above the last there is one more.</summary>
    public static IReadOnlyList<double> Bounds { get; } = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>Nothing has been checked.</summary>
    public static HealthTotals Empty { get; } = new(0, 0, 0, 0, new long[Bounds.Count + 1], 0, 0, 0);

    /// <summary>All checks.</summary>
    public long Count => Successes + Failures + Inconclusive;
}
