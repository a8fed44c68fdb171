using System.Diagnostics;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Metrics;

/// <summary>Measures how long a log takes to make writes durable, and how many at a time.</summary>
internal sealed class MeasuredCommitLog(ICommitLog inner, ServerMetrics metrics) : ICommitLog
{
    private readonly Histogram _seconds = metrics.CommitSeconds.With();
    private readonly Histogram _entries = metrics.CommitEntries.With();
    private readonly Counter _failures = metrics.CommitFailures.With();

    /// <inheritdoc/>
    public long Load(Action<LogEntry> restore, Action<LogEntry> replay) => inner.Load(restore, replay);

    /// <inheritdoc/>
    public void Append(IReadOnlyList<LogEntry> entries)
    {
        long begin = Stopwatch.GetTimestamp();
        try
        {
            inner.Append(entries);
        }
        catch (StoreException)
        {
            _failures.Add();
            throw;
        }

        _seconds.Observe(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        _entries.Observe(entries.Count);
    }

    /// <inheritdoc/>
    public void Committed(StoreState state) => inner.Committed(state);

    /// <inheritdoc/>
    public void Recover(StoreState state) => inner.Recover(state);

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
