using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Controllers.Routing;

/// <summary>Has targets that join take their weights in steps. Pure.</summary>
/// <remarks>
/// When a target began stands in the routing, beside its weight of the moment, so that a controller that takes over goes on where the last one was.
/// Steps of all targets of one duration fall on the same seconds: however many start, a routing changes <see cref="Steps"/> times within it at most.
/// </remarks>
internal static class SlowStart
{
    /// <summary>The most steps. A first share of an eighth needs no larger ring than equal weights do (128 slots a target, 16 for the lightest).</summary>
    internal const int Steps = 8;

    /// <summary>Gives each candidate its weight of the moment.</summary>
    /// <remarks>
    /// Who joins starts slowly where somebody of its family has a weight and is not starting: without one there is nobody to spare it, and shares
    /// of those that start would be relative to each other only. For the same reason all have their weights at once when the last of the others leaves.
    /// </remarks>
    /// <param name="candidates">Who takes new flows, with declared weights.</param>
    /// <param name="before">Who did, as the routing has it.</param>
    /// <param name="duration">How long it takes until a target has its weight; zero: it has it at once.</param>
    /// <param name="now">The time.</param>
    /// <returns>The candidates, in their order, and when a weight changes next; null: none does.</returns>
    internal static (IReadOnlyList<LoadBalancerDestination> Destinations, DateTimeOffset? Next) Weigh(
        IReadOnlyList<LoadBalancerDestination> candidates, IReadOnlyList<LoadBalancerDestination> before, TimeSpan duration, DateTimeOffset now)
    {
        if (duration <= TimeSpan.Zero || before.Count == 0)
        {
            return (candidates, null);
        }

        var known = new Dictionary<Member, DateTimeOffset?>();
        foreach (LoadBalancerDestination destination in before)
        {
            known[Member.Of(destination)] = destination.SlowStartTime;
        }

        HashSet<string?> sparing =
        [
            .. candidates.Where(c => known.TryGetValue(Member.Of(c), out DateTimeOffset? since) && since is null && WeightOf(c) > 0).Select(FamilyOf).Distinct(),
        ];
        TimeSpan step = StepOf(duration);
        int steps = Math.Max(1, (int)(duration / step));
        var weighed = new List<LoadBalancerDestination>(candidates.Count);
        DateTimeOffset? next = null;
        foreach (LoadBalancerDestination candidate in candidates)
        {
            bool isKnown = known.TryGetValue(Member.Of(candidate), out DateTimeOffset? since);
            since = isKnown ? since : RoundUp(now, step);
            int done = since is null ? steps : Math.Max(1 + (int)Math.Min((now - since.Value) / step, steps), 1);
            if (done >= steps || WeightOf(candidate) == 0 || !sparing.Contains(FamilyOf(candidate)))
            {
                weighed.Add(candidate);
                continue;
            }

            DateTimeOffset time = since!.Value + (step * done);
            next = next < time ? next : time;
            weighed.Add(new LoadBalancerDestination
            {
                Name = candidate.Name,
                Uid = candidate.Uid,
                Ip = candidate.Ip,
                TargetRef = candidate.TargetRef,
                Weight = WeightedMember.Published(ShareOf(WeightOf(candidate), done, steps)),
                SlowStartTime = since,
            });
        }

        return (weighed, next);
    }

    /// <summary>Whole seconds, as the API stores times.</summary>
    private static TimeSpan StepOf(TimeSpan duration) => TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(duration.TotalSeconds / Steps)));

    /// <summary>Rounded, and never none.</summary>
    private static int ShareOf(int weight, int done, int steps) => Math.Max(1, ((weight * done) + (steps / 2)) / steps);

    private static int WeightOf(LoadBalancerDestination destination) => destination.Weight ?? LoadBalancerPolicySpec.DefaultWeight;

    private static string? FamilyOf(LoadBalancerDestination destination) => DestinationSelector.FamilyOf(destination.Ip ?? "");

    private static DateTimeOffset RoundUp(DateTimeOffset time, TimeSpan step)
    {
        long rest = time.UtcTicks % step.Ticks;
        return new DateTimeOffset(time.UtcTicks + (rest == 0 ? 0 : step.Ticks - rest), TimeSpan.Zero);
    }
}
