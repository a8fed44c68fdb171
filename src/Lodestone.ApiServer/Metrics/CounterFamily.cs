namespace Lodestone.ApiServer.Metrics;

/// <summary>Counters.</summary>
internal sealed class CounterFamily(string name, string help, params string[] labels) : MetricFamily<Counter>(name, help, labels, () => new Counter())
{
    /// <inheritdoc/>
    public override string Type => "counter";

    /// <inheritdoc/>
    protected override void Write(MetricText text, string labels, Counter series) => text.Sample(Name, labels, series.Value);
}
