using System.Buffers.Binary;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Model;

/// <summary>What is put in front of a packet for another machine.</summary>
internal static class OuterHeaders
{
    public const ushort GuePort = 6080;
    public const ushort GenevePort = 6081;
    public const int UdpSize = 8;
    public const int GeneveSize = 8;

    /// <summary>UDP source ports are 49152 to 65535: 14 bits of the flow's hash.</summary>
    public const ushort EntropyPort = 0xc000;
    public const ushort EntropyPortMask = 0x3fff;
    public const uint FlowLabelMask = 0xfffff;

    private const byte Ttl = 64;
    private const ushort DontFragment = 0x4000;

    /// <summary>
    /// The packet in its real's form. Traffic class and ECN are the inner ones (RFC 6040, 4.1); flow label (RFC 6438) and UDP source
    /// port are the flow's hash. IPv4 is never to be fragmented (RFC 2003, 3.1), so it needs no identification (RFC 6864, 4.1); UDP has no
    /// checksum (RFC 8926, 3.3; RFC 6935, 5).
    /// </summary>
    public static byte[] Encapsulate(ReadOnlySpan<byte> frame, in PacketHeaders headers, in Real real, ulong hash)
    {
        int overhead = RealTemplate.Overhead(real.Kind);
        byte[] packet = new byte[frame.Length + overhead];
        ((ReadOnlySpan<byte>)real.Eth).CopyTo(packet);
        frame[EthernetHeader.Size..].CopyTo(packet.AsSpan(EthernetHeader.Size + overhead));

        Span<byte> outer = packet.AsSpan(EthernetHeader.Size, overhead);
        bool isDirect = real.Kind is RealKind.Encap or RealKind.Ipip;
        byte protocol = !isDirect ? PacketHeaders.Udp : headers.IsIPv6 ? PacketHeaders.IPv6InIPv6 : PacketHeaders.IPv4InIPv6;
        int size = RealTemplate.IsOverIPv4(real.Kind)
            ? WriteIPv4(outer, headers, real, protocol, overhead + headers.Length)
            : WriteIPv6(outer, headers, real, protocol, overhead + headers.Length - Ipv6Header.Size, hash);
        if (!isDirect)
        {
            Span<byte> udp = outer[size..];
            bool isGeneve = real.Kind is RealKind.GeneveIPv4 or RealKind.GeneveIPv6;
            BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)(EntropyPort | (hash & EntropyPortMask)));
            BinaryPrimitives.WriteUInt16BigEndian(udp[2..], isGeneve ? GenevePort : GuePort);
            BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)(overhead - size + headers.Length));
            if (isGeneve)
            {
                BinaryPrimitives.WriteUInt16BigEndian(udp[10..], headers.IsIPv6 ? UplinkModel.EtherTypeIPv6 : UplinkModel.EtherTypeIPv4);
                BinaryPrimitives.WriteUInt32BigEndian(udp[12..], NicNumber.Of(real.Target) << 8);
            }
        }

        return packet;
    }

    private static int WriteIPv4(Span<byte> ip, in PacketHeaders headers, in Real real, byte protocol, int length)
    {
        (ip[0], ip[1], ip[8], ip[9]) = (0x45, headers.TrafficClass, Ttl, protocol);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)length);
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], DontFragment);
        real.Src.ToIPAddress().TryWriteBytes(ip[12..], out _);
        real.Dst.ToIPAddress().TryWriteBytes(ip[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Fold(InternetChecksum.Sum(ip[..PacketHeaders.IPv4Size])));
        return PacketHeaders.IPv4Size;
    }

    private static int WriteIPv6(Span<byte> ip, in PacketHeaders headers, in Real real, byte protocol, int payload, ulong hash)
    {
        BinaryPrimitives.WriteUInt32BigEndian(ip, (6u << 28) | ((uint)headers.TrafficClass << 20) | (uint)(hash & FlowLabelMask));
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)payload);
        (ip[6], ip[7]) = (protocol, Ttl);
        real.Src.CopyTo(ip[8..]);
        real.Dst.CopyTo(ip[24..]);
        return Ipv6Header.Size;
    }
}
