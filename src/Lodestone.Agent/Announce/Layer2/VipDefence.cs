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
/// stranger at once, of a gateway only when it goes on for longer than a take-over. Then it is asked, and has to answer twice: between them all that
/// waited in our socket, or in us, has been heard. One that doesn't, or whose claim ends because we let go, has only taken over.</item>
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

    /// <summary>The same for one that had no lease any more: its data path answers on while its agent is down, and one that was cut off hears of us within a minute.</summary>
    internal static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(65);

    /// <summary>How often a gateway that goes on is asked whether it still does.</summary>
    internal const int MaxQuestions = 3;

    /// <summary>How many of those questions it has to answer before it is told of.</summary>
    internal const int EnoughAnswers = 2;

    /// <summary>How long a gateway has to answer one of them.</summary>
    internal static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(1);

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

    /// <summary>Says which VIPs this machine answers for now; true where <see cref="Contested"/> is another then: what is let go is no contest of gateways any more.</summary>
    public bool SetOwned(ImmutableHashSet<DatapathAddress> vips)
    {
        lock (_lock)
        {
            _owned = vips;
            DatapathAddress[] settled = [.. _contests.Where(c => c.Value.By != Claimant.Stranger && !c.Value.Vip.IsHeldBack && !vips.Contains(c.Key)).Select(c => c.Key)];
            if (settled.Length == 0)
            {
                return false;
            }

            ImmutableDictionary<DatapathAddress, ContestedVip> contested = _contested;
            foreach (DatapathAddress vip in settled)
            {
                _contests.Remove(vip);
            }

            PublishLocked();
            return !ReferenceEquals(contested, _contested);
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
    /// <param name="claimant">Who he is, as far as that is known.</param>
    public ClaimReaction Hear(DatapathAddress vip, LinuxMac by, string device, bool isLeaseValid, Claimant claimant)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            bool isHeldBack = IsHeldBackLocked(vip);
            if (!_owned.Contains(vip) && !isHeldBack)
            {
                return ClaimReaction.None;
            }

            _contests.TryGetValue(vip, out Contest? contest);
            bool isGateway = claimant is Claimant.Gateway or Claimant.LapsedGateway;
            if (isHeldBack && isGateway)
            {
                if (contest?.Vip.By == by)
                {
                    // He was not known for a gateway yet.
                    _contests.Remove(vip);
                    PublishLocked();
                }

                return ClaimReaction.None;
            }

            if (isGateway && !isLeaseValid)
            {
                bool isNew = _yielded.Add(vip);
                PublishLocked();
                return isNew ? ClaimReaction.Yield : ClaimReaction.None;
            }

            var told = new ContestedVip(by, device, isHeldBack, isGateway);
            if (contest?.Vip.By != by || (contest.By == Claimant.LapsedGateway && claimant == Claimant.Gateway))
            {
                // Somebody else, or one that has just come back, which is the end of our take-over.
                contest = new Contest { Vip = told, FirstAt = now };
                _contests[vip] = contest;
            }

            contest.Vip = told;
            contest.By = claimant;
            contest.LastAt = now;
            contest.Answer();
            _probedSince.Remove(vip);
            PublishLocked();
            if (isHeldBack)
            {
                return ClaimReaction.None;
            }

            if (contest.DefendedAt is { } defended && time.GetElapsedTime(defended, now) < DefenceInterval)
            {
                if (time.GetElapsedTime(defended, now) < TimeSpan.Zero)
                {
                    return ClaimReaction.None;
                }

                contest.DefendedAt = defended + (long)(DefenceInterval.TotalSeconds * time.TimestampFrequency);
                return ClaimReaction.DefendLater;
            }

            contest.DefendedAt = now;
            return ClaimReaction.Defend;
        }
    }

    /// <summary>How long until an address is to be defended that was defended just before; zero where it is not to be.</summary>
    public TimeSpan UntilDefence(DatapathAddress vip)
    {
        lock (_lock)
        {
            TimeSpan wait = _contests.TryGetValue(vip, out Contest? contest) && contest.DefendedAt is { } at ? time.GetElapsedTime(time.GetTimestamp(), at) : TimeSpan.Zero;
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
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

    /// <summary>Lets go of what time has settled.</summary>
    public VipSettling Settle()
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

            List<DatapathAddress> ask = [];
            foreach ((DatapathAddress vip, Contest contest) in _contests.Where(c => UntilLocked(c.Value, now) <= TimeSpan.Zero).ToArray())
            {
                if (contest.IsTold || contest.Questions == MaxQuestions)
                {
                    _contests.Remove(vip);
                }
                else
                {
                    contest.Ask(now);
                    ask.Add(vip);
                }
            }

            PublishLocked();
            return new VipSettling(!ReferenceEquals(silent, _silent) || !ReferenceEquals(contested, _contested), ask);
        }
    }

    /// <summary>How long until <see cref="Settle"/> has something to do; null: nothing waits.</summary>
    public TimeSpan? NextSettling()
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            IEnumerable<TimeSpan> waits = _probedSince.Values.Select(since => ProbeTime - time.GetElapsedTime(since, now))
                .Concat(_contests.Values.Select(contest => UntilLocked(contest, now)));
            return waits.Cast<TimeSpan?>().Min();
        }
    }

    /// <summary>How long until a contest is forgotten, or its claimant asked.</summary>
    private TimeSpan UntilLocked(Contest contest, long now) =>
        contest.IsTold ? ContestLimit - time.GetElapsedTime(contest.LastAt, now)
        : contest.Questions == 0 ? (contest.By == Claimant.LapsedGateway ? ReturnTime : TakeOverTime) - time.GetElapsedTime(contest.FirstAt, now)
        : AnswerTime - time.GetElapsedTime(contest.AskedAt, now);

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

        var contested = _contests.Where(contest => contest.Value.IsTold).ToImmutableDictionary(contest => contest.Key, contest => contest.Value.Vip);
        if (contested.Count != _contested.Count || !contested.All(c => _contested.TryGetValue(c.Key, out ContestedVip told) && told == c.Value))
        {
            Volatile.Write(ref _contested, contested);
        }
    }

    /// <summary>One claimant of one VIP. Times are timestamps of the time provider.</summary>
    private sealed class Contest
    {
        private bool _isAsked;
        private int _answers;

        public required ContestedVip Vip { get; set; }

        public required long FirstAt { get; init; }

        public Claimant By { get; set; }

        public long LastAt { get; set; }

        /// <summary>When it was defended last, or is to be.</summary>
        public long? DefendedAt { get; set; }

        public int Questions { get; private set; }

        public long AskedAt { get; private set; }

        public bool IsTold => By == Claimant.Stranger || _answers >= EnoughAnswers;

        public void Ask(long now)
        {
            Questions++;
            AskedAt = now;
            _isAsked = true;
        }

        /// <summary>He was heard: to a question, if one is open.</summary>
        public void Answer()
        {
            _answers += _isAsked ? 1 : 0;
            _isAsked = false;
        }
    }
}
