using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;

namespace Lodestone.Agent.Heartbeat;

/// <summary>Tells which hosts are ready and keep their lease. Thread-safe.</summary>
/// <remarks>
/// A lease has lapsed when we have not seen it renewed for its duration, by our own monotonic clock (clocks of machines need not agree), and
/// only while we were in contact: the watch that would have shown the renewal showed our own ones all the time. Our own lease comes back by
/// that same watch, so each time it does the others are looked at, and at no other time. After a gap in our own renewals nothing may be concluded
/// from it about others', who may have been cut off as we were: those that lived get a whole duration again. So nobody takes over anything while
/// the API is away, or in the moments after it is back.
/// <para>
/// An agent that starts takes every lease for fresh, so a gateway that is dead for long is found dead one duration later. One whose last renewal is of these
/// moments may have been started together with us, and is given <see cref="StartGrace"/> to renew: who is up first takes nothing from the others.
/// </para>
/// </remarks>
internal sealed class HostLiveness(string ownName, TimeProvider time)
{
    /// <summary>How long a lease lasts at the least that we have never seen renewed, if its renewal is <see cref="Recent"/>.</summary>
    internal static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(5);

    /// <summary>How old a renewal may be by the clocks of the two machines, either way. Where they differ by more, every lease lasts just its duration.</summary>
    internal static readonly TimeSpan Recent = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Seen> _leases = [];
    private long? _contactAt;

    /// <summary>Takes note of a lease; true when a host that counted as dead lives or one that lived is dead, so that the desired state may change.</summary>
    public bool Observe(Lease lease)
    {
        string name = lease.Metadata.Name ?? "";
        TimeSpan duration = lease.Spec?.LeaseDurationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultDuration;
        lock (_lock)
        {
            bool isKnown = _leases.TryGetValue(name, out Seen seen);
            if (isKnown && seen.Version == lease.Metadata.ResourceVersion)
            {
                return false;
            }

            if (!isKnown && duration < StartGrace && lease.Spec?.RenewTime is { } renewed && (time.GetUtcNow() - renewed).Duration() <= Recent)
            {
                duration = StartGrace;
            }

            long now = time.GetTimestamp();
            _leases[name] = new Seen(lease.Metadata.ResourceVersion, now, duration, HasLapsed: false);
            return name == ownName ? NoteContactLocked(now, duration) : !isKnown || seen.HasLapsed;
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

    /// <summary>The hosts that are ready.</summary>
    /// <remarks>This host counts without a lease: it knows that it lives, and goes on announcing what it announces without the API server.</remarks>
    public HashSet<string> ReadyHosts(IEnumerable<Host> hosts)
    {
        lock (_lock)
        {
            return [.. hosts.Where(IsReady).Select(host => host.Metadata.Name ?? "").Where(name => name == ownName || IsLiveLocked(name))];
        }
    }

    private static bool IsReady(Host host)
    {
        Condition? condition = host.Status?.Conditions?.Find(c => c.Type == HostConditions.Ready);
        return condition is { Status: "True" };
    }

    private bool IsLiveLocked(string name) => _leases.TryGetValue(name, out Seen seen) && !seen.HasLapsed;

    /// <summary>Our own renewal has come back. Half a duration without is a gap: a renewal of another's may then come so much later than ours.</summary>
    private bool NoteContactLocked(long now, TimeSpan ownDuration)
    {
        bool isContinuous = _contactAt is { } last && time.GetElapsedTime(last, now) <= ownDuration / 2;
        _contactAt = now;
        bool isAnyDead = false;
        foreach ((string name, Seen seen) in _leases.ToArray())
        {
            if (seen.HasLapsed || name == ownName)
            {
                continue;
            }

            if (!isContinuous)
            {
                _leases[name] = seen with { At = now };
            }
            else if (time.GetElapsedTime(seen.At, now) >= seen.Duration)
            {
                _leases[name] = seen with { HasLapsed = true };
                isAnyDead = true;
            }
        }

        return isAnyDead;
    }

    /// <param name="Version">The resourceVersion it had.</param>
    /// <param name="At">When we saw it; a timestamp of the time provider.</param>
    /// <param name="Duration">How long it lasts.</param>
    /// <param name="HasLapsed">Whether it was found lapsed since.</param>
    private readonly record struct Seen(string? Version, long At, TimeSpan Duration, bool HasLapsed);
}
