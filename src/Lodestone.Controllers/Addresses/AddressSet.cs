using System.Numerics;

namespace Lodestone.Controllers.Addresses;

/// <summary>A set of addresses of one family, as numbers, that finds gaps. Not thread safe.</summary>
/// <remarks>
/// A path-compressed binary trie: a leaf is the bitmap of 64 neighbours, a node knows how many members lie below it. So whatever is
/// asked or changed walks down once or twice, at most 26 steps for IPv4 and 122 for IPv6, however many members there are; a full /16
/// takes 1,024 leaves, and a lone address in a /64 one.
/// </remarks>
internal sealed class AddressSet
{
    private const int LeafBits = 6;

    private Node? _root;

    /// <summary>How many members there are.</summary>
    internal long Count => _root?.Count ?? 0;

    internal bool Contains(UInt128 number)
    {
        Node? node = _root;
        while (node is not null && node.Covers(number))
        {
            if (node.Bits == LeafBits)
            {
                return (node.Members & Bit(number)) != 0;
            }

            node = node.IsRight(number) ? node.Right : node.Left;
        }

        return false;
    }

    /// <summary>Adds a member; false where it is one already.</summary>
    internal bool Add(UInt128 number)
    {
        if (Contains(number))
        {
            return false;
        }

        ref Node? slot = ref _root;
        while (true)
        {
            if (slot is null)
            {
                slot = new Node(number, LeafBits) { Members = Bit(number), Count = 1 };
                return true;
            }

            if (!slot.Covers(number))
            {
                // The smallest block that holds both takes the place; one of its halves is what was here.
                Node other = slot;
                var parent = new Node(number, 128 - (int)UInt128.LeadingZeroCount(other.First ^ number)) { Count = other.Count };
                (parent.IsRight(other.First) ? ref parent.Right : ref parent.Left) = other;
                slot = parent;
            }

            Node node = slot;
            node.Count++;
            if (node.Bits == LeafBits)
            {
                node.Members |= Bit(number);
                return true;
            }

            slot = ref node.IsRight(number) ? ref node.Right : ref node.Left;
        }
    }

    /// <summary>Removes a member; false where it is none.</summary>
    internal bool Remove(UInt128 number)
    {
        if (!Contains(number))
        {
            return false;
        }

        ref Node? slot = ref _root;
        while (true)
        {
            Node node = slot!;
            if (node.Count == 1)
            {
                // Only the root: below it, the parent has replaced itself.
                slot = null;
                return true;
            }

            node.Count--;
            if (node.Bits == LeafBits)
            {
                node.Members &= ~Bit(number);
                return true;
            }

            bool isRight = node.IsRight(number);
            ref Node? child = ref isRight ? ref node.Right : ref node.Left;
            if (child!.Count == 1)
            {
                slot = isRight ? node.Left : node.Right;
                return true;
            }

            slot = ref child;
        }
    }

    /// <summary>How many members lie from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    internal long CountIn(UInt128 first, UInt128 last) => CountIn(_root, first, last);

    /// <summary>The lowest member from <paramref name="from"/> on; false where there is none.</summary>
    internal bool TryNext(UInt128 from, out UInt128 number) => TryNext(_root, from, out number);

    /// <summary>The lowest number from <paramref name="from"/> on that is no member; false where all up to the last number there is are.</summary>
    internal bool TryNextGap(UInt128 from, out UInt128 number)
    {
        if (TryNextGap(_root, from, out number))
        {
            return true;
        }

        number = _root!.Last + 1;
        return _root.Last != UInt128.MaxValue;
    }

    private static long CountIn(Node? node, UInt128 first, UInt128 last)
    {
        if (node is null || last < node.First || node.Last < first)
        {
            return 0;
        }

        if (first <= node.First && node.Last <= last)
        {
            return node.Count;
        }

        if (node.Bits > LeafBits)
        {
            return CountIn(node.Left, first, last) + CountIn(node.Right, first, last);
        }

        ulong members = node.Members;
        if (first > node.First)
        {
            members &= From(first - node.First);
        }

        if (last < node.Last)
        {
            members &= ~From(last - node.First + 1);
        }

        return BitOperations.PopCount(members);
    }

    private static bool TryNext(Node? node, UInt128 from, out UInt128 number)
    {
        number = default;
        if (node is null || node.Last < from)
        {
            return false;
        }

        if (node.Bits > LeafBits)
        {
            return TryNext(node.Left, from, out number) || TryNext(node.Right, from, out number);
        }

        ulong members = node.Members & From(from > node.First ? from - node.First : 0);
        number = node.First + (UInt128)BitOperations.TrailingZeroCount(members);
        return members != 0;
    }

    /// <summary>As <see cref="TryNextGap(UInt128, out UInt128)"/>; false: all from <paramref name="from"/> to the node's last are members.</summary>
    private static bool TryNextGap(Node? node, UInt128 from, out UInt128 number)
    {
        number = from;
        if (node is null || from < node.First || node.Last < from)
        {
            return true;
        }

        if (node.IsFull)
        {
            return false;
        }

        if (node.Bits == LeafBits)
        {
            ulong gaps = ~node.Members & From(from - node.First);
            number = node.First + (UInt128)BitOperations.TrailingZeroCount(gaps);
            return gaps != 0;
        }

        if (!node.IsRight(from))
        {
            if (TryNextGap(node.Left, from, out number))
            {
                return true;
            }

            number = node.Left!.Last + 1;
            if (!node.IsRight(number))
            {
                // Behind what is compressed into the left child, but in its half.
                return true;
            }

            from = number;
        }

        if (TryNextGap(node.Right, from, out number))
        {
            return true;
        }

        number = node.Right!.Last + 1;
        return node.Right.Last != node.Last;
    }

    private static ulong Bit(UInt128 number) => 1UL << (int)(number & 63);

    private static ulong From(UInt128 offset) => ulong.MaxValue << (int)offset;

    /// <summary>An aligned block of numbers. A leaf has members; any other node has both children.</summary>
    private sealed class Node(UInt128 number, int bits)
    {
        internal Node? Left;
        internal Node? Right;

        /// <summary>How many bits tell the block's numbers apart.</summary>
        internal int Bits { get; } = bits;

        internal UInt128 First { get; } = number & ~Mask(bits);

        internal UInt128 Last => First | Mask(Bits);

        internal long Count { get; set; }

        internal ulong Members { get; set; }

        internal bool IsFull => Bits < 63 && Count == 1L << Bits;

        internal bool Covers(UInt128 number) => (number & ~Mask(Bits)) == First;

        internal bool IsRight(UInt128 number) => ((number >> (Bits - 1)) & UInt128.One) != UInt128.Zero;

        private static UInt128 Mask(int bits) => bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;
    }
}
