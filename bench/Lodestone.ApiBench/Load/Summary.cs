namespace Lodestone.ApiBench.Load;

/// <summary>What a phase of load came to; latencies in milliseconds from the first byte sent to the last received.</summary>
internal sealed record Summary(int Count, double Seconds, double PerSecond, double P50, double P90, double P99, double Max, int Errors, string? FirstError)
{
    public static Summary Of(List<double> milliseconds, double seconds, int errors, string? firstError)
    {
        milliseconds.Sort();
        return new Summary(
            milliseconds.Count,
            Math.Round(seconds, 3),
            Math.Round(milliseconds.Count / seconds, 1),
            Quantile(milliseconds, 0.5),
            Quantile(milliseconds, 0.9),
            Quantile(milliseconds, 0.99),
            Quantile(milliseconds, 1),
            errors,
            firstError);
    }

    /// <summary>A quantile of sorted values, rounded to microseconds; -1 of none.</summary>
    public static double Quantile(List<double> sorted, double q) =>
        sorted.Count == 0 ? -1 : Math.Round(sorted[(int)(q * (sorted.Count - 1))], 3);
}
