namespace Lodestone.Cli.Simulate.Flows;

/// <summary>How far counts are from their shares.</summary>
internal static class Evenness
{
    /// <summary>The largest count by what its share makes of the whole.</summary>
    public static double MaxToMean(int[] counts, double[] shares)
    {
        double all = counts.Sum(count => (double)count);
        return Stopwatches.Round(counts.Select((count, i) => count / (all * shares[i])).Max());
    }

    /// <summary>Pearson's chi-square by its degrees of freedom: around 1 where chance decides.</summary>
    public static double ChiSquare(int[] counts, double[] shares)
    {
        double all = counts.Sum(count => (double)count);
        return Stopwatches.Round(counts.Select((count, i) => Math.Pow(count - (all * shares[i]), 2) / (all * shares[i])).Sum() / (counts.Length - 1));
    }
}
