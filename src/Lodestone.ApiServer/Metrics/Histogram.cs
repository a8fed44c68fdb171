namespace Lodestone.ApiServer.Metrics;

/// <summary>How often values fell below each of some bounds, and their sum.</summary>
/// <param name="bounds">Upper bounds, ascending; the last, infinite one is not among them.</param>
internal sealed class Histogram(double[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    /// <summary>Seconds that requests take, in kube-apiserver's buckets.</summary>
    public static double[] RequestSeconds { get; } =
        [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

    /// <summary>Seconds that something short takes: from 100 microseconds to 26 seconds, by twos.</summary>
    public static double[] ShortSeconds { get; } = [.. Enumerable.Range(0, 19).Select(i => 0.0001 * (1 << i))];

    /// <summary>Numbers from 1 to a million.</summary>
    public static double[] Counts { get; } = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536, 262144, 1048576];

    /// <summary>Adds a value.</summary>
    public void Observe(double value)
    {
        int bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        double before;
        do
        {
            before = Volatile.Read(ref _sum);
        }
        while (Interlocked.CompareExchange(ref _sum, before + value, before) != before);
    }

    /// <summary>Writes buckets, sum and count.</summary>
    public void Write(MetricText text, string name, string labels)
    {
        long total = 0;
        string separator = labels.Length == 0 ? "" : ",";
        for (int i = 0; i < _counts.Length; i++)
        {
            total += Volatile.Read(ref _counts[i]);
            string bound = i < bounds.Length ? MetricText.Number(bounds[i]) : "+Inf";
            text.Sample($"{name}_bucket", $"{labels}{separator}le=\"{bound}\"", total);
        }

        text.Sample($"{name}_sum", labels, Volatile.Read(ref _sum));
        text.Sample($"{name}_count", labels, total);
    }
}
