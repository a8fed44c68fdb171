namespace Lodestone.Api.Networking;

/// <summary>Where a prefix comes from: exactly one of the members is set.</summary>
public sealed class PrefixSource
{
    /// <summary>A literal prefix in CIDR form.</summary>
    public string? Value { get; set; }
    /// <summary>A Prefix made for, and owned by, the object.</summary>
    public EphemeralPrefixSource? Ephemeral { get; set; }
}
