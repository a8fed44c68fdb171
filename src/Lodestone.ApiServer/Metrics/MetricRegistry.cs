namespace Lodestone.ApiServer.Metrics;

/// <summary>All metrics of a server.</summary>
internal sealed class MetricRegistry
{
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Adds a metric.</summary>
    /// <exception cref="ArgumentException">There is one of that name.</exception>
    public T Add<T>(T family)
        where T : MetricFamily
    {
        lock (_gate)
        {
            _families.Add(family.Name, family);
        }

        return family;
    }

    /// <summary>All of them in Prometheus' text format, sorted by name.</summary>
    public string Write()
    {
        MetricFamily[] families;
        lock (_gate)
        {
            families = [.. _families.Values];
        }

        var text = new MetricText();
        foreach (MetricFamily family in families)
        {
            text.Family(family);
        }

        return text.ToString();
    }
}
