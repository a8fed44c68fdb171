using Lodestone.Api.Ipam;
using Lodestone.Api.Networking;

namespace Lodestone.Agent.Desired;

/// <summary>The objects that differ between two snapshots: what was there and what is. Objects are not changed, so the same instance is the same object.</summary>
/// <remarks>Slices are not among them: a load balancer that waits for one is looked at every time.</remarks>
internal sealed class PlanChanges(PlanWorld before, PlanWorld after)
{
    /// <summary>Network interfaces.</summary>
    public IReadOnlyList<(NetworkInterface? Old, NetworkInterface? New)> NetworkInterfaces { get; } = after.NetworkInterfaces.ChangesSince(before.NetworkInterfaces);

    /// <summary>Prefixes.</summary>
    public IReadOnlyList<(Prefix? Old, Prefix? New)> Prefixes { get; } = after.Prefixes.ChangesSince(before.Prefixes);

    /// <summary>Load balancers.</summary>
    public IReadOnlyList<(LoadBalancer? Old, LoadBalancer? New)> LoadBalancers { get; } = after.LoadBalancers.ChangesSince(before.LoadBalancers);

    /// <summary>Routings.</summary>
    public IReadOnlyList<(LoadBalancerRouting? Old, LoadBalancerRouting? New)> Routings { get; } = after.Routings.ChangesSince(before.Routings);

    /// <summary>Whether networks are as they were.</summary>
    public bool HasSameNetworks { get; } = after.Networks.ChangesSince(before.Networks).Count == 0;
}
