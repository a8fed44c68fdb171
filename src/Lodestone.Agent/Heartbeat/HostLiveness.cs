using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;

namespace Lodestone.Agent.Heartbeat;

/// <summary>Tells which hosts are ready and keep their lease. Thread-safe.</summary>
/// <remarks>
/// A lease has lapsed when we have not seen it renewed for its duration, by our own monotonic clock: clocks of machines need not
/// agree. An agent that starts takes every lease for fresh, so a dead gateway is found dead one duration later.
/// </remarks>
internal sealed class HostLiveness(string ownName, TimeProvider time)
{
    private static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string? Version, long SeenAt, TimeSpan Duration)> _leases = [];

    /// <summary>Takes note of a lease; true when a host that counted as dead lives, so that the desired state may change.</summary>
    public bool Observe(Lease lease)
    {
        string name = lease.Metadata.Name ?? "";
        TimeSpan duration = lease.Spec?.LeaseDurationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultDuration;
        lock (_lock)
        {
            if (_leases.TryGetValue(name, out (string? Version, long SeenAt, TimeSpan Duration) seen) && seen.Version == lease.Metadata.ResourceVersion)
            {
                return false;
            }

            bool isNews = RemainingLocked(name) <= TimeSpan.Zero;
            _leases[name] = (lease.Metadata.ResourceVersion, time.GetTimestamp(), duration);
            return isNews;
        }
    }

    /// <summary>Forgets a lease that was deleted.</summary>
    public void Forget(string name)
    {
        lock (_lock)
        {
            _leases.Remove(name);
        }
    }

    /// <summary>The hosts that are ready, and how long until one of them may no longer be.</summary>
    /// <remarks>This host counts without a lease: it knows that it lives, and with no other gateway it goes on announcing without the API server.</remarks>
    public HashSet<string> ReadyHosts(IEnumerable<Host> hosts, out TimeSpan? until)
    {
        until = null;
        var ready = new HashSet<string>(StringComparer.Ordinal);
        lock (_lock)
        {
            foreach (Host host in hosts)
            {
                string name = host.Metadata.Name ?? "";
                if (!IsReady(host))
                {
                    continue;
                }

                if (name == ownName)
                {
                    ready.Add(name);
                }
                else if (RemainingLocked(name) is { } remaining && remaining > TimeSpan.Zero)
                {
                    ready.Add(name);
                    until = until is null || remaining < until ? remaining : until;
                }
            }
        }

        return ready;
    }

    private static bool IsReady(Host host)
    {
        Condition? condition = host.Status?.Conditions?.Find(c => c.Type == HostConditions.Ready);
        return condition is { Status: "True" };
    }

    private TimeSpan RemainingLocked(string name) =>
        _leases.TryGetValue(name, out (string? Version, long SeenAt, TimeSpan Duration) seen)
            ? seen.Duration - time.GetElapsedTime(seen.SeenAt)
            : TimeSpan.Zero;
}
