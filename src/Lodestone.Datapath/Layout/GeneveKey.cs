using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct geneve_key</c>: a NIC of this machine, as Geneve names it.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct GeneveKey
{
    /// <summary>Outer destination: an underlay address of this machine.</summary>
    public DatapathAddress Dst;

    /// <summary>The NIC's number, which is the VNI (<see cref="Hashing.NicNumber"/>).</summary>
    public uint Number;

    /// <summary>Zero.</summary>
    public uint Pad;
}
