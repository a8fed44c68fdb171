using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct vip_counter</c>: one CPU's share of a VIP.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VipCounter
{
    /// <summary>Packets that found a real.</summary>
    public ulong Packets;

    /// <summary>Their bytes as they came in, from the IP header.</summary>
    public ulong Bytes;

    /// <summary>Flows written into the flow table.</summary>
    public ulong Recorded;

    /// <summary>Packets that a record sent elsewhere than to the current owner.</summary>
    public ulong Pinned;
}
