using System.Runtime.CompilerServices;
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

    /// <summary>Zero.</summary>
    public uint Pad0;

    /// <summary>Accepted ports.</summary>
    public PortRanges Ranges;

    /// <summary>Zero.</summary>
    public VipPadding Pad1;

    /// <summary>Fills the slot up to two cache lines.</summary>
    [InlineArray(32)]
    public struct VipPadding
    {
        private byte _first;
    }
}
