using System.Runtime.InteropServices;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>What user space does with the flow table: nothing but forget.</summary>
public static class FlowTable
{
    /// <summary>The table's clock at a time of CLOCK_MONOTONIC: ticks of 2^29 ns, 0.54 s.</summary>
    public static uint Clock(ulong monotonicNanoseconds) => (uint)(monotonicNanoseconds >> FlowBucket.TickShift);

    /// <summary>The clock in units of age, 34.4 s, modulo 256.</summary>
    public static byte Age(uint clock) => (byte)(clock >> (FlowBucket.AgeShift - FlowBucket.TickShift));

    /// <summary>Frees entries that are expired or whose real is dead.</summary>
    /// <remarks>
    /// An age is eight bits: an entry idle for 256 units (2 h 27 min) looks fresh again. So somebody has to sweep at least every
    /// <c>256 - AgeLimit</c> = 36 units, 20 minutes, while any slot consults the table, and always before a real's index is used
    /// again. A packet that refreshes the entry meanwhile wins: the word is exchanged only if it is still the one that was read.
    /// The age of a flow's start, in ticks, wraps after 137 s: at worst it keeps its place for 1.6 s of these once more.
    /// </remarks>
    /// <param name="buckets">The table, or a part of it.</param>
    /// <param name="reals">The reals; one of kind <see cref="RealKind.None"/> is dead.</param>
    /// <param name="now">See <see cref="Clock"/>.</param>
    /// <returns>How many entries were freed.</returns>
    public static int Sweep(Span<FlowBucket> buckets, ReadOnlySpan<Real> reals, uint now)
    {
        int freed = 0;
        foreach (ref ulong stored in MemoryMarshal.Cast<FlowBucket, ulong>(buckets))
        {
            ulong word = Volatile.Read(ref stored);
            if (word != 0 && IsFree(FlowEntry.FromWord(word), reals, now) && Interlocked.CompareExchange(ref stored, 0, word) == word)
            {
                freed++;
            }
        }

        return freed;
    }

    /// <summary>How many entries are in use.</summary>
    public static int CountUsed(ReadOnlySpan<FlowBucket> buckets)
    {
        int used = 0;
        foreach (ulong word in MemoryMarshal.Cast<FlowBucket, ulong>(buckets))
        {
            used += word != 0 ? 1 : 0;
        }

        return used;
    }

    private static bool IsFree(FlowEntry entry, ReadOnlySpan<Real> reals, uint now) =>
        entry.IsExpired(now) || entry.Real >= reals.Length || reals[(int)entry.Real].Kind == RealKind.None;
}
