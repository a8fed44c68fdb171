using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct vip</c>: one slot of an open-addressed VIP table.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Vip
{
    /// <summary>The address.</summary>
    public DatapathAddress Addr;

    /// <summary>VNI the address belongs to; 0 is the public network.</summary>
    public uint Network;

    /// <summary>Zero ends a probe.</summary>
    public VipFlags Flags;

    /// <summary>Index of the ring's first slot in <c>rings</c>.</summary>
    public uint RingBase;

    /// <summary>slot = hash >> shift; a ring of 2^k slots has 64 - k. Zero: no ring, so no real.</summary>
    public uint RingShift;

    /// <summary>Stable while the VIP lives; index into <c>vip_stats</c>.</summary>
    public uint Id;

    /// <summary>Index of the first word of 3 x 1024 (TCP, UDP, SCTP) in <c>port_bitmaps</c>.</summary>
    public uint PortBitmapBase;

    /// <summary>How many of <see cref="Ranges"/> count.</summary>
    public uint RangeCount;

    /// <summary><see cref="VipFlags.Quic"/>: bytes of a server ID, 1 to <see cref="QuicKey.MaxIdBytes"/>.</summary>
    public byte QuicIdLen;

    /// <summary><see cref="VipFlags.Quic"/>: 1: keys of <c>quic_servers</c> have a port; 0: all UDP ports are one.</summary>
    public byte QuicByPort;

    /// <summary>Zero.</summary>
    public ushort Pad0;

    /// <summary>Accepted ports.</summary>
    public PortRanges Ranges;

    /// <summary><see cref="VipFlags.ByClient"/>: what of the client's address counts; of IPv4 the last four bytes.</summary>
    public DatapathAddress ClientMask;

    /// <summary><see cref="VipFlags.OldByClient"/>: the same, formerly.</summary>
    public DatapathAddress OldMask;
}
