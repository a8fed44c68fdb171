namespace Lodestone.ApiServer.Metrics;

/// <summary>Gauges.</summary>
internal sealed class GaugeFamily(string name, string help, params string[] labels) : MetricFamily<Gauge>(name, help, labels, () => new Gauge())
{
    /// <inheritdoc/>
    public override string Type => "gauge";

    /// <inheritdoc/>
    protected override void Write(MetricText text, string labels, Gauge series) => text.Sample(Name, labels, series.Value);
}
