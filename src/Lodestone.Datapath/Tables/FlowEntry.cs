using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>One word of the flow table, taken apart: tag:30, state:2, age:8, real:24 from the top.</summary>
/// <param name="Tag">Tells flows of one bucket apart (<see cref="Hashing.FlowHash.Tag"/>).</param>
/// <param name="State">Never <see cref="FlowState.None"/> in an entry that is in use.</param>
/// <param name="Age">The clock when a packet last refreshed it, in units of 2^35 ns, modulo 256.</param>
/// <param name="Real">Index into reals.</param>
public readonly record struct FlowEntry(uint Tag, FlowState State, byte Age, uint Real)
{
    private const int TagShift = 34;
    private const int StateShift = 32;
    private const int AgeShift = 24;

    /// <summary>The word as stored.</summary>
    public ulong Word => ((ulong)Tag << TagShift) | ((ulong)State << StateShift) | ((ulong)Age << AgeShift) | Real;

    /// <summary>Takes a stored word apart.</summary>
    public static FlowEntry FromWord(ulong word) => new(
        (uint)(word >> TagShift),
        (FlowState)((word >> StateShift) & 3),
        (byte)(word >> AgeShift),
        (uint)word & RingSlot.RealMask);

    /// <summary>Whether no packet has refreshed the entry for <see cref="FlowBucket.AgeLimit"/> units. Wraps after 256: see <see cref="FlowTable.Sweep"/>.</summary>
    public bool IsExpired(byte now) => (byte)(now - Age) >= FlowBucket.AgeLimit;
}
