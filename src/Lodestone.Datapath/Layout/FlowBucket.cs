using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct flow_bucket</c>: one cache line of the flow table.</summary>
/// <remarks>
/// entry = vip:8 &lt;&lt; 56 | tag:25 &lt;&lt; 31 | state:3 &lt;&lt; 28 | age:8 &lt;&lt; 20 | real:20. Zero is empty. The first
/// <see cref="Ways"/> entries are for flows of which only the start has been seen, the others are the seats of all others.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct FlowBucket
{
    /// <summary>Entries of a bucket in which flows begin.</summary>
    public const int Ways = 2;

    /// <summary>One unit of age is 2^35 ns.</summary>
    public const int AgeShift = 35;

    /// <summary>One tick of the flow table's clock is 2^29 ns: the unit of age while only a flow's start has been seen.</summary>
    public const int TickShift = 29;

    /// <summary>Idle units after which an entry is free.</summary>
    public const int AgeLimit = 220;

    /// <summary>Ticks for which a flow's start is kept against later ones of its VIP: 1.6 s at least.</summary>
    public const int SynStale = 4;

    /// <summary>Units after which a record that is not proven may give way to another flow of its VIP: 34 s at least.</summary>
    public const int Stale = 2;

    /// <summary>Reals that an entry can name.</summary>
    public const int MaxReals = 1 << 20;

    /// <summary>The entries.</summary>
    public FlowEntries Entries;
}
