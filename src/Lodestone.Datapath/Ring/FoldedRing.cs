using System.Collections.Immutable;
using System.Numerics;

namespace Lodestone.Datapath.Ring;

/// <summary>The pairs of one ring at one time: what <see cref="RingFold"/> makes of a history. Immutable.</summary>
public sealed class FoldedRing
{
    private readonly RingPair[] _slots;

    internal FoldedRing(ImmutableArray<ulong> targets, RingPair[] slots, DateTimeOffset? changesAt)
    {
        Targets = targets;
        _slots = slots;
        ChangesAt = changesAt;
    }

    /// <summary>Every target that a slot may refer to, ascending.</summary>
    public ImmutableArray<ulong> Targets { get; }

    /// <summary>2^k slots, or none when there is neither a target nor one draining.</summary>
    public ReadOnlySpan<RingPair> Slots => _slots;

    /// <summary>k of 2^k slots; 0 without slots.</summary>
    public int SizeLog2 => _slots.Length == 0 ? 0 : BitOperations.Log2((uint)_slots.Length);

    /// <summary>When the ring has to be folded again although nothing was published: a window or a drain ends. Null: never.</summary>
    public DateTimeOffset? ChangesAt { get; }

    /// <summary>What the slots of unrecorded flows go by, where that is not what slots go by now; else null.</summary>
    public SlotKey? OldKey { get; internal init; }

    /// <summary>How many slots are in transition.</summary>
    public int CountLearning()
    {
        int count = 0;
        foreach (RingPair slot in _slots)
        {
            count += slot.Learn ? 1 : 0;
        }

        return count;
    }
}
