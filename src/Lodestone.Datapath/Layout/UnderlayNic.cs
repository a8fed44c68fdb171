using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct underlay_nic</c>: where a decapsulated packet goes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UnderlayNic
{
    /// <summary>The NIC's device.</summary>
    public uint Ifindex;

    /// <summary><see cref="RealKind.Peer"/> or <see cref="RealKind.Device"/>.</summary>
    public RealKind Kind;

    /// <summary>Zero.</summary>
    public ushort Pad;

    /// <summary>VNI of the NIC's network.</summary>
    public uint Network;

    /// <summary>The workload's MAC address; zero where it is not known.</summary>
    public MacAddress Mac;

    /// <summary>Zero.</summary>
    public ushort Pad1;
}
