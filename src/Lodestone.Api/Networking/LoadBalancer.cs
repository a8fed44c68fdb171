using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>An L3/L4 load balancer: a stable address per family whose traffic is spread over selected <see cref="NetworkInterface"/>s (ironcore, api/networking/v1alpha1/loadbalancer_types.go).</summary>
public sealed class LoadBalancer : KubernetesObject
{
    /// <summary>What is wanted.</summary>
    public LoadBalancerSpec Spec { get; set; } = new();
    /// <summary>What is.</summary>
    public LoadBalancerStatus? Status { get; set; }
}
