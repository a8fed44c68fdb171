using System.Numerics;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Ring;

/// <summary>Turns a folded ring into what the packet programs read, and lets slots settle that have learnt.</summary>
/// <remarks>
/// When a slot's window ends, flows that were recorded stay with their real: the slot goes on consulting the flow table, and
/// records nothing new, until the caller has seen for a whole idle limit that no record sent a packet elsewhere ("quiet").
/// Settling is a local matter, and so are changes that a gateway hears of late. Both are read off the ring that is being replaced
/// (<see cref="RingPast"/>), so they also survive a restart of the agent.
/// </remarks>
public static class RingSettling
{
    /// <summary>The size that the next ring needs: its own, or the old one's while slots of the old one have to settle or are late.</summary>
    /// <param name="ring">The folded ring.</param>
    /// <param name="reals">For each of <see cref="FoldedRing.Targets"/> its index into reals; 0 where it has none.</param>
    /// <param name="past">What is being replaced.</param>
    /// <returns>k of 2^k slots; 0 when there is neither a target nor one draining.</returns>
    public static int SizeLog2(FoldedRing ring, ReadOnlySpan<uint> reals, in RingPast past)
    {
        ArgumentNullException.ThrowIfNull(ring);
        if (ring.Slots.IsEmpty)
        {
            return 0;
        }

        int oldLog2 = past.SizeLog2;
        if (oldLog2 <= ring.SizeLog2)
        {
            return ring.SizeLog2;
        }

        int pairShift = oldLog2 - ring.SizeLog2;
        for (int slot = 0; slot < past.Ring.Length; slot++)
        {
            if (past.MustConsult(past.Ring[slot]) || past.IsLate(past.Ring[slot], Unrecorded(ring.Slots[slot >> pairShift], reals)))
            {
                return oldLog2;
            }
        }

        return ring.SizeLog2;
    }

    /// <summary>Writes the next ring.</summary>
    /// <param name="ring">The folded ring.</param>
    /// <param name="reals">For each of <see cref="FoldedRing.Targets"/> its index into reals; 0 where it has none.</param>
    /// <param name="past">What is being replaced.</param>
    /// <param name="destination">2^<see cref="SizeLog2"/> slots, not those of <paramref name="past"/>.</param>
    /// <returns>Slots that begin to learn, and those that learn although the history does not say so.</returns>
    public static LearningSlots Write(FoldedRing ring, ReadOnlySpan<uint> reals, in RingPast past, Span<RingSlot> destination)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ReadOnlySpan<RingPair> pairs = ring.Slots;
        if (!BitOperations.IsPow2(destination.Length) || destination.Length < pairs.Length)
        {
            throw new ArgumentException($"{destination.Length} slots cannot hold a ring of {pairs.Length}", nameof(destination));
        }

        if (reals.Length != ring.Targets.Length)
        {
            throw new ArgumentException($"{reals.Length} reals for {ring.Targets.Length} targets", nameof(reals));
        }

        int log2 = BitOperations.Log2((uint)destination.Length);
        int pairShift = log2 - ring.SizeLog2;
        int pastShift = past.Ring.IsEmpty ? 0 : log2 - past.SizeLog2;
        int begun = 0, late = 0, kept = 0;
        for (int slot = 0; slot < destination.Length; slot++)
        {
            RingPair pair = pairs[slot >> pairShift];
            uint current = RealOf(pair.Current, reals);
            uint unrecorded = Unrecorded(pair, reals);
            uint previous = pair.Learn ? unrecorded | RingSlot.Consult | RingSlot.Learn : current;
            if (past.Ring.IsEmpty)
            {
                // Nothing was served.
            }
            else if (pastShift < 0)
            {
                // It shrinks, so no slot is late, and none learnt.
                begun += pair.Learn ? 1 : 0;
                previous |= AnyMustConsult(past, past.Ring.Slice(slot << -pastShift, 1 << -pastShift)) ? RingSlot.Consult : 0;
            }
            else
            {
                RingSlot before = past.Ring[slot >> pastShift];
                if (past.IsLate(before, unrecorded))
                {
                    previous = past.LearnFrom(before);
                    late++;
                }
                else if (past.IsKept(before, pair, unrecorded))
                {
                    previous = past.LearnFrom(before);
                    kept++;
                }
                else
                {
                    begun += pair.Learn && !RingPast.Learns(before) ? 1 : 0;
                    previous |= past.MustConsult(before) ? RingSlot.Consult : 0;
                }
            }

            destination[slot] = new RingSlot { Current = current, Previous = previous };
        }

        return new LearningSlots(begun, late, kept);
    }

    private static uint RealOf(int target, ReadOnlySpan<uint> reals) => target < 0 ? 0 : reals[target];

    /// <summary>Whose flows without a record are.</summary>
    private static uint Unrecorded(RingPair pair, ReadOnlySpan<uint> reals) => RealOf(pair.Learn ? pair.Previous : pair.Current, reals);

    private static bool AnyMustConsult(in RingPast past, ReadOnlySpan<RingSlot> slots)
    {
        foreach (RingSlot slot in slots)
        {
            if (past.MustConsult(slot))
            {
                return true;
            }
        }

        return false;
    }
}
