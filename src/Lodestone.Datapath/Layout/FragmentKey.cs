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

    /// <summary>VNI of the VIP in the upper 24 bits, protocol of IPv4 in the lowest 8, which are 0 for IPv6.</summary>
    public uint Scope;
}
