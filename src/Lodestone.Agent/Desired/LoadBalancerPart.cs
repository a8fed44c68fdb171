using Lodestone.Api.Networking;

namespace Lodestone.Agent.Desired;

/// <summary>What one load balancer adds to a state, and what that follows from beside the gateways' names. Not changed once computed.</summary>
internal sealed class LoadBalancerPart(LoadBalancer loadBalancer, LoadBalancerRouting? routing, DateTimeOffset at)
{
    /// <summary>The load balancer.</summary>
    public LoadBalancer LoadBalancer => loadBalancer;

    /// <summary>Its routing.</summary>
    public LoadBalancerRouting? Routing => routing;

    /// <summary>When it was computed.</summary>
    public DateTimeOffset At => at;

    /// <summary>When it is another although nothing else changes. Null: never.</summary>
    public DateTimeOffset? ChangesAt { get; set; }

    /// <summary>It follows from what stands here, and nothing else.</summary>
    public bool IsPure { get; set; } = true;

    /// <summary>What is reported of it as served; null: nothing.</summary>
    public LoadBalancerModel? Model { get; set; }

    /// <summary>Its VIPs.</summary>
    public List<VipModel> Vips { get; } = [];

    /// <summary>What is said of it.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>Whether it is still what it would be.</summary>
    public bool IsStill(LoadBalancer lb, LoadBalancerRouting? itsRouting, DateTimeOffset now) =>
        IsPure && ReferenceEquals(loadBalancer, lb) && ReferenceEquals(routing, itsRouting) && at <= now && (ChangesAt is not { } changes || now < changes);
}
