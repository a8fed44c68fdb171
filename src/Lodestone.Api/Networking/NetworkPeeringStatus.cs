namespace Lodestone.Api.Networking;

/// <summary>State of one peering.</summary>
public sealed class NetworkPeeringStatus
{
    /// <summary>Name of the peering.</summary>
    public string Name { get; set; } = "";
    /// <summary><c>Pending</c>, <c>Ready</c> or <c>Error</c>.</summary>
    public string? State { get; set; }
    /// <summary>Prefixes in use.</summary>
    public List<PeeringPrefixStatus>? Prefixes { get; set; }
}
