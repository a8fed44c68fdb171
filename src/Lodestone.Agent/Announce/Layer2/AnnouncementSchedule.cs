using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Announce.Layer2;

/// <summary>When which VIP is announced: at once, again two seconds later, and every minute. Not thread-safe.</summary>
/// <remarks>
/// VIPs that were not announced yet come first, then those that were once. Each step costs by what is due in it, not by all VIPs: what has been
/// put off or taken away stays in its queue until its old time, and is passed over then.
/// </remarks>
internal sealed class AnnouncementSchedule(TimeProvider time)
{
    private static readonly TimeSpan SecondAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(60);

    private readonly Dictionary<DatapathAddress, Due> _due = [];

    /// <summary>By how often they were announced: never, once, more often.</summary>
    private readonly PriorityQueue<DatapathAddress, DateTimeOffset>[] _queues = [new(), new(), new()];

    /// <summary>How many VIPs are announced.</summary>
    public int Count => _due.Count;

    /// <summary>A VIP is to be announced from now on; false where it is already.</summary>
    public bool Add(DatapathAddress vip)
    {
        if (_due.ContainsKey(vip))
        {
            return false;
        }

        Set(vip, new Due(0, time.GetUtcNow()));
        return true;
    }

    /// <summary>A VIP is announced no longer; false where it was not.</summary>
    public bool Remove(DatapathAddress vip) => _due.Remove(vip);

    /// <summary>
    /// Announces a VIP after a time, and again two seconds later, where it is announced at all; what was never announced keeps its place. Twice, since Linux takes
    /// no second change of a neighbour within a second of the first, which was the claim that is answered.
    /// </summary>
    public void Repeat(DatapathAddress vip, TimeSpan after)
    {
        DateTimeOffset at = time.GetUtcNow() + after;
        if (!_due.TryGetValue(vip, out Due due))
        {
            return;
        }

        if (after <= TimeSpan.Zero || at < due.Next)
        {
            Set(vip, new Due(Math.Max(due.Times, 1), at, at + SecondAfter));
        }
        else
        {
            // What is due before, such as the second of these two, goes out as well.
            _due[vip] = due with { Then = at };
        }
    }

    /// <summary>What is due, at most so many; it counts as announced.</summary>
    public List<DatapathAddress> Take(int most)
    {
        DateTimeOffset now = time.GetUtcNow();
        var taken = new List<DatapathAddress>();
        for (int queue = 0; queue < _queues.Length; queue++)
        {
            while (taken.Count < most && TryPeek(queue, out DatapathAddress vip, out DateTimeOffset next) && next <= now)
            {
                _queues[queue].Dequeue();
                taken.Add(vip);
                Due due = _due[vip];
                int times = due.Times + 1;
                Set(vip, new Due(times, due.Then > now ? due.Then.Value : now + (times == 1 || due.Then is not null ? SecondAfter : Interval)));
            }
        }

        return taken;
    }

    /// <summary>Whether the announcements of a take-over are over, so that only the minute's go on.</summary>
    public bool IsRegular(DatapathAddress vip) => _due.TryGetValue(vip, out Due due) && due.Times > 2;

    /// <summary>How long until something is due; zero or less: it is. A minute where nothing is announced.</summary>
    public TimeSpan UntilNext()
    {
        DateTimeOffset now = time.GetUtcNow();
        TimeSpan wait = Interval;
        for (int queue = 0; queue < _queues.Length; queue++)
        {
            if (TryPeek(queue, out _, out DateTimeOffset next) && next - now < wait)
            {
                wait = next - now;
            }
        }

        return wait;
    }

    private void Set(DatapathAddress vip, Due due)
    {
        _due[vip] = due;
        _queues[due.Queue].Enqueue(vip, due.Next);
    }

    /// <summary>The first of a queue, without what has another time, or is gone, by now.</summary>
    private bool TryPeek(int queue, out DatapathAddress vip, out DateTimeOffset next)
    {
        while (_queues[queue].TryPeek(out vip, out next))
        {
            if (_due.TryGetValue(vip, out Due due) && due.Queue == queue && due.Next == next)
            {
                return true;
            }

            _queues[queue].Dequeue();
        }

        return false;
    }

    /// <param name="Times">How often it was announced.</param>
    /// <param name="Next">When it is announced next.</param>
    /// <param name="Then">When it is announced after that; null: as it comes.</param>
    private readonly record struct Due(int Times, DateTimeOffset Next, DateTimeOffset? Then = null)
    {
        public int Queue => Math.Min(Times, 2);
    }
}
