using Lodestone.Api.Meta;

namespace Lodestone.Api.Cluster;

/// <summary>A machine of a cluster (core/v1).</summary>
public sealed class Node : KubernetesObject
{
    /// <summary>What is wanted.</summary>
    public NodeSpec? Spec { get; set; }
    /// <summary>What is.</summary>
    public NodeStatus? Status { get; set; }
}
