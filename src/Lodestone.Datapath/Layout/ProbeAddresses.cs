namespace Lodestone.Datapath.Layout;

/// <summary>The addresses that health checks come from, the same on every machine (<c>prober.h</c>).</summary>
/// <remarks>Of the link, which no router forwards (RFC 3927, 2.7; RFC 4291, 2.5.6): an answer to them is for this machine's agent or for nobody.</remarks>
public static class ProbeAddresses
{
    /// <summary>Source of health checks over IPv4.</summary>
    public static DatapathAddress IPv4 { get; } = DatapathAddress.Parse("169.254.76.83");

    /// <summary>Source of health checks over IPv6.</summary>
    public static DatapathAddress IPv6 { get; } = DatapathAddress.Parse("fe80::6c:6f64:6573:746f");

    /// <summary>Whether an address is one of them.</summary>
    public static bool Has(DatapathAddress address) => address == IPv4 || address == IPv6;
}
