using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct nic_source_key</c>: a NIC and an address it may send from.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NicSourceKey
{
    /// <summary>The NIC's device, on the host's side.</summary>
    public uint Ifindex;

    /// <summary>Zero.</summary>
    public uint Pad;

    /// <summary>The source address.</summary>
    public DatapathAddress Addr;
}
