using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>What an <see cref="AddressPool"/> has given out.</summary>
public sealed class AddressPoolStatus
{
    /// <summary>Usage of the IPv4 addresses; absent where it has none.</summary>
    public AddressPoolUsage? Ipv4 { get; set; }
    /// <summary>Usage of the IPv6 addresses; absent where it has none.</summary>
    public AddressPoolUsage? Ipv6 { get; set; }
    /// <summary><c>Ready</c>.</summary>
    public List<Condition>? Conditions { get; set; }
}
