using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>What an <see cref="AddressPool"/> has given out.</summary>
public sealed class AddressPoolStatus
{
    /// <summary>Usage of the IPv4 addresses; absent where it has none.</summary>
    public AddressPoolUsage? Ipv4 { get; set; }
    /// <summary>Usage of the IPv6 addresses; absent where it has none.</summary>
    public AddressPoolUsage? Ipv6 { get; set; }
    /// <summary>Addresses given out of this pool that are not, or no longer, in its ranges; absent where there are none.</summary>
    public AddressPoolOutside? InUseOutside { get; set; }
    /// <summary><c>Ready</c>, <c>AddressesAvailable</c>, <c>InUseOutside</c>.</summary>
    public List<Condition>? Conditions { get; set; }
}
