namespace Lodestone.Api.Cluster;

/// <summary>What a <see cref="Service"/> is to be.</summary>
public sealed class ServiceSpec
{
    /// <summary><c>LoadBalancer</c> is what concerns us.</summary>
    public string? Type { get; set; }
    /// <summary>Which implementation is to serve it; can't change while the type is <c>LoadBalancer</c>.</summary>
    public string? LoadBalancerClass { get; set; }
    /// <summary>The ports that clients talk to.</summary>
    public List<ServicePort>? Ports { get; set; }
    /// <summary><c>IPv4</c> and/or <c>IPv6</c>, the first one preferred; the cluster fills them in.</summary>
    public List<string>? IpFamilies { get; set; }
    /// <summary><c>Cluster</c>: any node takes traffic from outside; <c>Local</c>: only those with an endpoint, and clients keep their addresses.</summary>
    public string? ExternalTrafficPolicy { get; set; }
    /// <summary><c>None</c>, or <c>ClientIP</c>: a client stays with one endpoint.</summary>
    public string? SessionAffinity { get; set; }
    /// <summary>The address that is wanted; deprecated by Kubernetes.</summary>
    public string? LoadBalancerIP { get; set; }
}
