namespace Lodestone.Api.Cluster;

/// <summary>What a <see cref="Node"/> is at present.</summary>
public sealed class NodeStatus
{
    /// <summary>What was observed.</summary>
    public List<NodeCondition>? Conditions { get; set; }
}
