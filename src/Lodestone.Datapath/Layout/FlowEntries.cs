using System.Runtime.CompilerServices;

namespace Lodestone.Datapath.Layout;

/// <summary>The eight entries of a bucket; what their bits mean is said at <see cref="FlowBucket"/>.</summary>
[InlineArray(Length)]
public struct FlowEntries
{
    /// <summary>Entries in a bucket.</summary>
    public const int Length = 8;

    private ulong _first;
}
