namespace Lodestone.Api.Cluster;

/// <summary>Where a <see cref="Service"/> is reached from outside.</summary>
public sealed class ServiceLoadBalancer
{
    /// <summary>One entry for each address.</summary>
    public List<ServiceIngress>? Ingress { get; set; }
}
