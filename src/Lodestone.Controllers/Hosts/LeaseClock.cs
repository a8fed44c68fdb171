using System.Collections.Concurrent;
using Lodestone.Api.BuiltIn;

namespace Lodestone.Controllers.Hosts;

/// <summary>Tells which Leases have lapsed, by our own monotonic clock from when we saw their last renewal: clocks of machines need not agree.</summary>
/// <remarks>A process that has just started sees every Lease for the first time, and so grants each a whole duration.</remarks>
internal sealed class LeaseClock(TimeProvider timeProvider)
{
    /// <summary>The duration where the holder wrote none, or where there is no Lease at all.</summary>
    private static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, (string Version, long Since)> _seen = new();

    /// <summary>Time left until the Lease lapses; zero or less: it has.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lease">The Lease as it is now; null: there is none.</param>
    internal TimeSpan Remaining(string name, Lease? lease)
    {
        // Only a renewal counts, not any other write, such as a label.
        string version = lease is null ? "" : $"{lease.Metadata.Uid}/{lease.Spec?.HolderIdentity}/{lease.Spec?.RenewTime?.UtcTicks}";
        (string Version, long Since) seen = _seen.AddOrUpdate(
            name,
            _ => (version, timeProvider.GetTimestamp()),
            (_, known) => known.Version == version ? known : (version, timeProvider.GetTimestamp()));
        TimeSpan duration = lease?.Spec?.LeaseDurationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultDuration;
        return duration - timeProvider.GetElapsedTime(seen.Since);
    }

    internal void Forget(string name) => _seen.TryRemove(name, out _);
}
