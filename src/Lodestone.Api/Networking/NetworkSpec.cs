namespace Lodestone.Api.Networking;

/// <summary>What a <see cref="Network"/> is to be.</summary>
public sealed class NetworkSpec
{
    /// <summary>Set once: <c>lodestone://VNI</c>, or another provider's.</summary>
    public string? ProviderID { get; set; }
    /// <summary>Networks this one wants to be connected with.</summary>
    public List<NetworkPeering>? Peerings { get; set; }
    /// <summary>Networks whose wish is mutual; written by a controller.</summary>
    public List<NetworkPeeringClaimRef>? IncomingPeerings { get; set; }
}
