using System.Runtime.CompilerServices;

namespace Lodestone.Datapath.Layout;

/// <summary>An IPv6 header as on the wire (RFC 8200, 3).</summary>
[InlineArray(Size)]
public struct Ipv6Header
{
    /// <summary>The size in bytes.</summary>
    public const int Size = 40;

    private byte _first;
}
