using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Routing;

/// <summary>Decides what a routing says: destinations, and what gateways need to keep the flows that a change would move.</summary>
/// <remarks>
/// Gateways rebuild the sets of targets S_0 .. S_k from the destinations (S_k) by undoing the history from its end, so an entry must
/// tell exactly the difference of two successive sets. Times are whole seconds, as the API stores them: a plan read back is the same plan.
/// </remarks>
internal static class RoutingPlanner
{
    /// <summary>More changes than this within one window are folded together, oldest first.</summary>
    internal const int MaxHistory = 16;

    /// <summary>Plans a routing.</summary>
    /// <param name="old">The routing as it is; null: there is none yet.</param>
    /// <param name="destinations">Who is to take new flows; sorted and without duplicates.</param>
    /// <param name="isLive">Whether a member that left still works: its network interface exists, is Available and has that address.</param>
    /// <param name="now">The time.</param>
    /// <param name="window">How long a change is remembered.</param>
    /// <param name="udpWindow">How long unknown UDP flows are taken for older ones than the change.</param>
    /// <param name="drain">How long one who left keeps its flows.</param>
    internal static RoutingPlan Plan(
        LoadBalancerRouting? old,
        IReadOnlyList<LoadBalancerDestination> destinations,
        Func<Member, bool> isLive,
        DateTimeOffset now,
        TimeSpan window,
        TimeSpan udpWindow,
        TimeSpan drain)
    {
        List<LoadBalancerDestination> before = old?.Destinations ?? [];
        var beforeSet = before.Select(Member.Of).ToHashSet();
        var afterSet = destinations.Select(Member.Of).ToHashSet();
        bool changed = old is null || !beforeSet.SetEquals(afterSet);

        List<RingChange> history = KeepHistory(old?.RingHistory, now);
        long generation = (old?.RingGeneration ?? 0) + (changed || old?.RingGeneration is null ? 1 : 0);

        // A first set, or one that follows a long emptiness, replaces nobody: there are no flows to protect.
        if (changed && (beforeSet.Count > 0 || history.Count > 0))
        {
            history.Add(new RingChange
            {
                Generation = generation,
                Until = RoundUp(now + window),
                UdpUntil = RoundUp(now + (udpWindow < window ? udpWindow : window)),
                Added = Members(afterSet.Except(beforeSet)),
                Removed = Members(beforeSet.Except(afterSet)),
            });
            Fold(history);
        }

        List<LoadBalancerDraining> draining = PlanDraining(old, before, afterSet, isLive, now, RoundUp(now + drain));
        DateTimeOffset? next = null;
        foreach (DateTimeOffset time in history.Select(h => h.Until).Concat(draining.Select(d => d.Deadline)))
        {
            next = next is null || time < next ? time : next;
        }

        return new RoutingPlan(destinations, generation, history, draining, next);
    }

    /// <summary>The oldest changes go first: a set counts until the change that replaced it, and every older one, is out of its window.</summary>
    private static List<RingChange> KeepHistory(List<RingChange>? history, DateTimeOffset now) =>
        [.. (history ?? []).OrderBy(h => h.Generation).SkipWhile(h => h.Until <= now)];

    private static DateTimeOffset UdpUntil(RingChange change) => change.UdpUntil ?? change.Until;

    private static List<LoadBalancerDraining> PlanDraining(
        LoadBalancerRouting? old,
        List<LoadBalancerDestination> before,
        HashSet<Member> after,
        Func<Member, bool> isLive,
        DateTimeOffset now,
        DateTimeOffset deadline)
    {
        var result = new SortedDictionary<Member, LoadBalancerDraining>();
        foreach (LoadBalancerDraining known in old?.Draining ?? [])
        {
            var member = Member.Of(known);
            if (known.Deadline > now && !after.Contains(member) && isLive(member))
            {
                result[member] = known;
            }
        }

        foreach (LoadBalancerDestination left in before)
        {
            var member = Member.Of(left);
            if (!after.Contains(member) && !result.ContainsKey(member) && isLive(member))
            {
                result[member] = new LoadBalancerDraining { Name = left.Name, Uid = left.Uid, Ip = left.Ip, TargetRef = left.TargetRef, Deadline = deadline };
            }
        }

        return [.. result.Values];
    }

    /// <summary>Joins the two oldest changes until few enough are left; who came and went in between is forgotten.</summary>
    private static void Fold(List<RingChange> history)
    {
        while (history.Count > MaxHistory)
        {
            RingChange first = history[0];
            RingChange second = history[1];
            var added1 = Set(first.Added);
            var added2 = Set(second.Added);
            var removed1 = Set(first.Removed);
            var removed2 = Set(second.Removed);
            history[1] = new RingChange
            {
                Generation = second.Generation,
                Until = first.Until > second.Until ? first.Until : second.Until,
                UdpUntil = UdpUntil(first) > UdpUntil(second) ? UdpUntil(first) : UdpUntil(second),
                Added = Members(added1.Except(removed2).Union(added2.Except(removed1))),
                Removed = Members(removed1.Except(added2).Union(removed2.Except(added1))),
            };
            history.RemoveAt(0);
        }
    }

    private static HashSet<Member> Set(List<RingMember>? members) => [.. (members ?? []).Select(Member.Of)];

    private static List<RingMember>? Members(IEnumerable<Member> members)
    {
        List<RingMember> list = [.. members.Order().Select(m => new RingMember { Uid = m.Uid.Length > 0 ? m.Uid : null, Ip = m.Ip })];
        return list.Count > 0 ? list : null;
    }

    private static DateTimeOffset RoundUp(DateTimeOffset time)
    {
        long rest = time.UtcTicks % TimeSpan.TicksPerSecond;
        return rest == 0 ? time.ToUniversalTime() : new DateTimeOffset(time.UtcTicks - rest + TimeSpan.TicksPerSecond, TimeSpan.Zero);
    }
}
