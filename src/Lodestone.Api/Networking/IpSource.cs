namespace Lodestone.Api.Networking;

/// <summary>Where an address comes from: exactly one of the members is set.</summary>
public sealed class IpSource
{
    /// <summary>A literal IPv4 or IPv6 address.</summary>
    public string? Value { get; set; }
    /// <summary>A Prefix made for, and owned by, the object.</summary>
    public EphemeralPrefixSource? Ephemeral { get; set; }
}
