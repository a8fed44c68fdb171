using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct underlay_nic</c>: where a decapsulated packet goes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UnderlayNic
{
    /// <summary>The NIC's device.</summary>
    public uint Ifindex;

    /// <summary><see cref="RealKind.Peer"/>, <see cref="RealKind.Device"/>, or <see cref="RealKind.Stack"/> for this machine itself.</summary>
    public RealKind Kind;

    /// <summary>What else is true of the NIC.</summary>
    public NicFlags Flags;

    /// <summary>VNI of the NIC's network.</summary>
    public uint Network;

    /// <summary>The workload's MAC address; zero where it is not known.</summary>
    public MacAddress Mac;

    /// <summary>Zero.</summary>
    public ushort Pad1;
}
