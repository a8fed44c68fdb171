using System.Collections.Concurrent;

namespace Lodestone.ApiServer.Metrics;

/// <summary>A metric whose series are kept.</summary>
/// <typeparam name="TSeries">What a series is.</typeparam>
/// <param name="name">Name as Prometheus has it.</param>
/// <param name="help">What it means.</param>
/// <param name="labels">Names of its labels.</param>
/// <param name="create">Makes the series of label values that are seen for the first time.</param>
internal abstract class MetricFamily<TSeries>(string name, string help, string[] labels, Func<TSeries> create) : MetricFamily(name, help)
    where TSeries : class
{
    private readonly ConcurrentDictionary<string, TSeries> _series = new(StringComparer.Ordinal);

    /// <summary>The series of label values, in the order of the labels. Keep it where it is needed often.</summary>
    public TSeries With(params ReadOnlySpan<string> values)
    {
        if (values.Length != labels.Length)
        {
            throw new ArgumentException($"{Name} has {labels.Length} labels", nameof(values));
        }

        return _series.GetOrAdd(MetricText.Labels(labels, values), static (_, create) => create(), create);
    }

    /// <inheritdoc/>
    public override void Write(MetricText text)
    {
        foreach ((string values, TSeries series) in _series.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            Write(text, values, series);
        }
    }

    /// <summary>Writes a series.</summary>
    protected abstract void Write(MetricText text, string labels, TSeries series);
}
