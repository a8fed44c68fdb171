using Lodestone.Api.Meta;
using Lodestone.Api.Networking;

namespace Lodestone.Agent.Desired;

/// <summary>What one load balancer adds to a state.</summary>
internal sealed class LoadBalancerPart(LoadBalancer loadBalancer)
{
    public const string InternalType = "Internal";

    /// <summary>The load balancer.</summary>
    public LoadBalancer LoadBalancer => loadBalancer;

    /// <summary>When it is another although nothing else changes. Null: never.</summary>
    public DateTimeOffset? ChangesAt { get; set; }

    /// <summary>It follows from load balancer, routing, the networks here and whether this machine is elected, and nothing else: not from other load balancers, slices or addresses.</summary>
    public bool IsPure { get; set; } = true;

    /// <summary>The gateway that was elected to announce it; null: it was not asked.</summary>
    public string? Announcer { get; set; }

    /// <summary>What is reported of it as served; null: nothing.</summary>
    public LoadBalancerModel? Model { get; set; }

    /// <summary>Its VIPs.</summary>
    public List<VipModel> Vips { get; } = [];

    /// <summary>What is said of it.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>The network that a load balancer is of.</summary>
    public static ObjectKey NetworkKeyOf(LoadBalancer lb) => new(lb.Metadata.Namespace ?? "", lb.Spec.NetworkRef?.Name ?? "");
}
