namespace Lodestone.Api.Networking;

/// <summary>A network that peers with this one.</summary>
public sealed class NetworkPeeringClaimRef
{
    /// <summary>The namespace; empty: the same.</summary>
    public string? Namespace { get; set; }
    /// <summary>The name.</summary>
    public string Name { get; set; } = "";
    /// <summary>The UID.</summary>
    public string? Uid { get; set; }
}
