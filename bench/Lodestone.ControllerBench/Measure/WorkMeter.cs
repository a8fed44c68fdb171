using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Lodestone.ControllerBench.Measure;

/// <summary>Counts what clients and controllers of this process do, by their own metrics.</summary>
internal sealed class WorkMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _reconciles;
    private long _reconcileTicks;
    private long _writes;
    private long _lists;
    private long _errors;
    private long _last = Stopwatch.GetTimestamp();

    public WorkMeter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Lodestone.Client")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>(Count);
        _listener.SetMeasurementEventCallback<double>(Time);
        _listener.Start();
    }

    /// <summary>When the last reconcile ended, by the monotonic clock.</summary>
    public long LastReconcile => Interlocked.Read(ref _last);

    public WorkCount Read() => new(
        Interlocked.Read(ref _reconciles),
        Interlocked.Read(ref _reconcileTicks) / (double)TimeSpan.TicksPerMicrosecond,
        Interlocked.Read(ref _writes),
        Interlocked.Read(ref _lists),
        Interlocked.Read(ref _errors));

    public void Dispose() => _listener.Dispose();

    private void Count(Instrument instrument, long measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        switch (instrument.Name)
        {
            case "controller_runtime_reconcile_total":
                Interlocked.Add(ref _reconciles, measurement);
                Interlocked.Exchange(ref _last, Stopwatch.GetTimestamp());
                if (Tag(tags, "result") is "error" or "terminal_error")
                {
                    Interlocked.Add(ref _errors, measurement);
                }

                break;
            case "reflector_lists_total":
                Interlocked.Add(ref _lists, measurement);
                break;
            case "rest_client_requests_total" when Tag(tags, "verb") != "GET":
                Interlocked.Add(ref _writes, measurement);
                break;
        }
    }

    private void Time(Instrument instrument, double measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument.Name == "controller_runtime_reconcile_time_seconds")
        {
            Interlocked.Add(ref _reconcileTicks, (long)(measurement * TimeSpan.TicksPerSecond));
        }
    }

    private static string? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (tag.Key == name)
            {
                return tag.Value as string;
            }
        }

        return null;
    }
}

/// <summary>Totals at a moment. Reconcile time is the wall's, requests included; writes are all requests but GETs.</summary>
internal sealed record WorkCount(long Reconciles, double ReconcileMicroseconds, long Writes, long Lists, long Errors)
{
    public static WorkCount operator -(WorkCount later, WorkCount earlier) => new(
        later.Reconciles - earlier.Reconciles,
        later.ReconcileMicroseconds - earlier.ReconcileMicroseconds,
        later.Writes - earlier.Writes,
        later.Lists - earlier.Lists,
        later.Errors - earlier.Errors);
}
