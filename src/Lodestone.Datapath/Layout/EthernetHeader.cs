using System.Runtime.CompilerServices;

namespace Lodestone.Datapath.Layout;

/// <summary>Destination MAC, source MAC and ethertype, as on the wire.</summary>
[InlineArray(Size)]
public struct EthernetHeader
{
    /// <summary>The size in bytes.</summary>
    public const int Size = 14;

    private byte _first;
}
