using System.Collections.Immutable;

namespace Lodestone.Datapath.Ring;

/// <summary>What a LoadBalancerRouting says about the targets of one ring: who they are, who they were, who is leaving. Immutable.</summary>
/// <remarks>
/// Every gateway reads the same object, so every gateway, also one that starts in the middle of a change, has the same history;
/// the only thing a gateway adds is its clock.
/// </remarks>
public sealed class RingHistory
{
    private readonly TargetSet[] _sets;
    private readonly SlotKey[] _keys;
    private readonly DateTimeOffset[] _until;
    private readonly TargetChange[] _changes;
    private readonly Dictionary<ulong, DateTimeOffset> _deadlines = [];

    /// <summary>Reconstructs the sets of the past from the present one.</summary>
    /// <param name="destinations">Targets that live without a deadline; those of a weight take new flows. Order does not matter; of duplicates the largest weight counts.</param>
    /// <param name="changes">Changes whose window may not have ended, in any order.</param>
    /// <param name="draining">Who left and lives. A target that is also a destination lives without a deadline.</param>
    /// <param name="key">What slots go by.</param>
    public RingHistory(
        IEnumerable<WeightedTarget> destinations,
        IEnumerable<TargetChange>? changes = null,
        IEnumerable<DrainingTarget>? draining = null,
        SlotKey key = default)
    {
        ArgumentNullException.ThrowIfNull(destinations);
        TargetChange[] newestFirst = [.. (changes ?? []).OrderByDescending(change => change.Generation)];
        _sets = new TargetSet[newestFirst.Length + 1];
        _keys = new SlotKey[newestFirst.Length + 1];
        _until = new DateTimeOffset[newestFirst.Length];
        _changes = newestFirst;

        SortedDictionary<ulong, byte> set = [];
        Add(set, destinations);
        ulong[] present = [.. set.Keys];
        _sets[^1] = TargetSet.Of(set);
        _keys[^1] = key;
        for (int i = 0; i < newestFirst.Length; i++)
        {
            foreach (WeightedTarget added in newestFirst[i].Added)
            {
                set.Remove(added.Target);
            }

            Add(set, newestFirst[i].Removed);
            int older = newestFirst.Length - 1 - i;
            _sets[older] = TargetSet.Of(set);
            _keys[older] = newestFirst[i].KeyBefore ?? _keys[older + 1];
            _until[older] = newestFirst[i].Until;
        }

        foreach (DrainingTarget target in draining ?? [])
        {
            _deadlines[target.Target] = target.Deadline;
        }

        foreach (ulong target in present)
        {
            _deadlines[target] = DateTimeOffset.MaxValue;
        }
    }

    /// <summary>The present set, ascending: who takes new flows. Who has no weight is not in it, but lives.</summary>
    public ImmutableArray<ulong> Current => _sets[^1].Targets;

    /// <summary>What slots go by.</summary>
    public SlotKey Key => _keys[^1];

    /// <summary>The sets that count at <paramref name="now"/>, oldest first; the last is <see cref="Current"/>. Each is ascending.</summary>
    /// <remarks>The oldest leave first: a set counts until the change that replaced it, and every older one, is out of its window.</remarks>
    public ReadOnlySpan<TargetSet> SetsAt(DateTimeOffset now) => _sets.AsSpan(OldestAt(now));

    /// <summary>What slots went by in each of <see cref="SetsAt"/>.</summary>
    public ReadOnlySpan<SlotKey> KeysAt(DateTimeOffset now) => _keys.AsSpan(OldestAt(now));

    private static void Add(SortedDictionary<ulong, byte> set, IEnumerable<WeightedTarget> targets)
    {
        foreach (WeightedTarget target in targets)
        {
            set[target.Target] = set.TryGetValue(target.Target, out byte known) ? Math.Max(known, target.Weight) : target.Weight;
        }
    }

    private int OldestAt(DateTimeOffset now)
    {
        int oldest = 0;
        while (oldest < _until.Length && _until[oldest] <= now)
        {
            oldest++;
        }

        return oldest;
    }

    /// <summary>Whether changes after a generation, whose window lasts, are heard of when more than a tenth of it is over.</summary>
    /// <param name="generation">The generation that is known; 0: none is.</param>
    /// <param name="now">The time.</param>
    /// <returns>The longest window of such changes; null: there is none.</returns>
    public TimeSpan? LateWindowAfter(long generation, DateTimeOffset now)
    {
        TimeSpan? longest = null;
        foreach (TargetChange change in _changes)
        {
            if (change.Generation > generation && change.Since is { } since && change.Until > now && now - since > (change.Until - since) / 10)
            {
                longest = longest > change.Until - since ? longest : change.Until - since;
            }
        }

        return longest;
    }

    /// <summary>Whether flows of the target are kept: it is in the present set, or draining before its deadline.</summary>
    public bool IsAlive(ulong target, DateTimeOffset now) =>
        _deadlines.TryGetValue(target, out DateTimeOffset deadline) && (deadline == DateTimeOffset.MaxValue || now < deadline);

    /// <summary>Whether any target is alive: one that drains may be in no set that counts, and have recorded flows.</summary>
    public bool AnyAliveAt(DateTimeOffset now) => _deadlines.Keys.Any(target => IsAlive(target, now));

    /// <summary>All targets alive at <paramref name="now"/>, ascending: those that need a real.</summary>
    public ImmutableArray<ulong> AliveAt(DateTimeOffset now) =>
        [.. _deadlines.Keys.Where(target => IsAlive(target, now)).Order()];

    /// <summary>When the ring changes next by time alone (a window ends, a drain is over), or null when it does not.</summary>
    public DateTimeOffset? NextEventAfter(DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (DateTimeOffset time in _until.Concat(_deadlines.Values))
        {
            if (time > now && time != DateTimeOffset.MaxValue && (next is null || time < next))
            {
                next = time;
            }
        }

        return next;
    }
}
