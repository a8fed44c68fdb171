using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>Where public addresses come from. Cluster scope.</summary>
public sealed class AddressPool : KubernetesObject
{
    /// <summary>What is wanted.</summary>
    public AddressPoolSpec Spec { get; set; } = new();
    /// <summary>What is.</summary>
    public AddressPoolStatus? Status { get; set; }
}
