using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Apply;

/// <summary>
/// Tells when the records of a VIP's settling slots are no longer used: no record has sent a packet elsewhere than to the current
/// owner for a whole idle limit. Kept in memory: an agent that restarts begins to wait anew, which only costs look-ups.
/// </summary>
internal sealed class QuietTracker(IDatapathMaps maps)
{
    /// <summary>How long an entry of the flow table may be idle.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromTicks((1L << FlowBucket.AgeShift) * (FlowBucket.AgeLimit + 1) / 100);

    private readonly Dictionary<uint, (ulong Pinned, DateTimeOffset Since)> _watched = [];

    /// <summary>Whether the VIP is quiet; where it is not, when it may be at the earliest.</summary>
    public bool IsQuiet(uint id, DateTimeOffset now, out DateTimeOffset earliest)
    {
        ulong pinned = maps.ReadVipCounter(id).Pinned;
        if (!_watched.TryGetValue(id, out (ulong Pinned, DateTimeOffset Since) watched) || watched.Pinned != pinned)
        {
            watched = (pinned, now);
            _watched[id] = watched;
        }

        earliest = watched.Since + IdleLimit;
        return now >= earliest;
    }

    /// <summary>Forgets a VIP that is stable, or gone.</summary>
    public void Forget(uint id) => _watched.Remove(id);
}
