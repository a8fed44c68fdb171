using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct path_mtu</c>: what is known of the way to an outer destination.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PathMtu
{
    /// <summary>The outer source towards it.</summary>
    public DatapathAddress Src;

    /// <summary>Largest packet in bytes, outer headers included; 0: nobody has said.</summary>
    public uint Mtu;

    /// <summary>How often it was said.</summary>
    public uint Heard;
}
