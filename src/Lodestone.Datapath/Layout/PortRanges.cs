using System.Runtime.CompilerServices;

namespace Lodestone.Datapath.Layout;

/// <summary>The ranges a VIP holds inline.</summary>
[InlineArray(Length)]
public struct PortRanges
{
    /// <summary>C's <c>VIP_MAX_RANGES</c>.</summary>
    public const int Length = 8;

    private PortRange _first;
}
