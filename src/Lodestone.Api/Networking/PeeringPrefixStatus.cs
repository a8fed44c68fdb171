namespace Lodestone.Api.Networking;

/// <summary>A prefix in use by a peering.</summary>
public sealed class PeeringPrefixStatus
{
    /// <summary>Name of the entry.</summary>
    public string Name { get; set; } = "";
    /// <summary>The prefix in CIDR form.</summary>
    public string? Prefix { get; set; }
}
