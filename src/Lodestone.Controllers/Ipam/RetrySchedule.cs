using System.Collections.Concurrent;

namespace Lodestone.Controllers.Ipam;

/// <summary>When each object may try again what failed: 5 ms after the first failure, twice as long after each further one, at most 1000 s. Thread safe.</summary>
internal sealed class RetrySchedule(TimeProvider timeProvider)
{
    private static readonly TimeSpan Min = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(1000);

    private readonly ConcurrentDictionary<string, Entry> _entries = new();

    /// <summary>How long to wait still; zero or less: try now.</summary>
    /// <param name="uid">Who tries.</param>
    /// <param name="failure">Names the failure; each counts once.</param>
    internal TimeSpan DelayOf(string uid, string failure)
    {
        Entry entry = _entries.AddOrUpdate(
            uid,
            _ => new Entry(failure, 1, timeProvider.GetTimestamp()),
            (_, known) => known.Failure == failure ? known : new Entry(failure, known.Count + 1, timeProvider.GetTimestamp()));
        double ticks = Math.Min(Min.Ticks * Math.Pow(2, Math.Min(entry.Count - 1, 40)), Max.Ticks);
        return TimeSpan.FromTicks((long)ticks) - timeProvider.GetElapsedTime(entry.Since);
    }

    /// <summary>Ends a series of failures.</summary>
    internal void Forget(string uid) => _entries.TryRemove(uid, out _);

    private readonly record struct Entry(string Failure, int Count, long Since);
}
