namespace Lodestone.Api.Platform;

/// <summary>Addresses that came from a pool and are in use, but are not in its ranges any more.</summary>
public sealed class AddressPoolOutside
{
    /// <summary>How many there are.</summary>
    public int Count { get; set; }
    /// <summary>The lowest of them, IPv4 before IPv6; at most ten.</summary>
    public List<string>? Addresses { get; set; }
}
