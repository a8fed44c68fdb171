using System.Buffers.Binary;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>The server that a QUIC packet's destination connection ID names. What is read is the same in all versions of QUIC (RFC 8999, 5).</summary>
internal static class QuicServer
{
    private const int UdpSize = 8;
    private const byte LongHeader = 0x80;
    private const int LongLengthAt = 5;
    private const int ShortIdAt = 1;

    /// <summary>An ID's first octet and the longest server ID: QUIC packets have as much in any case.</summary>
    private const int IdBytes = 1 + QuicKey.MaxIdBytes;

    /// <summary>The key that a packet of a VIP is looked for by; false: it has none, and goes by the ring.</summary>
    /// <remarks>All fragments of a packet go by the ring, since only the first has the ID.</remarks>
    public static bool TryRead(in Vip vip, ReadOnlySpan<byte> ip, in PacketHeaders headers, out QuicKey key)
    {
        key = default;
        if (!vip.Flags.HasFlag(VipFlags.Quic) || headers.Protocol != PacketHeaders.Udp || headers.Follows || headers.Part.IsFirst || headers.Part.IsLater)
        {
            return false;
        }

        ReadOnlySpan<byte> udp = ip[headers.HeaderSize..headers.Length];
        udp = udp[..Math.Min(udp.Length, BinaryPrimitives.ReadUInt16BigEndian(udp[4..]))];
        if (udp.Length <= UdpSize)
        {
            return false;
        }

        ReadOnlySpan<byte> payload = udp[UdpSize..];
        bool isLong = (payload[0] & LongHeader) != 0;
        int at = isLong ? LongLengthAt + 1 : ShortIdAt;
        if (payload.Length < at + IdBytes || (isLong && payload[LongLengthAt] <= vip.QuicIdLen))
        {
            return false;
        }

        key = new QuicKey
        {
            Vip = vip.Id,
            Port = vip.QuicByPort != 0 ? headers.DestinationPort : (ushort)0,
            Config = (byte)(payload[at] >> 5),
            Len = vip.QuicIdLen,
            Server = QuicKey.ServerOf(payload.Slice(at + 1, vip.QuicIdLen)),
        };
        return key.Config != QuicKey.Unroutable;
    }

    /// <summary>Index of the living real that a packet's connection ID names; 0: the packet goes by the ring.</summary>
    public static uint Find(DatapathMaps maps, in Vip vip, ReadOnlySpan<byte> ip, in PacketHeaders headers) =>
        TryRead(vip, ip, headers, out QuicKey key) && maps.QuicServers.TryGetValue(key, out uint real) && maps.IsAlive(real) ? real : 0;
}
