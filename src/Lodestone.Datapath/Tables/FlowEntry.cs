using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>One word of the flow table, taken apart: vip:8, tag:25, state:3, age:8, real:20 from the top.</summary>
/// <param name="Vip">The low bits of <see cref="Layout.Vip.Id"/>: whose flow it is, exact among the first 256 VIPs.</param>
/// <param name="Tag">Tells flows of one VIP and bucket apart (<see cref="Hashing.FlowHash.Tag"/>).</param>
/// <param name="State">Never <see cref="FlowState.None"/> in an entry that is in use.</param>
/// <param name="Age">The clock when a packet last refreshed it, modulo 256: ticks for <see cref="FlowState.Syn"/>, else units of 2^35 ns.</param>
/// <param name="Real">Index into reals, below <see cref="FlowBucket.MaxReals"/>.</param>
public readonly record struct FlowEntry(byte Vip, uint Tag, FlowState State, byte Age, uint Real)
{
    private const int VipShift = 56;
    private const int TagShift = 31;
    private const int StateShift = 28;
    private const int AgeShift = 20;
    private const uint TagMask = 0x1ffffff;
    private const uint RealMask = FlowBucket.MaxReals - 1;

    /// <summary>The word as stored.</summary>
    public ulong Word =>
        ((ulong)Vip << VipShift) | ((ulong)(Tag & TagMask) << TagShift) | ((ulong)State << StateShift) | ((ulong)Age << AgeShift) | (Real & RealMask);

    /// <summary>An entry that is refreshed now.</summary>
    /// <param name="vip">The VIP's id.</param>
    /// <param name="tag">The flow's tag.</param>
    /// <param name="state">Its state, which decides on the unit of its age.</param>
    /// <param name="now">The clock (<see cref="FlowTable.Clock"/>).</param>
    /// <param name="real">Index of its real.</param>
    public static FlowEntry Fresh(uint vip, uint tag, FlowState state, uint now, uint real) => new((byte)vip, tag, state, AgeOf(state, now), real);

    /// <summary>Takes a stored word apart.</summary>
    public static FlowEntry FromWord(ulong word) => new(
        (byte)(word >> VipShift),
        (uint)(word >> TagShift) & TagMask,
        (FlowState)((word >> StateShift) & 7),
        (byte)(word >> AgeShift),
        (uint)word & RealMask);

    /// <summary>How long no packet has refreshed the entry, in the unit of its age, modulo 256.</summary>
    public byte Idle(uint now) => (byte)(AgeOf(State, now) - Age);

    /// <summary>The same as time.</summary>
    public TimeSpan IdleTime(uint now) =>
        TimeSpan.FromTicks(((long)Idle(now) << (State == FlowState.Syn ? FlowBucket.TickShift : FlowBucket.AgeShift)) / TimeSpan.NanosecondsPerTick);

    /// <summary>Whether no packet has refreshed the entry for <see cref="FlowBucket.AgeLimit"/> units. Wraps after 256: see <see cref="FlowTable.Sweep"/>.</summary>
    public bool IsExpired(uint now) => Idle(now) >= FlowBucket.AgeLimit;

    /// <summary>The clock in the unit of a state's age.</summary>
    private static byte AgeOf(FlowState state, uint now) => state == FlowState.Syn ? (byte)now : FlowTable.Age(now);
}
