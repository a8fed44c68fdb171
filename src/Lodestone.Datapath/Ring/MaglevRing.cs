using System.Buffers;
using System.Numerics;

namespace Lodestone.Datapath.Ring;

/// <summary>Maglev's consistent hashing (Eisenbud et al., NSDI '16, section 3.4) over rings of 2^k slots.</summary>
/// <remarks>
/// <para>
/// Every target has its own order in which it likes the slots; targets take turns, each taking the first slot of its order that
/// is still free, until none is. So slot counts differ by at most one, the ring is a pure function of the set of targets, and a
/// set that differs by one target gives a ring that differs little.
/// </para>
/// <para>
/// With weights, targets take turns as often as their weights say: of the rounds in which the heaviest take one each, a target of weight w
/// takes its turn j (from 0) in round ceil((j + 1/2) * max / w) - 1. So its slots are its share rounded, and less than one slot and a
/// hundredth off it. Equal weights give the ring without weights. A share far below a slot may come to none.
/// </para>
/// <para>
/// The paper takes a prime number of slots so that every step visits all of them. A step that is odd visits all slots of a
/// power of two just as well, and then a slot is the top bits of the flow's hash: no division, and rings of different sizes
/// nest, which <see cref="RingFold"/> lives on (docs/adr/0005-power-of-two-rings.md).
/// </para>
/// </remarks>
public static class MaglevRing
{
    /// <summary>The smallest ring has 2^8 slots.</summary>
    public const int MinSizeLog2 = 8;

    /// <summary>The largest ring has 2^16 slots.</summary>
    public const int MaxSizeLog2 = 16;

    /// <summary>Slots a target has at least, on average, while the ring is below its largest size.</summary>
    public const int SlotsPerTarget = 128;

    private const int SlotsOfLightest = 16;

    /// <summary>More than the rounds between two turns of one target: 255 at weight 1 beside 255.</summary>
    private const int Wheel = 256;

    /// <summary>The most targets of one ring: each needs a slot.</summary>
    public const int MaxTargets = 1 << MaxSizeLog2;

    /// <summary>The size of the ring of so many targets: the smallest 2^k of at least 128 slots a target, 8 &lt;= k &lt;= 16.</summary>
    public static int SizeLog2(int targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(targets);
        long slots = (long)targets * SlotsPerTarget;
        int log2 = slots <= 1 ? 0 : BitOperations.Log2((ulong)(slots - 1)) + 1;
        return Math.Clamp(log2, MinSizeLog2, MaxSizeLog2);
    }

    /// <summary>The size of a ring with weights: as without, but at least so large that the lightest target has about 16 slots, as far as the largest ring has them.</summary>
    /// <param name="targets">How many there are.</param>
    /// <param name="weights">The weight of each; empty: all are equal.</param>
    public static int SizeLog2(int targets, ReadOnlySpan<byte> weights)
    {
        if (weights.IsEmpty)
        {
            return SizeLog2(targets);
        }

        (long sum, byte least) = (0, byte.MaxValue);
        foreach (byte weight in weights)
        {
            sum += weight;
            least = Math.Min(least, weight);
        }

        long wanted = sum * SlotsOfLightest / Math.Max(least, (byte)1);
        int log2 = wanted <= 1 ? 0 : BitOperations.Log2((ulong)(wanted - 1)) + 1;
        return Math.Clamp(log2, SizeLog2(targets), MaxSizeLog2);
    }

    /// <summary>Sorts targets and removes duplicates, in place.</summary>
    /// <returns>How many are left, at the front.</returns>
    public static int Sort(Span<ulong> targets)
    {
        targets.Sort();
        int count = 0;
        foreach (ulong target in targets)
        {
            if (count == 0 || targets[count - 1] != target)
            {
                targets[count++] = target;
            }
        }

        return count;
    }

    /// <summary>Fills a ring.</summary>
    /// <param name="targets">Identities (<see cref="Hashing.TargetHash"/>), ascending, each once, at least one: see <see cref="Sort"/>.</param>
    /// <param name="ring">Receives, for every slot, an index into <paramref name="targets"/>. Its length is a power of two, at most 2^16.</param>
    /// <exception cref="ArgumentException">Targets are not strictly ascending, or a length is out of range.</exception>
    public static void Build(ReadOnlySpan<ulong> targets, Span<ushort> ring) => Build(targets, [], ring);

    /// <summary>Fills a ring of targets that have weights.</summary>
    /// <param name="targets">As without weights.</param>
    /// <param name="weights">The weight of each, 1 to 255; empty: all are equal.</param>
    /// <param name="ring">As without weights.</param>
    /// <exception cref="ArgumentException">As without weights; or a weight is 0, or there are not as many as targets.</exception>
    public static void Build(ReadOnlySpan<ulong> targets, ReadOnlySpan<byte> weights, Span<ushort> ring)
    {
        if (!weights.IsEmpty && (weights.Length != targets.Length || weights.Contains((byte)0)))
        {
            throw new ArgumentException($"{targets.Length} targets have that many weights, each 1 to 255", nameof(weights));
        }

        if (targets.IsEmpty || targets.Length > MaxTargets)
        {
            throw new ArgumentException($"a ring has 1 to {MaxTargets} targets, not {targets.Length}", nameof(targets));
        }

        if (!BitOperations.IsPow2(ring.Length) || ring.Length > 1 << MaxSizeLog2)
        {
            throw new ArgumentException($"a ring has 2^k slots, k at most {MaxSizeLog2}, not {ring.Length}", nameof(ring));
        }

        for (int i = 1; i < targets.Length; i++)
        {
            if (targets[i - 1] >= targets[i])
            {
                throw new ArgumentException("targets are not strictly ascending", nameof(targets));
            }
        }

        if (targets.Length == 1)
        {
            ring.Clear();
            return;
        }

        Turn[] turns = ArrayPool<Turn>.Shared.Rent(targets.Length);
        ulong[] free = ArrayPool<ulong>.Shared.Rent(FreeWords(ring.Length));
        Begin(targets, turns.AsSpan(0, targets.Length), (uint)(ring.Length - 1));
        if (weights.IsEmpty || !weights.ContainsAnyExcept(weights[0]))
        {
            Fill(turns.AsSpan(0, targets.Length), free.AsSpan(0, FreeWords(ring.Length)), ring);
        }
        else
        {
            FillWeighted(turns.AsSpan(0, targets.Length), weights, free.AsSpan(0, FreeWords(ring.Length)), ring);
        }

        ArrayPool<ulong>.Shared.Return(free);
        ArrayPool<Turn>.Shared.Return(turns);
    }

