using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct nic_source</c>: who sends from an address at a NIC.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct NicSource
{
    /// <summary>What the address is to the NIC.</summary>
    public NicSourceKind Kind;

    /// <summary>The workload's MAC address; zero where it is not known: any is let through.</summary>
    public MacAddress Mac;

    /// <summary>VNI of the NIC's network; 0: none, nothing is routed.</summary>
    public uint Network;
}
