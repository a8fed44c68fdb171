using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct counter</c>: one CPU's share.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Counter
{
    /// <summary>Packets.</summary>
    public ulong Packets;

    /// <summary>Bytes of the packets as they came in, from the IP header.</summary>
    public ulong Bytes;
}