    private static int FreeWords(int slots) => (slots + 63) / 64;

    private static void Begin(ReadOnlySpan<ulong> targets, Span<Turn> turns, uint mask)
    {
        for (int i = 0; i < targets.Length; i++)
        {
            ulong h = Scramble(targets[i]);
            turns[i] = new Turn { Next = (uint)(h >> 32) & mask, Step = ((uint)h | 1) & mask };
        }
    }

    /// <summary>Targets take turns. Free slots are bits, so that the search stays in the first-level cache (8 kB at the largest size).</summary>
    private static void Fill(Span<Turn> turns, Span<ulong> free, Span<ushort> ring)
    {
        uint mask = (uint)(ring.Length - 1);
        int left = ring.Length;
        free.Fill(ulong.MaxValue);
        while (true)
        {
            for (int i = 0; i < turns.Length; i++)
            {
                ref Turn turn = ref turns[i];
                uint step = turn.Step;
                uint slot = turn.Next;
                ulong word;
                while (((word = free[(int)(slot >> 6)]) & (1UL << (int)(slot & 63))) == 0)
                {
                    slot = (slot + step) & mask;
                }

                free[(int)(slot >> 6)] = word & ~(1UL << (int)(slot & 63));
                ring[(int)slot] = (ushort)i;
                turn.Next = (slot + step) & mask;
                if (--left == 0)
                {
                    return;
                }
            }
        }
    }

    /// <summary>
    /// Targets take turns as their weights say. Rounds are a wheel of lists: whoever has taken a turn goes into the list of his next round,
    /// so a round costs by those who take a turn in it, however light the others are.
    /// </summary>
    private static void FillWeighted(Span<Turn> turns, ReadOnlySpan<byte> weights, Span<ulong> free, Span<ushort> ring)
    {
        byte heaviest = 0;
        foreach (byte weight in weights)
        {
            heaviest = Math.Max(heaviest, weight);
        }

        int[] next = ArrayPool<int>.Shared.Rent(turns.Length);
        Span<int> first = stackalloc int[Wheel];
        Span<int> last = stackalloc int[Wheel];
        first.Fill(-1);
        for (int i = 0; i < turns.Length; i++)
        {
            Enlist(i, RoundOf(0, heaviest, weights[i]), next, first, last);
        }

        uint mask = (uint)(ring.Length - 1);
        int left = ring.Length;
        free.Fill(ulong.MaxValue);
        for (int round = 0; left > 0; round++)
        {
            ref int head = ref first[round % Wheel];
            int i = head;
            head = -1;
            while (i >= 0 && left > 0)
            {
                ref Turn turn = ref turns[i];
                uint slot = turn.Next;
                ulong word;
                while (((word = free[(int)(slot >> 6)]) & (1UL << (int)(slot & 63))) == 0)
                {
                    slot = (slot + turn.Step) & mask;
                }

                free[(int)(slot >> 6)] = word & ~(1UL << (int)(slot & 63));
                ring[(int)slot] = (ushort)i;
                turn.Next = (slot + turn.Step) & mask;
                left--;
                int following = next[i];
                Enlist(i, RoundOf(++turn.Taken, heaviest, weights[i]), next, first, last);
                i = following;
            }
        }

        ArrayPool<int>.Shared.Return(next);
    }

    /// <summary>In which round a target takes its turn of this number: ceil((turn + 1/2) * heaviest / weight) - 1.</summary>
    private static int RoundOf(int turn, byte heaviest, byte weight) => (int)(((((2L * turn) + 1) * heaviest) + (2 * weight) - 1) / (2 * weight)) - 1;

    private static void Enlist(int target, int round, int[] next, Span<int> first, Span<int> last)
    {
        int list = round % Wheel;
        next[target] = -1;
        if (first[list] < 0)
        {
            first[list] = target;
        }
        else
        {
            next[last[list]] = target;
        }

        last[list] = target;
    }

    /// <summary>Spreads an identity over 64 bits (the finalizer of SplitMix64, Steele et al., OOPSLA '14): the upper half is where to begin, the lower the step.</summary>
    private static ulong Scramble(ulong target)
    {
        ulong h = target + 0x9E3779B97F4A7C15;
        h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9;
        h = (h ^ (h >> 27)) * 0x94D049BB133111EB;
        return h ^ (h >> 31);
    }

    /// <summary>Where a target's order goes on: the next slot it likes and the distance to the one after.</summary>
    private struct Turn
    {
        public uint Next;
        public uint Step;

        /// <summary>Turns taken so far; counted only with weights.</summary>
        public int Taken;
    }
}
