namespace Lodestone.Api.Networking;

/// <summary>One slice of a routing that is too large for one object.</summary>
public sealed class RoutingSliceRef
{
    /// <summary>Name of the LoadBalancerRoutingSlice, in the routing's namespace.</summary>
    public string Name { get; set; } = "";
    /// <summary>Fingerprint of what it must hold (<see cref="Platform.RoutingFingerprint"/>).</summary>
    public string Fingerprint { get; set; } = "";
}
