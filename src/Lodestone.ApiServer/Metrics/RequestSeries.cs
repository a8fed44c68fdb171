using System.Collections.Concurrent;
using System.Globalization;

namespace Lodestone.ApiServer.Metrics;

/// <summary>The counters of one kind of request, looked up once a request.</summary>
/// <param name="total">The counter of a response code.</param>
/// <param name="seconds">How long they take; null for watches, which are told by <paramref name="open"/>.</param>
/// <param name="open">How many are open; null but for watches.</param>
internal sealed class RequestSeries(Func<string, Counter> total, Histogram? seconds, Gauge? open)
{
    private readonly ConcurrentDictionary<int, Counter> _totals = new();

    /// <summary>A request has begun.</summary>
    public void Begin() => open?.Add(1);

    /// <summary>A request has ended.</summary>
    public void End(int code, TimeSpan elapsed)
    {
        open?.Add(-1);
        seconds?.Observe(elapsed.TotalSeconds);
        if (!_totals.TryGetValue(code, out Counter? counter))
        {
            counter = _totals.GetOrAdd(code, total(code.ToString(CultureInfo.InvariantCulture)));
        }

        counter.Add();
    }

    /// <summary>What makes requests of one kind.</summary>
    public readonly record struct Key(string Group, string Version, string Resource, string Subresource, string Verb, string Scope, bool IsDryRun);
}
