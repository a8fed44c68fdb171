using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct fragment_flow</c>: the flow of a packet that comes in fragments, from the first of them.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct FragmentFlow
{
    /// <summary>The flow's hash.</summary>
    public ulong Hash;

    /// <summary>Ports, as loaded.</summary>
    public uint Ports;

    /// <summary>Protocol.</summary>
    public byte Proto;

    /// <summary>When it was recorded (<see cref="Tables.FlowTable.Age"/>).</summary>
    public byte Age;

    /// <summary>Zero.</summary>
    public ushort Pad;
}
