using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>A workload's interface in a <see cref="Network"/> (ironcore, api/networking/v1alpha1/networkinterface_types.go).</summary>
public sealed class NetworkInterface : KubernetesObject
{
    /// <summary>What is wanted.</summary>
    public NetworkInterfaceSpec Spec { get; set; } = new();
    /// <summary>What is.</summary>
    public NetworkInterfaceStatus? Status { get; set; }
}
