using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Routing;

/// <summary>Decides what a routing says: destinations, and what gateways need to keep the flows that a change would move.</summary>
/// <remarks>
/// Gateways rebuild the sets of targets S_0 .. S_k from the destinations (S_k) by undoing the history from its end, so an entry must
/// tell exactly the difference of two successive sets; a weight that changes is one that leaves and one that joins. Times are whole seconds, as the API stores them: a plan read back is the same plan.
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
    /// <param name="policy">What a LoadBalancerPolicy makes gateways do.</param>
    /// <param name="unhealthy">Who would take new flows but for its health; null: nobody.</param>
    /// <param name="unhealthyDrain">How long one who was found unhealthy keeps its flows.</param>
    /// <param name="slowStart">How long one who joins takes to have its weight (<see cref="SlowStart"/>).</param>
    internal static RoutingPlan Plan(
        LoadBalancerRouting? old,
        IReadOnlyList<LoadBalancerDestination> destinations,
        Func<Member, bool> isLive,
        DateTimeOffset now,
        TimeSpan window,
        TimeSpan udpWindow,
        TimeSpan drain,
        RoutingPolicy? policy = null,
        IReadOnlyList<LoadBalancerDestination>? unhealthy = null,
        TimeSpan unhealthyDrain = default,
        TimeSpan slowStart = default)
    {
        List<LoadBalancerDestination> before = old?.Destinations ?? [];
        (destinations, DateTimeOffset? next) = SlowStart.Weigh(destinations, before, slowStart, now);
        var beforeSet = before.Select(WeightedMember.Of).ToHashSet();
        var afterSet = destinations.Select(WeightedMember.Of).ToHashSet();
        bool keyChanged = !RoutingKey.Same(old?.Policy?.Key, policy?.Key);
        bool changed = old is null || keyChanged || !beforeSet.SetEquals(afterSet);

        List<RingChange> history = KeepHistory(old?.RingHistory, now);
        long generation = (old?.RingGeneration ?? 0) + (changed || old?.RingGeneration is null ? 1 : 0);

        // A first set, or one that follows a long emptiness, replaces nobody: there are no flows to protect.
        if (changed && (beforeSet.Count > 0 || history.Count > 0))
        {
            history.Add(new RingChange
            {
                Generation = generation,
                Since = RoundDown(now),
                Until = RoundUp(now + window),
                UdpUntil = RoundUp(now + (udpWindow < window ? udpWindow : window)),
                Added = Members(afterSet.Except(beforeSet)),
                Removed = Members(beforeSet.Except(afterSet)),
                KeyBefore = keyChanged ? old?.Policy?.Key ?? new RoutingKey() : null,
            });
            Fold(history);
        }

        // One that takes no new flows from now on, and has none to lose, is gone at once: its deadline is not rounded up.
        DateTimeOffset failing = unhealthyDrain > TimeSpan.Zero ? RoundUp(now + unhealthyDrain) : RoundDown(now);
        List<LoadBalancerDraining> draining = PlanDraining(
            old, before, destinations.Select(Member.Of).ToHashSet(), unhealthy ?? [], isLive, now, RoundUp(now + drain), failing);
        foreach (DateTimeOffset time in history.Select(h => h.Until).Concat(draining.Select(d => d.Deadline).Where(deadline => deadline > now)))
        {
            next = next is null || time < next ? time : next;
        }

        return new RoutingPlan(destinations, generation, history, draining, next, policy);
    }

    /// <summary>The oldest changes go first: a set counts until the change that replaced it, and every older one, is out of its window.</summary>
    private static List<RingChange> KeepHistory(List<RingChange>? history, DateTimeOffset now) =>
        [.. (history ?? []).OrderBy(h => h.Generation).SkipWhile(h => h.Until <= now)];

    private static DateTimeOffset UdpUntil(RingChange change) => change.UdpUntil ?? change.Until;

    private static List<LoadBalancerDraining> PlanDraining(
        LoadBalancerRouting? old,
        List<LoadBalancerDestination> before,
        HashSet<Member> after,
        IReadOnlyList<LoadBalancerDestination> unhealthy,
        Func<Member, bool> isLive,
        DateTimeOffset now,
        DateTimeOffset deadline,
        DateTimeOffset failing)
    {
        var result = new SortedDictionary<Member, LoadBalancerDraining>();
        var failed = unhealthy.ToDictionary(Member.Of);
        foreach (LoadBalancerDraining known in old?.Draining ?? [])
        {
            var member = Member.Of(known);
            if (failed.Remove(member, out LoadBalancerDestination? still))
            {
                result[member] = known.Unhealthy == true ? known : Leaving(still, known.Deadline < failing ? known.Deadline : failing, true);
            }
            else if (known.Deadline > now && !after.Contains(member) && isLive(member))
            {
                result[member] = known.Unhealthy is null ? known : Copy(known);
            }
        }

        foreach ((Member member, LoadBalancerDestination left) in failed)
        {
            result[member] = Leaving(left, failing, true);
        }

        foreach (LoadBalancerDestination left in before)
        {
            var member = Member.Of(left);
            if (!after.Contains(member) && !result.ContainsKey(member) && isLive(member))
            {
                result[member] = Leaving(left, deadline, null);
            }
        }

        return [.. result.Values];
    }

    private static LoadBalancerDraining Leaving(LoadBalancerDestination left, DateTimeOffset deadline, bool? unhealthy) => new()
    {
        Name = left.Name,
        Uid = left.Uid,
        Ip = left.Ip,
        TargetRef = left.TargetRef,
        Deadline = deadline,
        Unhealthy = unhealthy,
    };

    /// <summary>One that is no longer selected, and drains as any other.</summary>
    private static LoadBalancerDraining Copy(LoadBalancerDraining known) => new()
    {
        Name = known.Name,
        Uid = known.Uid,
        Ip = known.Ip,
        TargetRef = known.TargetRef,
        Deadline = known.Deadline,
    };

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
                Since = first.Since,
                Until = first.Until > second.Until ? first.Until : second.Until,
                UdpUntil = UdpUntil(first) > UdpUntil(second) ? UdpUntil(first) : UdpUntil(second),
                Added = Members(added1.Except(removed2).Union(added2.Except(removed1))),
                Removed = Members(removed1.Except(added2).Union(removed2.Except(added1))),
                KeyBefore = first.KeyBefore ?? second.KeyBefore,
            };
            history.RemoveAt(0);
        }
    }

    private static HashSet<WeightedMember> Set(List<RingMember>? members) => [.. (members ?? []).Select(WeightedMember.Of)];

    private static List<RingMember>? Members(IEnumerable<WeightedMember> members)
    {
        List<RingMember> list = [.. members.Order().Select(m => m.ToRingMember())];
        return list.Count > 0 ? list : null;
    }

    private static DateTimeOffset RoundDown(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    private static DateTimeOffset RoundUp(DateTimeOffset time)
    {
        long rest = time.UtcTicks % TimeSpan.TicksPerSecond;
        return rest == 0 ? time.ToUniversalTime() : new DateTimeOffset(time.UtcTicks - rest + TimeSpan.TicksPerSecond, TimeSpan.Zero);
    }
}
