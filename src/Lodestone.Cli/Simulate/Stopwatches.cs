using System.Diagnostics;

namespace Lodestone.Cli.Simulate;

/// <summary>How long things take, and what they leave on the heap.</summary>
internal static class Stopwatches
{
    /// <summary>Milliseconds of one call.</summary>
    public static double Ms(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Round(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    /// <summary>Microseconds of one call, the median of some.</summary>
    public static double MedianUs(int times, Action<int> action) => Median([.. Enumerable.Range(0, times).Select(i => 1000 * Ms(() => action(i)))]);

    /// <summary>The median; 0 of none.</summary>
    public static double Median(double[] values)
    {
        Array.Sort(values);
        return values.Length == 0 ? 0 : Round(values[values.Length / 2]);
    }

    /// <summary>Bytes of the heap that are in use.</summary>
    public static async Task<long> HeapAsync()
    {
        // On a stack of its own: that of whoever has just ended holds what he held.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>Four decimals: of milliseconds, tenths of a microsecond.</summary>
    public static double Round(double value) => Math.Round(value, 4);
}
