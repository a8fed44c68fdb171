using Lodestone.Api.Meta;

namespace Lodestone.Api.Ipam;

/// <summary>A range of addresses (ipam.ironcore.dev/v1alpha1): a root that is simply there, or a part of another one.</summary>
public sealed class Prefix : KubernetesObject
{
    /// <summary>What is wanted.</summary>
    public PrefixSpec Spec { get; set; } = new();
    /// <summary>What is.</summary>
    public PrefixStatus? Status { get; set; }
}
