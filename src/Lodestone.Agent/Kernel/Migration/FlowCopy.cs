using System.Numerics;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Kernel.Migration;

/// <summary>Copies the records of one flow table into another, of any size, which packets may be using.</summary>
/// <remarks>
/// A record knows its flow's hash but for some bits: its bucket's number has the lowest, its tag bits 20 to 44
/// (<see cref="Lodestone.Datapath.Hashing.FlowHash"/>). Where a larger table needs bits that nobody knows, the record goes into each
/// bucket that may be meant: the table has grown by as much.
/// </remarks>
internal static class FlowCopy
{
    private const int Entries = FlowEntries.Length;
    private const int TagShift = 20;

    /// <param name="from">The old table.</param>
    /// <param name="to">The new one.</param>
    /// <param name="copied">What an earlier copy left in <paramref name="to"/>; zero before the first.</param>
    /// <param name="indexes">New index of a real by its old one; 0: it is not known any more.</param>
    /// <param name="reals">The new reals.</param>
    /// <returns>How many words were written.</returns>
    public static int Copy(ReadOnlySpan<ulong> from, Span<ulong> to, ReadOnlySpan<ulong> copied, ReadOnlySpan<uint> indexes, ReadOnlySpan<Real> reals)
    {
        int oldBits = BitOperations.Log2((uint)from.Length / Entries);
        int newBits = BitOperations.Log2((uint)to.Length / Entries);
        int written = 0;
        for (int i = 0; i < from.Length; i++)
        {
            var entry = FlowEntry.FromWord(from[i]);
            if (from[i] == 0 || entry.Real >= indexes.Length || indexes[(int)entry.Real] is not (not 0 and uint real))
            {
                continue;
            }

            ulong word = (entry with { Real = real }).Word;
            uint bucket = (uint)(i / Entries);
            if (newBits <= oldBits)
            {
                written += Put(to, copied, (int)(bucket & ((1u << newBits) - 1)), word, reals);
                continue;
            }

            // Bits below the tag's first that the old bucket's number does not have.
            int unknown = Math.Max(0, Math.Min(newBits, TagShift) - oldBits);
            uint known = bucket;
            for (int bit = Math.Max(oldBits, TagShift); bit < newBits; bit++)
            {
                known |= ((entry.Tag >> (bit - TagShift)) & 1) << bit;
            }

            for (uint guess = 0; guess < 1u << unknown; guess++)
            {
                written += Put(to, copied, (int)(known | (guess << oldBits)), word, reals);
            }
        }

        return written;
    }

    /// <summary>Writes a record; returns 1 if it did. A packet that writes the same word meanwhile wins.</summary>
    private static int Put(Span<ulong> to, ReadOnlySpan<ulong> copied, int bucket, ulong word, ReadOnlySpan<Real> reals)
    {
        var entry = FlowEntry.FromWord(word);
        int place = -1;
        int least = int.MaxValue;
        for (int i = bucket * Entries; i < (bucket + 1) * Entries; i++)
        {
            bool isWay = i % Entries < FlowBucket.Ways;
            ulong held = Volatile.Read(ref to[i]);
            var other = FlowEntry.FromWord(held);
            if (held != 0 && other.Tag == entry.Tag && other.Vip == entry.Vip)
            {
                return held != word && held == copied[i] && Interlocked.CompareExchange(ref to[i], word, held) == held ? 1 : 0;
            }

            if (isWay != (entry.State == FlowState.Syn))
            {
                continue;
            }

            int worth = held == 0 || other.Real >= reals.Length || reals[(int)other.Real].Kind == RealKind.None ? 0 : Worth(other, entry);
            if (worth < least)
            {
                (least, place) = (worth, i);
            }
        }

        ulong victim = Volatile.Read(ref to[place]);
        return least < Worth(entry, entry) && Interlocked.CompareExchange(ref to[place], word, victim) == victim ? 1 : 0;
    }

    /// <summary>What goes first has the least: SYN before learnt before new before proven, the longest idle first where ages have one unit.</summary>
    private static int Worth(FlowEntry entry, FlowEntry newcomer)
    {
        int rank = entry.State switch
        {
            FlowState.Syn => 1,
            FlowState.Learnt => 2,
            FlowState.New => 3,
            _ => 4,
        };
        bool isComparable = (entry.State == FlowState.Syn) == (newcomer.State == FlowState.Syn);
        return (rank << 8) | (isComparable ? 255 - (byte)(newcomer.Age - entry.Age) : 0);
    }
}
