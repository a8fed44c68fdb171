using System.Collections.Immutable;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;

using LinuxMac = Lodestone.Linux.MacAddress;

namespace Lodestone.Agent.Announce.Layer2;

/// <summary>Decides what becomes of a VIP that somebody else on the segment claims, and which VIPs this machine must not answer for. Thread-safe.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>Another gateway of ours claims it while our own lease has lapsed: it has taken over. We yield until we are in contact again.</item>
/// <item>Anybody else, or while our lease is valid: it is ours. We defend it, at most once in ten seconds (RFC 5227, 2.4, (c)), and tell of it: of a
/// stranger at once, of a gateway only when it goes on for longer than a take-over.</item>
/// <item>A VIP that is new to all gateways is asked for before its first answer. One that a stranger has is held back, and told of.</item>
/// </list>
/// </remarks>
internal sealed class VipDefence(TimeProvider time)
{
    /// <summary>A claim counts for so long after it was last heard; meanwhile it is asked for again and again.</summary>
    internal static readonly TimeSpan ContestLimit = TimeSpan.FromMinutes(2);

    /// <summary>The time between two defences of one address.</summary>
    internal static readonly TimeSpan DefenceInterval = TimeSpan.FromSeconds(10);

    /// <summary>For how long two gateways may both claim an address in a take-over.</summary>
    internal static readonly TimeSpan TakeOverTime = TimeSpan.FromSeconds(5);

    /// <summary>How long a VIP that is new is asked for before its first answer.</summary>
    internal static readonly TimeSpan ProbeTime = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Dictionary<DatapathAddress, long> _probedSince = [];
    private readonly Dictionary<DatapathAddress, Contest> _contests = [];
    private readonly HashSet<DatapathAddress> _yielded = [];
    private readonly HashSet<DatapathAddress> _known = [];
    private ImmutableHashSet<DatapathAddress> _owned = [];
    private ImmutableArray<VipModel> _vips = [];
    private ImmutableHashSet<DatapathAddress> _silent = [];
    private ImmutableDictionary<DatapathAddress, ContestedVip> _contested = ImmutableDictionary<DatapathAddress, ContestedVip>.Empty;
    private bool _hasBegun;

    /// <summary>VIPs not to answer for, whoever is elected. The same instance until it changes.</summary>
    public ImmutableHashSet<DatapathAddress> Silent => Volatile.Read(ref _silent);

    /// <summary>VIPs that somebody else claims, as people are to be told. The same instance until it changes.</summary>
    public ImmutableDictionary<DatapathAddress, ContestedVip> Contested => Volatile.Read(ref _contested);

    /// <summary>Holds back VIPs that no gateway had, to ask whether anybody else has them.</summary>
    /// <param name="vips">All that this machine is about to serve. Those of the first call count as served before: the agent may only have restarted.</param>
    /// <returns>The VIPs to ask for; they are silent now.</returns>
    public IReadOnlyList<DatapathAddress> HoldBackNew(ImmutableArray<VipModel> vips)
    {
        lock (_lock)
        {
            // What is the same instance has the same address: a change costs by what it changes.
            Difference<VipModel> difference = Difference<VipModel>.Between(_vips, vips);
            _vips = vips;
            var come = difference.Come.Where(vip => !vip.IsInternal).ToDictionary(vip => vip.Address);
            List<DatapathAddress> gone = [.. difference.Gone.Where(vip => !vip.IsInternal && !come.ContainsKey(vip.Address)).Select(vip => vip.Address)];
            List<VipModel> unknown = [.. come.Values.Where(vip => _known.Add(vip.Address))];
            bool isFirst = !_hasBegun;
            _hasBegun = true;
            if (!isFirst && unknown.Count + gone.Count == 0)
            {
                return [];
            }

            List<DatapathAddress> added = isFirst
                ? []
                : [.. unknown.Where(vip => vip.Announce && vip.Announcement.HasFlag(VipAnnouncement.Layer2)).Select(vip => vip.Address)];
            foreach (DatapathAddress vip in gone)
            {
                _known.Remove(vip);
                _yielded.Remove(vip);
                _probedSince.Remove(vip);
                _contests.Remove(vip);
            }

            long now = time.GetTimestamp();
            added.ForEach(vip => _probedSince[vip] = now);
            PublishLocked();
            return added;
        }
    }

    /// <summary>Says which VIPs this machine answers for now.</summary>
    public void SetOwned(ImmutableHashSet<DatapathAddress> vips)
    {
        lock (_lock)
        {
            _owned = vips;
        }
    }

    /// <summary>Whether a claim of an address is anything to this machine.</summary>
    public bool IsConcerned(DatapathAddress vip)
    {
        lock (_lock)
        {
            return _owned.Contains(vip) || IsHeldBackLocked(vip);
        }
    }

