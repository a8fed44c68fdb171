using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct real</c>: one resolved target, with what goes in front of a packet for it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Real
{
    /// <summary>The NIC's device; of a target on another machine the uplink.</summary>
    public uint Ifindex;

    /// <summary>Written last.</summary>
    public RealKind Kind;

    /// <summary>Largest L3 packet the way to the real takes, outer headers included.</summary>
    public ushort Mtu;

    /// <summary>Of a target on this machine; else none.</summary>
    public NicFlags Flags;

    /// <summary>Destination MAC, source MAC, ethertype.</summary>
    public EthernetHeader Eth;

    /// <summary>Identity of the target (<see cref="Hashing.TargetHash"/>), also of a dead real; 0: there never was one. Its low 24 bits are its NIC's number.</summary>
    public ulong Target;

    /// <summary>Outer source address; zero of a target on this machine.</summary>
    public DatapathAddress Src;

    /// <summary>Outer destination address; of a target on this machine its underlay address.</summary>
    public DatapathAddress Dst;
}
