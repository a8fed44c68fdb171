namespace Lodestone.Api.Networking;

/// <summary>The wish to be connected with another network.</summary>
public sealed class NetworkPeering
{
    /// <summary>Name of the peering, unique in its network.</summary>
    public string Name { get; set; } = "";
    /// <summary>The other network.</summary>
    public NetworkPeeringNetworkRef? NetworkRef { get; set; }
    /// <summary>What is reachable; empty: everything.</summary>
    public List<PeeringPrefix>? Prefixes { get; set; }
}
