namespace Lodestone.Cli.Metrics;

/// <summary>What the parts of <c>lodestone server</c> beside its API server tell Prometheus: controllers and agent. Thread safe.</summary>
/// <remarks>An agent comes after the API server and goes before it; <see cref="Serve"/> says how long there is one.</remarks>
internal sealed class PartMetrics : IDisposable
{
    private readonly MeterCollector _meters = new(MeterCollector.Client);
    private readonly Lock _gate = new();
    private Func<AgentReadings>? _agent;

    /// <summary>All of it in Prometheus' text format.</summary>
    public string Write()
    {
        var text = new PrometheusText();
        _meters.Write(text);
        lock (_gate)
        {
            if (_agent?.Invoke() is { } agent)
            {
                AgentMetrics.Write(text, agent);
            }
        }

        return text.ToString();
    }

    /// <summary>Asks an agent from now on, until what is returned is disposed of: then it isn't being asked, nor will be.</summary>
    /// <param name="agent">Reads what it tells.</param>
    public IDisposable Serve(Func<AgentReadings> agent)
    {
        lock (_gate)
        {
            _agent = agent;
        }

        return new Registration(this);
    }

    /// <inheritdoc/>
    public void Dispose() => _meters.Dispose();

    private sealed class Registration(PartMetrics metrics) : IDisposable
    {
        public void Dispose()
        {
            lock (metrics._gate)
            {
                metrics._agent = null;
            }
        }
    }
}