    /// <summary>Takes note of a claim.</summary>
    /// <param name="vip">The address.</param>
    /// <param name="by">Who claims it; not this machine.</param>
    /// <param name="device">Where he was heard.</param>
    /// <param name="isLeaseValid">Whether our own lease is, so that no gateway can have taken over.</param>
    /// <param name="isGateway">Whether he is a gateway of ours.</param>
    public ClaimReaction Hear(DatapathAddress vip, LinuxMac by, string device, bool isLeaseValid, bool isGateway)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            bool isHeldBack = IsHeldBackLocked(vip);
            if ((!_owned.Contains(vip) && !isHeldBack) || (isHeldBack && isGateway))
            {
                return ClaimReaction.None;
            }

            if (isGateway && !isLeaseValid)
            {
                bool isNew = _yielded.Add(vip);
                PublishLocked();
                return isNew ? ClaimReaction.Yield : ClaimReaction.None;
            }

            if (!_contests.TryGetValue(vip, out Contest? contest) || contest.Vip.By != by)
            {
                contest = new Contest { Vip = new ContestedVip(by, device, isHeldBack, isGateway), FirstAt = now };
                _contests[vip] = contest;
            }

            contest.LastAt = now;
            _probedSince.Remove(vip);
            PublishLocked();
            if (isHeldBack || (contest.DefendedAt is { } defended && time.GetElapsedTime(defended, now) < DefenceInterval))
            {
                return ClaimReaction.None;
            }

            contest.DefendedAt = now;
            return ClaimReaction.Defend;
        }
    }

    /// <summary>In contact again: what was yielded is the election's to give. True where there was any.</summary>
    public bool Resume()
    {
        lock (_lock)
        {
            if (_yielded.Count == 0)
            {
                return false;
            }

            _yielded.Clear();
            PublishLocked();
            return true;
        }
    }

    /// <summary>Lets go of what time has settled; true where <see cref="Silent"/> or <see cref="Contested"/> is another then.</summary>
    public bool Settle()
    {
        lock (_lock)
        {
            ImmutableHashSet<DatapathAddress> silent = _silent;
            ImmutableDictionary<DatapathAddress, ContestedVip> contested = _contested;
            long now = time.GetTimestamp();
            foreach (DatapathAddress free in _probedSince.Where(p => time.GetElapsedTime(p.Value, now) >= ProbeTime).Select(p => p.Key).ToArray())
            {
                _probedSince.Remove(free);
            }

            foreach (DatapathAddress quiet in _contests.Where(c => time.GetElapsedTime(c.Value.LastAt, now) >= ContestLimit).Select(c => c.Key).ToArray())
            {
                _contests.Remove(quiet);
            }

            PublishLocked();
            return !ReferenceEquals(silent, _silent) || !ReferenceEquals(contested, _contested);
        }
    }

    /// <summary>How long until <see cref="Settle"/> has something to do; null: nothing waits.</summary>
    public TimeSpan? NextSettling()
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            IEnumerable<TimeSpan> waits = _probedSince.Values.Select(since => ProbeTime - time.GetElapsedTime(since, now))
                .Concat(_contests.Values.Select(contest => ContestLimit - time.GetElapsedTime(contest.LastAt, now)));
            return waits.Cast<TimeSpan?>().Min();
        }
    }

    private bool IsHeldBackLocked(DatapathAddress vip) =>
        _probedSince.ContainsKey(vip) || (_contests.TryGetValue(vip, out Contest? contest) && contest.Vip.IsHeldBack);

    private void PublishLocked()
    {
        ImmutableHashSet<DatapathAddress> silent =
            [.. _yielded, .. _probedSince.Keys, .. _contests.Where(contest => contest.Value.Vip.IsHeldBack).Select(contest => contest.Key)];
        if (!silent.SetEquals(_silent))
        {
            Volatile.Write(ref _silent, silent);
        }

        var contested = _contests.Where(contest => IsTold(contest.Value)).ToImmutableDictionary(contest => contest.Key, contest => contest.Value.Vip);
        if (contested.Count != _contested.Count || !contested.All(c => _contested.TryGetValue(c.Key, out ContestedVip told) && told == c.Value))
        {
            Volatile.Write(ref _contested, contested);
        }
    }

    private bool IsTold(Contest contest) => !contest.Vip.IsGateway || time.GetElapsedTime(contest.FirstAt, contest.LastAt) >= TakeOverTime;

    /// <summary>One claimant of one VIP. Times are timestamps of the time provider.</summary>
    private sealed class Contest
    {
        public required ContestedVip Vip { get; init; }

        public required long FirstAt { get; init; }

        public long LastAt { get; set; }

        public long? DefendedAt { get; set; }
    }
}
