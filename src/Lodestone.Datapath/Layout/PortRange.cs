using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct port_range</c>: a protocol and a range of destination ports that a VIP accepts.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PortRange
{
    /// <summary>The first port, host byte order.</summary>
    public ushort From;

    /// <summary>The last port, inclusive, host byte order.</summary>
    public ushort To;

    /// <summary>IP protocol number: 6 TCP, 17 UDP or 132 SCTP.</summary>
    public byte Proto;

    /// <summary>Zero.</summary>
    public byte Pad;
}
