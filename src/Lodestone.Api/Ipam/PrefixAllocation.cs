using Lodestone.Api.Meta;

namespace Lodestone.Api.Ipam;

/// <summary>Asks for a part of a <see cref="Prefix"/> (ipam.ironcore.dev/v1alpha1).</summary>
public sealed class PrefixAllocation : KubernetesObject
{
    /// <summary>What is asked for.</summary>
    public PrefixAllocationSpec Spec { get; set; } = new();
    /// <summary>What was given.</summary>
    public PrefixAllocationStatus? Status { get; set; }
}
