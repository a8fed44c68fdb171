using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Controllers.Routing;

/// <summary>Whether a routing says already what a layout wants it to, without writing either out as JSON: most reconciles change nothing.</summary>
internal static class RoutingComparison
{
    internal static bool Says(this LoadBalancerRouting routing, RoutingLayout layout, RoutingPlan plan) =>
        routing.RingGeneration == plan.Generation
        && routing.Total == layout.Total
        && Same(routing.Policy, plan.Policy)
        && Same(routing.Slices, layout.Slices, (a, b) => a.Name == b.Name && a.Fingerprint == b.Fingerprint)
        && Same(routing.Destinations, layout.Destinations, Same)
        && Same(routing.RingHistory, layout.History, Same)
        && Same(routing.Draining, layout.Draining, Same);

    /// <summary>Whether two slices hold the same.</summary>
    internal static bool Same(LoadBalancerRoutingSlice a, LoadBalancerRoutingSlice b) =>
        Same(a.Destinations, b.Destinations ?? [], Same) && Same(a.RingHistory, b.RingHistory ?? [], Same) && Same(a.Draining, b.Draining ?? [], Same);

    private static bool Same<T>(List<T>? left, IReadOnlyList<T> right, Func<T, T, bool> same)
    {
        if ((left?.Count ?? 0) != right.Count)
        {
            return false;
        }

        for (int i = 0; i < right.Count; i++)
        {
            if (!ReferenceEquals(left![i], right[i]) && !same(left[i], right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Same(LoadBalancerDestination a, LoadBalancerDestination b) =>
        a.Uid == b.Uid && a.Ip == b.Ip && a.Name == b.Name && a.Weight == b.Weight && a.SlowStartTime == b.SlowStartTime && Same(a.TargetRef, b.TargetRef);

    private static bool Same(LoadBalancerDraining a, LoadBalancerDraining b) =>
        a.Uid == b.Uid && a.Ip == b.Ip && a.Name == b.Name && a.Deadline == b.Deadline && a.Unhealthy == b.Unhealthy && Same(a.TargetRef, b.TargetRef);

    private static bool Same(RingChange a, RingChange b) =>
        a.Generation == b.Generation
        && a.Since == b.Since
        && a.Until == b.Until
        && a.UdpUntil == b.UdpUntil
        && (a.KeyBefore is null) == (b.KeyBefore is null)
        && RoutingKey.Same(a.KeyBefore, b.KeyBefore)
        && Same(a.Added, b.Added ?? [], Same)
        && Same(a.Removed, b.Removed ?? [], Same);

    private static bool Same(RingMembers a, RingMembers b) =>
        a.Generation == b.Generation && Same(a.Added, b.Added ?? [], Same) && Same(a.Removed, b.Removed ?? [], Same);

    private static bool Same(RingMember a, RingMember b) => a.Uid == b.Uid && a.Ip == b.Ip && a.Weight == b.Weight;

    /// <summary>Whether two policies are the same in every respect.</summary>
    internal static bool Same(RoutingPolicy? a, RoutingPolicy? b) =>
        (a is null) == (b is null)
        && a?.Name == b?.Name
        && a?.Uid == b?.Uid
        && a?.Generation == b?.Generation
        && a?.Fragments == b?.Fragments
        && a?.Echo == b?.Echo
        && RoutingQuic.Same(a?.Quic, b?.Quic)
        && a?.Announcement == b?.Announcement

        // What it says follows from the generation.
        && (a?.HealthCheck is null) == (b?.HealthCheck is null)
        && a?.Delivery == b?.Delivery
        && a?.Encapsulation == b?.Encapsulation
        && a?.TransitionSeconds == b?.TransitionSeconds
        && RoutingKey.Same(a?.Key, b?.Key);

    private static bool Same(LoadBalancerTargetRef? a, LoadBalancerTargetRef? b) =>
        a?.Uid == b?.Uid && a?.Name == b?.Name && a?.ProviderID == b?.ProviderID;
}
