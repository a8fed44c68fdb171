using Lodestone.Api.Meta;

namespace Lodestone.Api.Cluster;

/// <summary>Some of the endpoints of a <see cref="Service"/> (discovery.k8s.io/v1).</summary>
public sealed class EndpointSlice : KubernetesObject
{
    /// <summary>The label that names the Service.</summary>
    public const string ServiceLabel = "kubernetes.io/service-name";

    /// <summary><c>IPv4</c>, <c>IPv6</c> or <c>FQDN</c>.</summary>
    public string? AddressType { get; set; }
    /// <summary>The endpoints.</summary>
    public List<Endpoint>? Endpoints { get; set; }
}
