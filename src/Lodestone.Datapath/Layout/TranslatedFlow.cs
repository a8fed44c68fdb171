using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct translated_flow</c>: what answers of a flow are from.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct TranslatedFlow
{
    /// <summary>The VIP it came by.</summary>
    public DatapathAddress Vip;

    /// <summary>The NIC's own address that took its place.</summary>
    public DatapathAddress Nic;

    /// <summary>When it was last seen (<see cref="Tables.FlowTable.Age"/>).</summary>
    public uint Age;

    /// <summary>Zero.</summary>
    public uint Pad;
}
