namespace Lodestone.Api.Networking;

/// <summary>What became of a <see cref="LoadBalancer"/> on one gateway; written by that gateway's agent alone. Additive to IronCore.</summary>
/// <remarks>While there is an entry the gateway may hold the addresses in its data path, and their deletion waits for it.</remarks>
public sealed class LoadBalancerGateway
{
    /// <summary>Name of the gateway's Host.</summary>
    public string Name { get; set; } = "";
    /// <summary><c>Programmed</c> or <c>Failed</c>.</summary>
    public string State { get; set; } = "";
    /// <summary>Why, in one CamelCase word.</summary>
    public string? Reason { get; set; }
    /// <summary>Why, for a person.</summary>
    public string? Message { get; set; }
    /// <summary>The load balancer's generation that the data path was made from.</summary>
    public long? ObservedGeneration { get; set; }
    /// <summary>The routing's <c>ringGeneration</c> that is in the data path; absent without a routing.</summary>
    public long? RingGeneration { get; set; }
    /// <summary>
    /// What the load balancer's table in the data path has in common with other gateways', as 16 hexadecimal digits: at the same generations
    /// gateways have the same. Absent for an Internal load balancer, and where nothing is served.
    /// </summary>
    public string? TableFingerprint { get; set; }
}
