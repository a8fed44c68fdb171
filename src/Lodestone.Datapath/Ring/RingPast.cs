using System.Numerics;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Ring;

/// <summary>What the ring that is being replaced says about flows that have no record, and what the gateway knows beside it.</summary>
/// <remarks>
/// What a gateway serves is what its unrecorded flows go by. A gateway that hears of changes in time finds each slot's owner among the sets of
/// the history that it folds next. One that was away for longer than a window does not: such a slot is <em>late</em>, and learns although nothing published says so
/// (docs/adr/0023-changes-heard-of-late.md).
/// </remarks>
public readonly ref struct RingPast
{
    /// <summary>The ring being replaced: 2^k slots; empty if there is none.</summary>
    public ReadOnlySpan<RingSlot> Ring { get; init; }

    /// <summary>Whether records of slots that are settling are no longer used.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Reals of targets that live, as destinations or draining; never 0.</summary>
    public ReadOnlySpan<uint> Alive { get; init; }

    /// <summary>Whether slots that learn go on with the previous owner that they have, as long as it lives.</summary>
    public bool KeepsLearning { get; init; }

    /// <summary>Whether unrecorded flows go by another key (<see cref="SlotKey"/>) than the history knows of: then every slot learns, from whom it has.</summary>
    public bool IsRekeyed { get; init; }

    internal int SizeLog2 => Ring.IsEmpty ? 0 : BitOperations.Log2((uint)Ring.Length);

    /// <summary>Whether the slot becomes late: its unrecorded flows have an owner that lives, and <paramref name="unrecorded"/> is another.</summary>
    internal bool IsLate(RingSlot slot, uint unrecorded) =>
        !Learns(slot) && (IsRekeyed || (slot.Current != unrecorded && Alive.Contains(slot.Current)));

    /// <summary>Whether the slot goes on with an owner that the history does not name.</summary>
    internal bool IsKept(RingSlot slot, RingPair pair, uint unrecorded) =>
        Learns(slot)
        && (IsRekeyed || (KeepsLearning && !(pair.Learn && OwnerOf(slot) == unrecorded) && Alive.Contains(OwnerOf(slot))));

    /// <summary>What a slot that is late, or kept, says of unrecorded flows.</summary>
    internal uint LearnFrom(RingSlot slot)
    {
        uint owner = OwnerOf(slot);
        return (Alive.Contains(owner) ? owner : 0) | RingSlot.Consult | RingSlot.Learn;
    }

    /// <summary>A slot that was still learning always settles; one that was settling does unless it is quiet.</summary>
    internal bool MustConsult(RingSlot slot) => Learns(slot) || (!IsQuiet && (slot.Previous & RingSlot.Consult) != 0);

    internal static bool Learns(RingSlot slot) => (slot.Previous & RingSlot.Learn) != 0;

    /// <summary>The real of unrecorded flows.</summary>
    private static uint OwnerOf(RingSlot slot) => Learns(slot) ? slot.Previous & RingSlot.RealMask : slot.Current;
}
