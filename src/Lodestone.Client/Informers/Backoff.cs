namespace Lodestone.Client.Informers;

/// <summary>Delays that double up to a bound, with jitter; forgets when things went well for a while. Not thread safe.</summary>
internal sealed class Backoff(TimeSpan min, TimeSpan max, Random random, TimeProvider timeProvider)
{
    private static readonly TimeSpan ResetAfter = TimeSpan.FromMinutes(2);

    private readonly TimeSpan _min = min;
    private TimeSpan _next = min;
    private long _last = timeProvider.GetTimestamp();

    /// <summary>The next delay: between the current step and twice it, never above the bound.</summary>
    internal TimeSpan Next()
    {
        if (timeProvider.GetElapsedTime(_last) > ResetAfter)
        {
            _next = _min;
        }

        _last = timeProvider.GetTimestamp();
        TimeSpan delay = _next * (1 + random.NextDouble());
        _next = _next * 2 < max ? _next * 2 : max;
        return delay < max ? delay : max;
    }

    /// <summary>Starts again at the shortest delay.</summary>
    internal void Reset() => _next = _min;
}
