using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>An isolated network that network interfaces and load balancers belong to (ironcore, api/networking/v1alpha1/network_types.go).</summary>
public sealed class Network : KubernetesObject
{
    /// <summary>What is wanted.</summary>
    public NetworkSpec? Spec { get; set; }
    /// <summary>What is.</summary>
    public NetworkStatus? Status { get; set; }
}
