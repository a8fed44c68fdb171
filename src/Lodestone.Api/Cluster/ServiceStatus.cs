using Lodestone.Api.Meta;

namespace Lodestone.Api.Cluster;

/// <summary>What a <see cref="Service"/> is at present.</summary>
public sealed class ServiceStatus
{
    /// <summary>Where it is reached from outside.</summary>
    public ServiceLoadBalancer? LoadBalancer { get; set; }
    /// <summary>What was observed.</summary>
    public List<Condition>? Conditions { get; set; }
}
