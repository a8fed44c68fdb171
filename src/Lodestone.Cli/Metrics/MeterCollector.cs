using System.Diagnostics.Metrics;
using System.Globalization;

namespace Lodestone.Cli.Metrics;

/// <summary>Keeps what a meter of this process measures, and writes it for Prometheus. Thread safe.</summary>
internal sealed class MeterCollector : IDisposable
{
    /// <summary>The meter of informers, work queues and leader election.</summary>
    public const string Client = "Lodestone.Client";

    /// <summary>Upper bounds of histograms, in seconds.</summary>
    private static readonly double[] Bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>Listens to a meter from now on.</summary>
    public MeterCollector(string meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meter)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Writes all metrics, sorted by name.</summary>
    public void Write(PrometheusText text)
    {
        lock (_gate)
        {
            foreach ((string name, Family family) in _families)
            {
                text.Begin(name, family.Type, family.Help);
                foreach ((_, Series series) in family.Series)
                {
                    WriteSeries(text, name, series);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static void WriteSeries(PrometheusText text, string name, Series series)
    {
        if (series.Buckets is null)
        {
            text.Sample(name, PrometheusText.Labels(series.Tags), series.Sum);
            return;
        }

        long count = 0;
        for (int i = 0; i <= Bounds.Length; i++)
        {
            count += series.Buckets[i];
            string bound = i < Bounds.Length ? Bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
            text.Sample(name + "_bucket", PrometheusText.Labels([.. series.Tags, new("le", bound)]), count);
        }

        text.Sample(name + "_sum", PrometheusText.Labels(series.Tags), series.Sum);
        text.Sample(name + "_count", PrometheusText.Labels(series.Tags), count);
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new KeyValuePair<string, string>[tags.Length];
        for (int i = 0; i < tags.Length; i++)
        {
            labels[i] = new(tags[i].Key, Convert.ToString(tags[i].Value, CultureInfo.InvariantCulture) ?? "");
        }

        bool isHistogram = instrument is Histogram<double> or Histogram<long>;
        string key = PrometheusText.Labels(labels);
        lock (_gate)
        {
            if (!_families.TryGetValue(instrument.Name, out Family? family))
            {
                string type = isHistogram ? "histogram" : instrument is Counter<long> or Counter<double> ? "counter" : "gauge";
                _families[instrument.Name] = family = new Family(type, instrument.Description ?? "", new(StringComparer.Ordinal));
            }

            if (!family.Series.TryGetValue(key, out Series? series))
            {
                family.Series[key] = series = new Series(labels, isHistogram ? new long[Bounds.Length + 1] : null);
            }

            series.Sum += value;
            if (series.Buckets is { } buckets)
            {
                int bucket = Array.FindIndex(Bounds, b => value <= b);
                buckets[bucket < 0 ? Bounds.Length : bucket]++;
            }
        }
    }

    private sealed record Family(string Type, string Help, SortedDictionary<string, Series> Series);

    private sealed class Series(KeyValuePair<string, string>[] tags, long[]? buckets)
    {
        public KeyValuePair<string, string>[] Tags => tags;

        public long[]? Buckets => buckets;

        public double Sum { get; set; }
    }
}
