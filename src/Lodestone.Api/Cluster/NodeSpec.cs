namespace Lodestone.Api.Cluster;

/// <summary>What a <see cref="Node"/> is to be.</summary>
public sealed class NodeSpec
{
    /// <summary>What keeps pods off it.</summary>
    public List<NodeTaint>? Taints { get; set; }
}
