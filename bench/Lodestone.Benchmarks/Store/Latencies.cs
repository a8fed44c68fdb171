using System.Globalization;

namespace Lodestone.Benchmarks.Store;

/// <summary>Durations in milliseconds, and what they come to.</summary>
internal sealed class Latencies
{
    private readonly List<double> _values = [];

    public void Add(TimeSpan value)
    {
        lock (_values)
        {
            _values.Add(value.TotalMilliseconds);
        }
    }

    public override string ToString()
    {
        lock (_values)
        {
            _values.Sort();
            return _values.Count == 0
                ? "none"
                : string.Create(CultureInfo.InvariantCulture, $"p50 {At(0.5):F2}  p99 {At(0.99):F2}  p99.9 {At(0.999):F2}  max {_values[^1]:F2} ms  ({_values.Count:N0})");
        }
    }

    private double At(double quantile) => _values[(int)(quantile * (_values.Count - 1))];
}
