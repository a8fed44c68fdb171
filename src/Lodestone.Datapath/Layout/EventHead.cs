using System.Runtime.CompilerServices;

namespace Lodestone.Datapath.Layout;

/// <summary>The first bytes of a packet, as words that were loaded from it.</summary>
[InlineArray(Words)]
public struct EventHead
{
    /// <summary>C's <c>EVENT_WORDS</c>.</summary>
    public const int Words = 16;

    private ulong _first;
}
