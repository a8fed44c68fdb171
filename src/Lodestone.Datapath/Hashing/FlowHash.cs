using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Hashing;

/// <summary>The hash of a flow: it picks the slot of a ring, the bucket of the flow table and the tag inside the bucket.</summary>
/// <remarks>
/// The same function as <c>flow_hash()</c> in <c>bpf/include</c>: words are what a little-endian machine loads from the
/// packet, in network byte order, and are never swapped. A multiply-mix under two secret seeds that all gateways share: the
/// same flow gets the same slot everywhere, and a client that does not know the seeds cannot aim at a slot or a bucket.
/// </remarks>
public static class FlowHash
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;
    private const ulong Finalizer = 0xD6E8FEB86659FD93;
    private const int TagShift = 20;

    /// <summary>Bits of <see cref="Tag"/>.</summary>
    public const uint TagMask = 0x1ffffff;

    /// <summary>Hash of an IPv4 flow.</summary>
    /// <param name="seed">Seeds shared by all gateways.</param>
    /// <param name="source">Source address as loaded from the packet.</param>
    /// <param name="destination">Destination address as loaded from the packet.</param>
    /// <param name="ports">The four bytes of source and destination port as loaded from the packet.</param>
    /// <param name="protocol">IP protocol number.</param>
    /// <param name="network">VNI of the network, 24 bits; 0 is the public network.</param>
    public static ulong OfIPv4(in FlowSeed seed, uint source, uint destination, uint ports, byte protocol, uint network) =>
        Finish(Mix(seed.Seed0, source | ((ulong)destination << 32)), seed, ports, protocol, network);

    /// <summary>Hash of an IPv6 flow; addresses are given as the two 64-bit words loaded from the packet.</summary>
    public static ulong OfIPv6(
        in FlowSeed seed,
        ulong source0,
        ulong source1,
        ulong destination0,
        ulong destination1,
        uint ports,
        byte protocol,
        uint network)
    {
        ulong h = Mix(seed.Seed0, source0);
        h = Mix(h, source1);
        h = Mix(h, destination0);
        h = Mix(h, destination1);
        return Finish(h, seed, ports, protocol, network);
    }

    /// <summary>Hash of a client, for VIPs whose slots go by that (<see cref="VipFlags.ByClient"/>): its flows share a slot.</summary>
    /// <param name="seed">Seeds shared by all gateways.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="mask">What of it counts.</param>
    /// <param name="vip">The VIP, of the same family.</param>
    /// <param name="protocol">IP protocol number where flows of different protocols are told apart; null where they aren't.</param>
    /// <param name="network">VNI of the VIP's network.</param>
    public static ulong OfClient(in FlowSeed seed, DatapathAddress client, DatapathAddress mask, DatapathAddress vip, byte? protocol, uint network)
    {
        ulong h = seed.Seed0;
        if (vip.IsIPv4)
        {
            h = Mix(h, (client.IPv4Word & mask.IPv4Word) | ((ulong)vip.IPv4Word << 32));
        }
        else
        {
            h = Mix(h, client.High & mask.High);
            h = Mix(h, client.Low & mask.Low);
            h = Mix(h, vip.High);
            h = Mix(h, vip.Low);
        }

        // Masks are told apart, so that a client has no record of a time when others counted with it. The protocol is inverted, so that no flow, whatever its ports, has the hash of a client.
        uint told = (uint)mask.High ^ ((uint)(mask.High >> 32) << 1) ^ ((uint)mask.Low << 2) ^ ((uint)(mask.Low >> 32) << 3);
        return Finish(h, seed, told, protocol is { } number ? (byte)~number : (byte)0, network);
    }

    /// <summary>The slot of a ring of 2^(64 - <paramref name="ringShift"/>) slots: the top bits, so that rings of all sizes nest.</summary>
    public static uint Slot(ulong hash, int ringShift) => (uint)(hash >> ringShift);

    /// <summary>The bucket of the flow table; <paramref name="flowMask"/> is the number of buckets less one.</summary>
    public static uint Bucket(ulong hash, uint flowMask) => (uint)hash & flowMask;

    /// <summary>What tells flows of one VIP and bucket apart, 25 bits.</summary>
    public static uint Tag(ulong hash) => (uint)(hash >> TagShift) & TagMask;

    private static ulong Mix(ulong h, ulong word)
    {
        h = (h ^ word) * Multiplier;
        return h ^ (h >> 32);
    }

    private static ulong Finish(ulong h, in FlowSeed seed, uint ports, byte protocol, uint network)
    {
        h = Mix(h ^ seed.Seed1, ports | ((ulong)protocol << 32) | ((ulong)network << 40));
        h *= Finalizer;
        return h ^ (h >> 32);
    }
}
