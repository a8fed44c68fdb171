using Lodestone.Api.Meta;

namespace Lodestone.Api.Cluster;

/// <summary>A Service of a cluster (core/v1), as far as load balancers are concerned.</summary>
public sealed class Service : KubernetesObject
{
    /// <summary>What is wanted.</summary>
    public ServiceSpec Spec { get; set; } = new();
    /// <summary>What is.</summary>
    public ServiceStatus? Status { get; set; }
}
