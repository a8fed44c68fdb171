using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>How a load balancer of its namespace spreads flows. Without one, as without any of its fields. Of several for one load balancer the oldest counts.</summary>
public sealed class LoadBalancerPolicy : KubernetesObject
{
    /// <summary>What is wanted.</summary>
    public LoadBalancerPolicySpec Spec { get; set; } = new();
    /// <summary>What is.</summary>
    public LoadBalancerPolicyStatus? Status { get; set; }
}
