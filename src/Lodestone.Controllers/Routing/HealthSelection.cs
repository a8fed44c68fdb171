using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Routing;

/// <summary>Who of a load balancer's candidates takes new flows, as health checks say. Pure.</summary>
/// <param name="Destinations">Who does; in the order of the candidates.</param>
/// <param name="Unhealthy">Who does not: found unhealthy, or new and without a result; in that order, too.</param>
internal sealed record HealthSelection(IReadOnlyList<LoadBalancerDestination> Destinations, IReadOnlyList<LoadBalancerDestination> Unhealthy)
{
    /// <summary>Without a check all count as healthy.</summary>
    internal static HealthSelection All(IReadOnlyList<LoadBalancerDestination> candidates) => new(candidates, []);

    /// <summary>Splits candidates.</summary>
    /// <remarks>
    /// A candidate without a result is what it was: a check that is added to a load balancer that serves, or an agent that is away, changes nothing;
    /// one that is new waits for its first. A family none of whose candidates would be left has those that flap, which are well at the moment, or else all of
    /// them: that everything is broken is less likely than that the check is.
    /// </remarks>
    /// <param name="candidates">Who would take new flows without a check.</param>
    /// <param name="before">The routing as it is; null: there is none yet.</param>
    /// <param name="healthOf">What was found; null: nothing yet.</param>
    /// <param name="isFlapping">Of who is not healthy, whether it is held back only; null: nobody is.</param>
    internal static HealthSelection Of(
        IReadOnlyList<LoadBalancerDestination> candidates,
        LoadBalancerRouting? before,
        Func<LoadBalancerDestination, bool?> healthOf,
        Func<LoadBalancerDestination, bool>? isFlapping = null)
    {
        HashSet<Member> served = [.. (before?.Destinations ?? []).Select(Member.Of)];
        var isIn = candidates.ToDictionary(Member.Of, candidate => healthOf(candidate) ?? served.Contains(Member.Of(candidate)));
        HashSet<string?> open =
        [
            .. candidates.GroupBy(FamilyOf).Where(family => !family.Any(candidate => isIn[Member.Of(candidate)])).Select(family => family.Key),
        ];
        HashSet<string?> spared = [.. candidates.Where(candidate => isFlapping?.Invoke(candidate) == true).Select(FamilyOf)];
        ILookup<bool, LoadBalancerDestination> split = candidates.ToLookup(candidate => isIn[Member.Of(candidate)]
            || (open.Contains(FamilyOf(candidate)) && (!spared.Contains(FamilyOf(candidate)) || isFlapping?.Invoke(candidate) == true)));
        return new HealthSelection([.. split[true]], [.. split[false]]);
    }

    /// <summary>What a network interface's status says of its health as a target of a load balancer over one family; null: nothing.</summary>
    internal static TargetHealth? Find(NetworkInterface nic, string? loadBalancerUid, string? family) =>
        nic.Status?.Health?.Find(health => health.Uid == loadBalancerUid && health.IpFamily == family);

    private static string? FamilyOf(LoadBalancerDestination destination) => DestinationSelector.FamilyOf(destination.Ip ?? "");
}
