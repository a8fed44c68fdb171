using System.Collections.Immutable;

namespace Lodestone.Datapath.Ring;

/// <summary>What a LoadBalancerRouting says about the targets of one ring: who they are, who they were, who is leaving. Immutable.</summary>
/// <remarks>
/// Every gateway reads the same object, so every gateway, also one that starts in the middle of a change, has the same history;
/// the only thing a gateway adds is its clock.
/// </remarks>
public sealed class RingHistory
{
    private readonly ImmutableArray<ulong>[] _sets;
    private readonly DateTimeOffset[] _until;
    private readonly Dictionary<ulong, DateTimeOffset> _deadlines = [];

    /// <summary>Reconstructs the sets of the past from the present one.</summary>
    /// <param name="destinations">Targets that take new flows. Order and duplicates do not matter.</param>
    /// <param name="changes">Changes whose window may not have ended, in any order.</param>
    /// <param name="draining">Who left and lives. A target that is also a destination lives without a deadline.</param>
    public RingHistory(
        IEnumerable<ulong> destinations,
        IEnumerable<TargetChange>? changes = null,
        IEnumerable<DrainingTarget>? draining = null)
    {
        ArgumentNullException.ThrowIfNull(destinations);
        TargetChange[] newestFirst = [.. (changes ?? []).OrderByDescending(change => change.Generation)];
        _sets = new ImmutableArray<ulong>[newestFirst.Length + 1];
        _until = new DateTimeOffset[newestFirst.Length];

        SortedSet<ulong> set = [.. destinations];
        _sets[^1] = [.. set];
        for (int i = 0; i < newestFirst.Length; i++)
        {
            set.ExceptWith(newestFirst[i].Added);
            set.UnionWith(newestFirst[i].Removed);
            int older = newestFirst.Length - 1 - i;
            _sets[older] = [.. set];
            _until[older] = newestFirst[i].Until;
        }

        foreach (DrainingTarget target in draining ?? [])
        {
            _deadlines[target.Target] = target.Deadline;
        }

        foreach (ulong target in _sets[^1])
        {
            _deadlines[target] = DateTimeOffset.MaxValue;
        }
    }

    /// <summary>The present set, ascending: who takes new flows.</summary>
    public ImmutableArray<ulong> Current => _sets[^1];

    /// <summary>The sets that count at <paramref name="now"/>, oldest first; the last is <see cref="Current"/>. Each is ascending.</summary>
    /// <remarks>The oldest leave first: a set counts until the change that replaced it, and every older one, is out of its window.</remarks>
    public ReadOnlySpan<ImmutableArray<ulong>> SetsAt(DateTimeOffset now)
    {
        int oldest = 0;
        while (oldest < _until.Length && _until[oldest] <= now)
        {
            oldest++;
        }

        return _sets.AsSpan(oldest);
    }

    /// <summary>Whether flows of the target are kept: it is in the present set, or draining before its deadline.</summary>
    public bool IsAlive(ulong target, DateTimeOffset now) =>
        _deadlines.TryGetValue(target, out DateTimeOffset deadline) && (deadline == DateTimeOffset.MaxValue || now < deadline);

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
