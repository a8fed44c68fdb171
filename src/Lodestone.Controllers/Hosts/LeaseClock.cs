using Lodestone.Api.BuiltIn;

namespace Lodestone.Controllers.Hosts;

/// <summary>Tells which Hosts' Leases have lapsed, by our own monotonic clock from when we saw their last renewal: clocks of machines need not agree. Thread safe.</summary>
/// <remarks>
/// A process that has just started sees every Lease for the first time, and so grants each a whole duration. Where most Leases lapse together the
/// fault is more likely between the API and all of them, or us: they are given <see cref="ControllerOptions.MassLossGrace"/> more, and when most
/// renew again, the others a whole duration. So an API server that was away for a moment makes no host dead.
/// </remarks>
internal sealed class LeaseClock(ControllerOptions options, TimeProvider timeProvider)
{
    /// <summary>The duration where the holder wrote none, or where there is no Lease at all.</summary>
    private static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(15);

    /// <summary>How often is looked whether a mass loss is over.</summary>
    private static readonly TimeSpan MassLossInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Seen> _seen = new(StringComparer.Ordinal);
    private long? _massLossSince;

    /// <summary>Time left until the Lease lapses; zero or less: it has.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lease">The Lease as it is now; null: there is none.</param>
    internal TimeSpan Remaining(string name, Lease? lease)
    {
        // Only a renewal counts, not any other write, such as a label.
        string version = lease is null ? "" : $"{lease.Metadata.Uid}/{lease.Spec?.HolderIdentity}/{lease.Spec?.RenewTime?.UtcTicks}";
        TimeSpan duration = lease?.Spec?.LeaseDurationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultDuration;
        lock (_lock)
        {
            long now = timeProvider.GetTimestamp();
            if (!_seen.TryGetValue(name, out Seen? seen) || seen.Version != version)
            {
                _seen[name] = seen = new Seen { Version = version, Since = now };
            }

            seen.Duration = duration;
            TimeSpan left = LeftOf(seen, now);
            if (seen.IsTold || (left > TimeSpan.Zero && _massLossSince is null))
            {
                return left;
            }

            TimeSpan? patience = PatienceLocked(now);
            left = LeftOf(seen, now);
            if (left <= TimeSpan.Zero && patience is { } more)
            {
                return more < MassLossInterval ? more : MassLossInterval;
            }

            seen.IsTold = left <= TimeSpan.Zero;
            return left;
        }
    }

    internal void Forget(string name)
    {
        lock (_lock)
        {
            _seen.Remove(name);
        }
    }

    private TimeSpan LeftOf(Seen seen, long now) => seen.Duration - timeProvider.GetElapsedTime(seen.Since, now);

    /// <summary>How much longer those that lapsed are waited for; null: as any other, since most renew.</summary>
    private TimeSpan? PatienceLocked(long now)
    {
        int live = _seen.Values.Count(seen => LeftOf(seen, now) > TimeSpan.Zero);
        if (live == 0 || live < options.MinLiveShare * _seen.Count)
        {
            _massLossSince ??= now;
            TimeSpan left = options.MassLossGrace - timeProvider.GetElapsedTime(_massLossSince.Value, now);
            return left > TimeSpan.Zero ? left : null;
        }

        if (_massLossSince is not null)
        {
            _massLossSince = null;
            foreach (Seen seen in _seen.Values.Where(seen => !seen.IsTold && LeftOf(seen, now) <= TimeSpan.Zero))
            {
                seen.Since = now;
            }
        }

        return null;
    }

    /// <summary>One Lease as it was last renewed.</summary>
    private sealed class Seen
    {
        public required string Version { get; init; }

        /// <summary>From when on it counts; a timestamp of the time provider.</summary>
        public required long Since { get; set; }

        public TimeSpan Duration { get; set; }

        /// <summary>Whether it was told to have lapsed.</summary>
        public bool IsTold { get; set; }
    }
}
