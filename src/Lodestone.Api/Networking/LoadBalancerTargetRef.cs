namespace Lodestone.Api.Networking;

/// <summary>The network interface behind a destination.</summary>
public sealed class LoadBalancerTargetRef
{
    /// <summary>Its UID.</summary>
    public string Uid { get; set; } = "";
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";
    /// <summary>Where it lives: <c>lodestone://host/device</c>.</summary>
    public string ProviderID { get; set; } = "";
}
