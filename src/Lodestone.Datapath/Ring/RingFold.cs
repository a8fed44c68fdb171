using System.Buffers;
using System.Collections.Immutable;

namespace Lodestone.Datapath.Ring;

/// <summary>Folds the sets of a history into one ring of (current, previous) pairs. Pure.</summary>
/// <remarks>
/// <para>
/// With the sets S_0 (oldest in its window) to S_k (present), each slot has an owner in each set's own Maglev ring; rings of
/// different sizes are compared on the finest, where a slot of a coarser ring is several. Then, per slot:
/// </para>
/// <list type="bullet">
/// <item>current is the owner in S_k: new flows are its own;</item>
/// <item>the slot learns when some set of the window had another owner;</item>
/// <item>previous is the oldest owner that lives: whoever established a flow after S_0 was recorded, so an established flow
/// without a record is S_0's.</item>
/// </list>
/// <para>
/// Where what slots go by (<see cref="SlotKey"/>) has changed in the window, every slot learns, and unrecorded flows are looked up by the
/// oldest key (<see cref="FoldedRing.OldKey"/>; docs/adr/0010-session-affinity.md).
/// </para>
/// <para>
/// A slot also learns when its other owner is dead. It has nobody to keep flows for then, but the dead may come back inside the
/// window (a health check that flaps): it would again be the oldest living owner, and the flows its stand-in took meanwhile are
/// safe only if they were recorded (docs/adr/0002-just-enough-state.md).
/// </para>
/// </remarks>
public static class RingFold
{
    private const int Nobody = -1;

    /// <summary>The pairs at <paramref name="now"/>.</summary>
    public static FoldedRing Fold(RingHistory history, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(history);
        ReadOnlySpan<TargetSet> sets = history.SetsAt(now);
        ImmutableArray<ulong> targets = Union(sets);
        DateTimeOffset? changesAt = history.NextEventAfter(now);
        if (!history.AnyAliveAt(now))
        {
            return new FoldedRing([], [], changesAt);
        }

        int sizeLog2 = MaglevRing.MinSizeLog2;
        foreach (TargetSet set in sets)
        {
            sizeLog2 = Math.Max(sizeLog2, set.SizeLog2);
        }

        bool[] alive = new bool[targets.Length];
        for (int i = 0; i < alive.Length; i++)
        {
            alive[i] = history.IsAlive(targets[i], now);
        }

        // From the newest set to the oldest: what an older one says about previous overrides.
        RingPair[] slots = new RingPair[1 << sizeLog2];
        SetCurrent(sets[^1], targets, slots);
        for (int i = sets.Length - 2; i >= 0; i--)
        {
            AddOlder(sets[i], targets, alive, slots);
        }

        ReadOnlySpan<SlotKey> keys = history.KeysAt(now);
        if (keys.ContainsAnyExcept(history.Key))
        {
            // Any flow may have been in any other slot: all are recorded.
            foreach (ref RingPair pair in slots.AsSpan())
            {
                pair = pair with { Learn = true };
            }
        }

        return new FoldedRing(targets, slots, changesAt) { OldKey = keys[0] == history.Key ? null : keys[0] };
    }

    private static ImmutableArray<ulong> Union(ReadOnlySpan<TargetSet> sets)
    {
        if (sets.Length == 1)
        {
            return sets[0].Targets;
        }

        SortedSet<ulong> union = [];
        foreach (TargetSet set in sets)
        {
            union.UnionWith(set.Targets);
        }

        return [.. union];
    }

    private static void SetCurrent(TargetSet set, ImmutableArray<ulong> targets, RingPair[] slots)
    {
        if (set.Targets.IsEmpty)
        {
            slots.AsSpan().Fill(new RingPair(Nobody, Nobody, Learn: false));
            return;
        }

        using Owners owners = new(set, targets, slots.Length);
        for (int slot = 0; slot < slots.Length; slot++)
        {
            int owner = owners[slot];
            slots[slot] = new RingPair(owner, owner, Learn: false);
        }
    }

    private static void AddOlder(TargetSet set, ImmutableArray<ulong> targets, bool[] alive, RingPair[] slots)
    {
        if (set.Targets.IsEmpty)
        {
            return; // nobody could establish a flow
        }

        using Owners owners = new(set, targets, slots.Length);
        for (int slot = 0; slot < slots.Length; slot++)
        {
            ref RingPair pair = ref slots[slot];
            int owner = owners[slot];
            int previous = alive[owner] ? owner : pair.Previous;
            bool differs = owner != pair.Current && (pair.Current != Nobody || previous != Nobody);
            pair = new RingPair(pair.Current, previous, pair.Learn || differs);
        }
    }

    /// <summary>The ring of one set, read slot by slot at the finest size and in indexes of the union of all sets.</summary>
    private readonly ref struct Owners : IDisposable
    {
        private readonly ushort[] _ring;
        private readonly int[] _index;
        private readonly int _shift;

        public Owners(TargetSet owners, ImmutableArray<ulong> targets, int slots)
        {
            ImmutableArray<ulong> set = owners.Targets;
            int size = 1 << owners.SizeLog2;
            _ring = ArrayPool<ushort>.Shared.Rent(size);
            _index = ArrayPool<int>.Shared.Rent(set.Length);
            _shift = System.Numerics.BitOperations.Log2((uint)(slots / size));
            MaglevRing.Build(set.AsSpan(), owners.Weights.AsSpan(), _ring.AsSpan(0, size));

            // Both are ascending and the set is part of the union: one walk finds all indexes.
            for (int i = 0, index = 0; i < set.Length; i++, index++)
            {
                while (targets[index] != set[i])
                {
                    index++;
                }

                _index[i] = index;
            }
        }

        public int this[int slot] => _index[_ring[slot >> _shift]];

        public void Dispose()
        {
            ArrayPool<int>.Shared.Return(_index);
            ArrayPool<ushort>.Shared.Return(_ring);
        }
    }
}
