namespace Lodestone.ControllerBench.Measure;

/// <summary>What many latencies come to, in milliseconds.</summary>
internal sealed record Quantiles(int Count, double P50, double P99, double Max)
{
    public static Quantiles Of(IEnumerable<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
        return sorted.Length == 0
            ? new Quantiles(0, 0, 0, 0)
            : new Quantiles(sorted.Length, sorted[(int)(0.5 * (sorted.Length - 1))], sorted[(int)(0.99 * (sorted.Length - 1))], sorted[^1]);
    }
}
