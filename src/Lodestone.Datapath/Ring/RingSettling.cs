using System.Numerics;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Ring;

/// <summary>Turns a folded ring into what the packet programs read, and lets slots settle that have learnt.</summary>
/// <remarks>
/// When a slot's window ends, flows that were recorded stay with their real: the slot goes on consulting the flow table, and
/// records nothing new, until the caller has seen for a whole idle limit that no record sent a packet elsewhere ("quiet").
/// Settling is a local matter. It is read off the ring that is being replaced, so it also survives a restart of the agent.
/// </remarks>
public static class RingSettling
{
    /// <summary>The size that the next ring needs: its own, or the old one's while slots of the old one have to settle.</summary>
    /// <param name="ring">The folded ring.</param>
    /// <param name="old">The ring being replaced; empty if there is none.</param>
    /// <param name="quiet">Whether records of slots that are settling are no longer used.</param>
    /// <returns>k of 2^k slots; 0 when there is neither a target nor one draining.</returns>
    public static int SizeLog2(FoldedRing ring, ReadOnlySpan<RingSlot> old, bool quiet)
    {
        ArgumentNullException.ThrowIfNull(ring);
        if (ring.Slots.IsEmpty)
        {
            return 0;
        }

        int oldLog2 = old.IsEmpty ? 0 : BitOperations.Log2((uint)old.Length);
        if (oldLog2 <= ring.SizeLog2)
        {
            return ring.SizeLog2;
        }

        foreach (RingSlot slot in old)
        {
            if (MustConsult(slot, quiet))
            {
                return oldLog2;
            }
        }

        return ring.SizeLog2;
    }

    /// <summary>Writes the next ring.</summary>
    /// <param name="ring">The folded ring.</param>
    /// <param name="reals">For each of <see cref="FoldedRing.Targets"/> its index into reals; 0 where it has none.</param>
    /// <param name="old">The ring being replaced; empty if there is none.</param>
    /// <param name="quiet">Whether records of slots that are settling are no longer used.</param>
    /// <param name="destination">2^<see cref="SizeLog2"/> slots, not those of <paramref name="old"/>.</param>
    public static void Write(
        FoldedRing ring,
        ReadOnlySpan<uint> reals,
        ReadOnlySpan<RingSlot> old,
        bool quiet,
        Span<RingSlot> destination)
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
        for (int slot = 0; slot < destination.Length; slot++)
        {
            RingPair pair = pairs[slot >> pairShift];
            uint current = RealOf(pair.Current, reals);
            uint previous = pair.Learn
                ? RealOf(pair.Previous, reals) | RingSlot.Consult | RingSlot.Learn
                : current | (AnyMustConsult(old, slot, log2, quiet) ? RingSlot.Consult : 0);
            destination[slot] = new RingSlot { Current = current, Previous = previous };
        }
    }

    private static uint RealOf(int target, ReadOnlySpan<uint> reals) => target < 0 ? 0 : reals[target];

    /// <summary>Whether a slot of the old ring, or one of the several it was, has records to honour.</summary>
    private static bool AnyMustConsult(ReadOnlySpan<RingSlot> old, int slot, int log2, bool quiet)
    {
        if (old.IsEmpty)
        {
            return false;
        }

        int shift = log2 - BitOperations.Log2((uint)old.Length);
        if (shift >= 0)
        {
            return MustConsult(old[slot >> shift], quiet);
        }

        foreach (RingSlot finer in old.Slice(slot << -shift, 1 << -shift))
        {
            if (MustConsult(finer, quiet))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A slot that was still learning always settles; one that was settling does unless it is quiet.</summary>
    private static bool MustConsult(RingSlot slot, bool quiet) =>
        (slot.Previous & RingSlot.Learn) != 0 || (!quiet && (slot.Previous & RingSlot.Consult) != 0);
}
