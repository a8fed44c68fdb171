namespace Lodestone.Api.Cluster;

/// <summary>What keeps pods off a <see cref="Node"/>.</summary>
public sealed class NodeTaint
{
    /// <summary>Its name.</summary>
    public string Key { get; set; } = "";
    /// <summary>What it does to pods.</summary>
    public string? Effect { get; set; }
}
