namespace Lodestone.Agent.Announce.Bgp;

/// <summary>How often a daemon that keeps dying is started: at once, then after 1, 2, 4, ... 60 seconds, until one has lived for a minute.</summary>
internal sealed class RestartBackoff(TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private DateTimeOffset? _started;
    private TimeSpan _wait;

    /// <summary>Whether it may be started now; where not, how long to wait. One that may is taken to be.</summary>
    public bool TryBegin(out TimeSpan wait)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (_started is { } started)
        {
            TimeSpan lived = now - started;
            if (lived > Longest)
            {
                _wait = TimeSpan.Zero;
            }
            else if (lived < _wait)
            {
                wait = _wait - lived;
                return false;
            }

            _wait = TimeSpan.FromSeconds(Math.Clamp(_wait.TotalSeconds * 2, 1, Longest.TotalSeconds));
        }

        _started = now;
        wait = TimeSpan.Zero;
        return true;
    }
}
