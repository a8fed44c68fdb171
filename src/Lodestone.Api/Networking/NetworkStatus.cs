using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>What a <see cref="Network"/> is at present.</summary>
public sealed class NetworkStatus
{
    /// <summary><c>Pending</c>, <c>Available</c> or <c>Error</c>.</summary>
    public string? State { get; set; }
    /// <summary>State of each peering.</summary>
    public List<NetworkPeeringStatus>? Peerings { get; set; }
    /// <summary>Why the state is what it is; additive to IronCore.</summary>
    public List<Condition>? Conditions { get; set; }
}
