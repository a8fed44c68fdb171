namespace Lodestone.Api.Cluster;

/// <summary>Something observed of a <see cref="Node"/>.</summary>
public sealed class NodeCondition
{
    /// <summary><c>Ready</c>, ...</summary>
    public string Type { get; set; } = "";
    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string Status { get; set; } = "";
}
