using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct flow_bucket</c>: one cache line of the flow table.</summary>
/// <remarks>entry = tag:30 &lt;&lt; 34 | state:2 &lt;&lt; 32 | age:8 &lt;&lt; 24 | real:24. Zero is empty.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct FlowBucket
{
    /// <summary>One unit of age is 2^35 ns.</summary>
    public const int AgeShift = 35;

    /// <summary>Idle units after which an entry is free.</summary>
    public const int AgeLimit = 220;

    /// <summary>The entries.</summary>
    public FlowEntries Entries;
}
