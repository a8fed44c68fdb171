using System.IO.Hashing;
using System.Text;

namespace Lodestone.Agent.Health;

/// <summary>When which target is checked next. Pure: times and randomness are given. Not thread-safe.</summary>
/// <remarks>
/// One queue for all targets. Their first checks are spread over a second by a hash of who they are, so that an agent that starts, or a policy
/// that is changed, has no burst; from then on each keeps its own rhythm, less or more a random part of the interval, which keeps
/// targets of many load balancers from falling into step.
/// </remarks>
internal sealed class ProbeSchedule(Random random)
{
    /// <summary>From one check to the next of a target of which nothing is known.</summary>
    internal static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(1);

    private readonly PriorityQueue<(HealthKey Key, long Turn), DateTimeOffset> _queue = new();
    private readonly Dictionary<HealthKey, long> _turns = [];
    private long _turn;

    /// <summary>How many targets there are, those being checked included.</summary>
    public int Count => _turns.Count;

    /// <summary>When the next check is due; null without any.</summary>
    public DateTimeOffset? Next
    {
        get
        {
            DropStale();
            return _queue.TryPeek(out _, out DateTimeOffset due) ? due : null;
        }
    }

    /// <summary>Adds a target, or has one that is there checked from its beginning.</summary>
    public void Add(HealthKey key, DateTimeOffset now)
    {
        ulong hash = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{key.LoadBalancerUid}/{key.NicUid}/{key.Family}"));
        Enqueue(key, now + (FirstInterval * (hash / (double)ulong.MaxValue)));
    }

    /// <summary>Forgets a target.</summary>
    public void Remove(HealthKey key) => _turns.Remove(key);

    /// <summary>Takes out a target whose check is due; it is not due again before <see cref="Again"/>.</summary>
    /// <param name="now">The time.</param>
    /// <param name="key">The target.</param>
    /// <param name="due">When it was due.</param>
    public bool TryTake(DateTimeOffset now, out HealthKey key, out DateTimeOffset due)
    {
        DropStale();
        key = default;
        if (!_queue.TryPeek(out (HealthKey Key, long Turn) first, out due) || due > now)
        {
            return false;
        }

        _queue.Dequeue();
        key = first.Key;
        return true;
    }

    /// <summary>Has a target that was taken out checked an interval after it was due; one that is late starts from now. Does nothing for one that was removed.</summary>
    public void Again(HealthKey key, DateTimeOffset due, TimeSpan interval, double jitter, DateTimeOffset now)
    {
        if (_turns.ContainsKey(key))
        {
            DateTimeOffset next = due + (interval * (1 + (jitter * ((2 * random.NextDouble()) - 1))));
            Enqueue(key, next > now ? next : now);
        }
    }

    private void Enqueue(HealthKey key, DateTimeOffset due)
    {
        _turns[key] = ++_turn;
        _queue.Enqueue((key, _turn), due);
    }

    /// <summary>A target that was removed or added again leaves its old turn in the queue.</summary>
    private void DropStale()
    {
        while (_queue.TryPeek(out (HealthKey Key, long Turn) first, out _) && (!_turns.TryGetValue(first.Key, out long turn) || turn != first.Turn))
        {
            _queue.Dequeue();
        }
    }
}
