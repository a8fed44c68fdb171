using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Routing;

/// <summary>Estimates how many bytes targets take in JSON, from the lengths of their texts; a little too much rather than too little.</summary>
internal static class RoutingSize
{
    /// <summary>Braces, quotes and names of a target with its reference.</summary>
    private const int Target = 90;
    private const int Deadline = 40;
    private const int Member = 20;
    private const int Weight = 13;

    internal static long Of(RoutingPlan plan) =>
        plan.Destinations.Sum(Of)
        + plan.Draining.Sum(Of)
        + plan.History.Sum(change => Of(change.Added) + Of(change.Removed));

    internal static long Of(LoadBalancerDestination d) => OfTarget(d.Name, d.Uid, d.Ip, d.TargetRef) + OfWeight(d.Weight) + (d.SlowStartTime is null ? 0 : Deadline);

    internal static long Of(LoadBalancerDraining d) => Deadline + OfTarget(d.Name, d.Uid, d.Ip, d.TargetRef);

    private static long Of(List<RingMember>? members) => members?.Sum(m => (long)Member + Length(m.Uid) + m.Ip.Length + OfWeight(m.Weight)) ?? 0;

    private static long OfTarget(string? name, string? uid, string? ip, LoadBalancerTargetRef? target) =>
        Target + Length(name) + Length(uid) + Length(ip) + Length(target?.Uid) + Length(target?.Name) + Length(target?.ProviderID);

    private static int OfWeight(int? weight) => weight is null ? 0 : Weight;

    private static int Length(string? text) => text?.Length ?? 0;
}
