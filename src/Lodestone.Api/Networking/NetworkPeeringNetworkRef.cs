namespace Lodestone.Api.Networking;

/// <summary>Names a network, perhaps of another namespace.</summary>
public sealed class NetworkPeeringNetworkRef
{
    /// <summary>The namespace; empty: the same.</summary>
    public string? Namespace { get; set; }
    /// <summary>The name.</summary>
    public string Name { get; set; } = "";
}
