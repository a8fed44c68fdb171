namespace Lodestone.ApiServer.Metrics;

/// <summary>Histograms of the same bounds.</summary>
internal sealed class HistogramFamily(string name, string help, double[] bounds, params string[] labels)
    : MetricFamily<Histogram>(name, help, labels, () => new Histogram(bounds))
{
    /// <inheritdoc/>
    public override string Type => "histogram";

    /// <inheritdoc/>
    protected override void Write(MetricText text, string labels, Histogram series) => series.Write(text, Name, labels);
}
