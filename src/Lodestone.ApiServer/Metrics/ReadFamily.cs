namespace Lodestone.ApiServer.Metrics;

/// <summary>A metric that is read where it already is, when it is asked for.</summary>
/// <param name="name">Name as Prometheus has it.</param>
/// <param name="type">counter or gauge.</param>
/// <param name="help">What it means.</param>
/// <param name="label">Name of its label; null for none.</param>
/// <param name="read">Label values and numbers.</param>
internal sealed class ReadFamily(string name, string type, string help, string? label, Func<IEnumerable<(string Label, double Value)>> read)
    : MetricFamily(name, help)
{
    /// <summary>A metric without labels.</summary>
    public ReadFamily(string name, string type, string help, Func<double> read)
        : this(name, type, help, null, () => [("", read())])
    {
    }

    /// <inheritdoc/>
    public override string Type { get; } = type;

    /// <inheritdoc/>
    public override void Write(MetricText text)
    {
        foreach ((string value, double number) in read())
        {
            text.Sample(Name, label is null ? "" : MetricText.Labels([label], [value]), number);
        }
    }
}
