namespace Lodestone.ApiServer.Metrics;

/// <summary>A metric: its name, what it means, and a series for each set of label values.</summary>
/// <param name="name">Name as Prometheus has it; the name of a counter ends in <c>_total</c>.</param>
/// <param name="help">What it means, in one sentence.</param>
internal abstract class MetricFamily(string name, string help)
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>What it means.</summary>
    public string Help { get; } = help;

    /// <summary>Prometheus' type: counter, gauge or histogram.</summary>
    public abstract string Type { get; }

    /// <summary>Writes the series.</summary>
    public abstract void Write(MetricText text);
}
