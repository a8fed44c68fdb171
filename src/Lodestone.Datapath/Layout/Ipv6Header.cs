namespace Lodestone.Datapath.Layout;

/// <summary>An IPv6 header as on the wire (RFC 8200, 3).</summary>
public static class Ipv6Header
{
    /// <summary>The size in bytes.</summary>
    public const int Size = 40;
}
