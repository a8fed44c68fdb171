using System.Collections.Immutable;
using Lodestone.Agent.Health;
using Lodestone.Api.Networking;

namespace Lodestone.Agent.Status;

/// <summary>What a network interface's status says of its health, as a target of load balancers. Pure.</summary>
internal static class HealthReport
{
    /// <summary>An entry for each load balancer and family by which the interface is checked and something is known; null without any.</summary>
    /// <param name="targets">The interface, as each target that it is checked as.</param>
    /// <param name="known">What is known of it.</param>
    /// <param name="status">What is written: that stands until more is known.</param>
    public static List<TargetHealth>? Of(
        IEnumerable<HealthTarget> targets, ImmutableDictionary<HealthKey, KnownHealth> known, NetworkInterfaceStatus? status)
    {
        List<TargetHealth>? found = null;
        foreach (HealthTarget target in targets)
        {
            if ((known.GetValueOrDefault(target.Key) ?? Find(status, target.Key)) is { } health)
            {
                (found ??= []).Add(new TargetHealth
                {
                    LoadBalancer = target.LoadBalancer.Name,
                    Uid = target.Key.LoadBalancerUid,
                    IpFamily = target.Key.Family,
                    State = health.IsHealthy ? TargetHealth.Healthy : health.IsFlapping ? TargetHealth.Flapping : TargetHealth.Unhealthy,
                    Since = ToSecond(health.Since),
                    Message = health.Message,
                    FailedAt = health.FailedAt.IsEmpty ? null : [.. health.FailedAt.Select(ToSecond)],
                });
            }
        }

        return found;
    }

    /// <summary>What a status says of a target; null: nothing.</summary>
    public static KnownHealth? Find(NetworkInterfaceStatus? status, HealthKey key) =>
        status?.Health?.Find(health => health.Uid == key.LoadBalancerUid && health.IpFamily == key.Family) is { } health
            ? new KnownHealth(health.State == TargetHealth.Healthy, health.Since, health.Message, health.State == TargetHealth.Flapping) { FailedAt = [.. health.FailedAt ?? []] }
            : null;

    /// <summary>Whether two say the same.</summary>
    public static bool Same(List<TargetHealth>? one, List<TargetHealth>? other) =>
        (one?.Count ?? 0) == (other?.Count ?? 0)
        && (one ?? []).Zip(other ?? []).All(pair =>
            pair.First.LoadBalancer == pair.Second.LoadBalancer
            && pair.First.Uid == pair.Second.Uid
            && pair.First.IpFamily == pair.Second.IpFamily
            && pair.First.State == pair.Second.State
            && pair.First.Since == pair.Second.Since
            && pair.First.Message == pair.Second.Message
            && (pair.First.FailedAt ?? []).SequenceEqual(pair.Second.FailedAt ?? []));

    /// <summary>Entries whose state is another than before, and new ones that are unhealthy.</summary>
    public static List<TargetHealth> Flips(List<TargetHealth>? before, List<TargetHealth>? after) =>
    [
        .. (after ?? []).Where(now => before?.Find(old => old.Uid == now.Uid && old.IpFamily == now.IpFamily) is { } old
            ? old.State != now.State
            : now.State == TargetHealth.Unhealthy),
    ];

    /// <summary>The API stores whole seconds.</summary>
    private static DateTimeOffset ToSecond(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
