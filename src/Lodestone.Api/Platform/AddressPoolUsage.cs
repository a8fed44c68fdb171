namespace Lodestone.Api.Platform;

/// <summary>Addresses of one family in a pool. Decimal strings, since an IPv6 pool can exceed 64 bits.</summary>
public sealed class AddressPoolUsage
{
    /// <summary>Addresses the pool holds, without the excluded ones.</summary>
    public string Total { get; set; } = "";
    /// <summary>Addresses given out or not yet free again.</summary>
    public string Used { get; set; } = "";
    /// <summary>The difference.</summary>
    public string Free { get; set; } = "";
}
