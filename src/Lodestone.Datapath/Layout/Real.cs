using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct real</c>: one resolved target, with the finished headers that go in front of a packet for it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Real
{
    /// <summary>The NIC's device; for <see cref="RealKind.Encap"/> the uplink.</summary>
    public uint Ifindex;

    /// <summary>Written last.</summary>
    public RealKind Kind;

    /// <summary>Largest L3 packet the way to the real takes, outer header included.</summary>
    public ushort Mtu;

    /// <summary>Zero.</summary>
    public ushort Pad;

    /// <summary>Destination MAC, source MAC, ethertype.</summary>
    public EthernetHeader Eth;

    /// <summary>Outer IPv6 header; its destination's low half is the real's identity, also for local reals.</summary>
    public Ipv6Header Ip6;
}
