using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct fragment_key</c>: what the fragments of one packet have in common.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct FragmentKey
{
    /// <summary>Source address.</summary>
    public DatapathAddress Src;

    /// <summary>Destination address.</summary>
    public DatapathAddress Dst;

    /// <summary>The identification, as loaded.</summary>
    public uint Id;

    /// <summary>Protocol of IPv4; 0 for IPv6.</summary>
    public byte Proto;

    /// <summary>Zero.</summary>
    public byte Pad;

    /// <summary>Zero.</summary>
    public ushort Pad1;
}
