using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>What every gateway's table of a VIP must have in common, in 64 bits; read off the maps.</summary>
/// <remarks>
/// <para>
/// In it: address and network, the seed of the flow hash, what slots go by and went by, whether pings and later fragments are taken, ports,
/// and per slot the owner's identity and, while the slot learns, the former owner's. Weights are in the slots.
/// </para>
/// <para>
/// Not in it, since gateways rightly differ: who announces, indexes and places in maps, counters' ids, the ways to targets, slots that only
/// settle, servers of QUIC connection IDs, which follow from targets' addresses, a ring that stays larger than it need be because of them, and the moment at which unknown UDP flows become new ones, which
/// follows from the clock alone.
/// </para>
/// <para>
/// The seed is a secret, and the rest is known to whoever may read the API: so the outer hash is SHA-256, of which the first 64 bits say
/// nothing about it. Gateways of two releases compare what they compute: it may never change for the same table.
/// </para>
/// </remarks>
public static class TableFingerprint
{
    private const VipFlags Local = VipFlags.Used | VipFlags.Announce | VipFlags.UdpCurrent;
    private const int HashBytes = 16;

    /// <summary>The fingerprint of one VIP.</summary>
    /// <param name="config">The configuration: its seeds.</param>
    /// <param name="vip">The VIP as the table holds it.</param>
    /// <param name="rings">All of <c>rings</c>.</param>
    /// <param name="reals">All of <c>reals</c>: their identities.</param>
    /// <param name="bitmaps">All of <c>port_bitmaps</c>.</param>
    public static ulong OfVip(in DatapathConfig config, in Vip vip, ReadOnlySpan<RingSlot> rings, ReadOnlySpan<Real> reals, ReadOnlySpan<ulong> bitmaps)
    {
        Span<byte> text = stackalloc byte[256];
        int length = 0;
        Add(text, ref length, config.HashSeed0);
        Add(text, ref length, config.HashSeed1);
        Add(text, ref length, vip.Addr.High);
        Add(text, ref length, vip.Addr.Low);
        Add(text, ref length, vip.Network);
        Add(text, ref length, (uint)(vip.Flags & ~Local));
        Add(text, ref length, vip.ClientMask.High);
        Add(text, ref length, vip.ClientMask.Low);
        Add(text, ref length, vip.OldMask.High);
        Add(text, ref length, vip.OldMask.Low);
        if (vip.Flags.HasFlag(VipFlags.Quic))
        {
            Add(text, ref length, vip.QuicIdLen | ((uint)vip.QuicByPort << 8));
        }

        AddPorts(vip, bitmaps, text, ref length);
        AddRing(rings.Slice((int)vip.RingBase, (int)RegionAllocator.RingSlots(vip)), reals, text, ref length);
        return Outer(text[..length]);
    }

    /// <summary>One fingerprint of several VIPs, in whatever order.</summary>
    public static ulong OfAll(IEnumerable<ulong> vips)
    {
        ulong[] sorted = [.. vips.Order()];
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(sorted, sorted);
        }

        return Outer(MemoryMarshal.AsBytes<ulong>(sorted));
    }

    /// <summary>16 hexadecimal digits, as the API has it.</summary>
    public static string ToText(ulong fingerprint) => fingerprint.ToString("x16", CultureInfo.InvariantCulture);

    private static ulong Outer(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    private static void AddPorts(in Vip vip, ReadOnlySpan<ulong> bitmaps, Span<byte> text, ref int length)
    {
        if (vip.Flags.HasFlag(VipFlags.PortBitmap))
        {
            AddHash(MemoryMarshal.AsBytes(bitmaps.Slice((int)vip.PortBitmapBase, PortRules.BitmapWords)), text, ref length);
            return;
        }

        uint count = Math.Min(vip.RangeCount, PortRanges.Length);
        Add(text, ref length, count);
        foreach (PortRange range in ((ReadOnlySpan<PortRange>)vip.Ranges)[..(int)count])
        {
            Add(text, ref length, range.From | ((ulong)range.To << 16) | ((ulong)range.Proto << 32));
        }
    }

    /// <summary>The ring on the smallest size that says the same.</summary>
    private static void AddRing(ReadOnlySpan<RingSlot> ring, ReadOnlySpan<Real> reals, Span<byte> text, ref int length)
    {
        (ulong Owner, ulong Former)[] rented = ArrayPool<(ulong Owner, ulong Former)>.Shared.Rent(Math.Max(1, ring.Length));
        Span<(ulong Owner, ulong Former)> slots = rented.AsSpan(0, ring.Length);
        for (int i = 0; i < ring.Length; i++)
        {
            // A slot that learns from nobody is another than one that does not learn.
            bool learns = (ring[i].Previous & RingSlot.Learn) != 0;
            slots[i] = (IdentityOf(ring[i].Current, reals), learns ? Math.Max(1, IdentityOf(ring[i].Previous & RingSlot.RealMask, reals)) : 0);
        }

        while (slots.Length > 1 && IsInPairs(slots))
        {
            for (int i = 0; i < slots.Length / 2; i++)
            {
                slots[i] = slots[2 * i];
            }

            slots = slots[..(slots.Length / 2)];
        }

        Add(text, ref length, (uint)slots.Length);
        AddHash(MemoryMarshal.AsBytes(slots), text, ref length);
        ArrayPool<(ulong Owner, ulong Former)>.Shared.Return(rented);
    }

    private static bool IsInPairs(ReadOnlySpan<(ulong Owner, ulong Former)> slots)
    {
        for (int i = 0; i < slots.Length; i += 2)
        {
            if (slots[i] != slots[i + 1])
            {
                return false;
            }
        }

        return true;
    }

    private static ulong IdentityOf(uint index, ReadOnlySpan<Real> reals) => index == 0 || index >= reals.Length ? 0 : reals[(int)index].Target;

    private static void AddHash(ReadOnlySpan<byte> bytes, Span<byte> text, ref int length)
    {
        XxHash128.Hash(bytes, text.Slice(length, HashBytes));
        length += HashBytes;
    }

    private static void Add(Span<byte> text, ref int length, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(text[length..], value);
        length += sizeof(ulong);
    }
}
