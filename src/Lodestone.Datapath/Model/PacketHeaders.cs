using System.Buffers.Binary;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>What is read of an IP packet to a VIP.</summary>
internal readonly record struct PacketHeaders
{
    public const byte Icmp = 1;
    public const byte IPv4InIPv6 = 4;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte IPv6InIPv6 = 41;
    public const byte Fragment = 44;
    public const byte IcmpV6 = 58;
    public const byte Sctp = 132;
    public const int IPv4Size = 20;

    private const int TcpSize = 20;
    private const int UdpSize = 8;
    private const int SctpCommonSize = 12;
    private const byte Syn = 0x02;
    private const byte Ack = 0x10;
    private const int FragmentOffset = 0x1fff;
    private const int MoreFragments = 0x2000;

    /// <summary>Bytes from the IP header on, as it says itself; the frame may be padded behind that.</summary>
    public int Length { get; init; }

    public bool IsIPv6 { get; init; }

    public byte Protocol { get; init; }

    public byte TrafficClass { get; init; }

    /// <summary>Source and destination port as loaded.</summary>
    public uint Ports { get; init; }

    /// <summary>A TCP SYN without ACK, or an SCTP INIT.</summary>
    public bool StartsFlow { get; init; }

    /// <summary>An ICMP error or a later fragment; ports and protocol are those of its flow.</summary>
    public bool Follows { get; init; }

    public ushort DestinationPort => BinaryPrimitives.ReverseEndianness((ushort)(Ports >> 16));

    /// <summary>Payload of each segment that a device is to make of the packet; 0: it goes as it is.</summary>
    public int SegmentBytes { get; init; }

    /// <summary>Bytes of the header of TCP or UDP; else 0.</summary>
    public int TransportSize { get; init; }

    /// <summary>Bytes from the IP header on of what a wire carries at once. Of SCTP's segments nothing is known.</summary>
    public int WireLength => SegmentBytes == 0 || Follows ? Length : HeaderSize + TransportSize + (TransportSize == 0 ? 0 : SegmentBytes);

    /// <summary>Which part of a packet this is.</summary>
    public FragmentPart Part { get; init; }

    /// <summary>Bytes in front of the transport header, options and extension headers included.</summary>
    public int HeaderSize { get; init; }

    /// <summary>Whether there are options or extension headers.</summary>
    public bool HasOptions => HeaderSize != (IsIPv6 ? Ipv6Header.Size : IPv4Size);

    /// <summary>Reads the IP header, which is known to be there.</summary>
    public static Verdict ReadIP(ReadOnlySpan<byte> ip, bool isIPv6, out PacketHeaders headers) =>
        isIPv6 ? ReadIPv6(ip, out headers) : ReadIPv4(ip, out headers);

    /// <summary>Reads what a route needs: length and, for the flow label, ports. All fragments of a packet have none, so that they stay together.</summary>
    public static Verdict ReadRouted(ReadOnlySpan<byte> ip, bool isIPv6, out PacketHeaders headers)
    {
        Verdict verdict = ReadIP(ip, isIPv6, out headers);
        if (verdict == Verdict.DropBadHeader)
        {
            return verdict;
        }

        if (verdict != Verdict.None)
        {
            // With a header that is not walked, only the addresses tell flows apart.
            headers = headers with { Protocol = ip[6], HeaderSize = Ipv6Header.Size, Part = default };
            return Verdict.None;
        }

        bool isWhole = headers.Part is { IsFirst: false, IsLater: false };
        headers = headers with { Follows = headers.Part.IsLater, Protocol = isIPv6 && !isWhole ? ip[6] : headers.Protocol };
        if (isWhole)
        {
            ReadTransport(ip, ref headers);
        }

        headers = headers with { Follows = headers.Follows || headers.IsQuietIcmp(ip) };
        return Verdict.None;
    }

    /// <summary>Reads ports, and whether a flow starts.</summary>
    public static Verdict ReadTransport(ReadOnlySpan<byte> ip, ref PacketHeaders headers)
    {
        int size = headers.Protocol switch
        {
            Tcp => TcpSize,
            Udp => UdpSize,
            Sctp => SctpCommonSize + 1, // and the type of the first chunk (RFC 9260, 3)
            _ => 0,
        };
        if (size == 0)
        {
            return Verdict.DropProtocol;
        }

        ReadOnlySpan<byte> transport = ip[headers.HeaderSize..headers.Length];
        if (transport.Length < size)
        {
            return Verdict.DropTruncated;
        }

        headers = headers with
        {
            Ports = BinaryPrimitives.ReadUInt32LittleEndian(transport),
            TransportSize = headers.Protocol switch
            {
                Tcp => (transport[12] >> 4) * 4,
                Udp => UdpSize,
                _ => 0,
            },
            StartsFlow = headers.Protocol switch
            {
                Tcp => (transport[13] & (Syn | Ack)) == Syn,
                Sctp => transport[SctpCommonSize] == 1,
                _ => false,
            },
        };
        return Verdict.None;
    }

    /// <summary>The packet's source address.</summary>
    public DatapathAddress Source(ReadOnlySpan<byte> ip) => DatapathAddress.FromBytes(IsIPv6 ? ip.Slice(8, 16) : ip.Slice(12, 4));

    /// <summary>The hash of the packet's flow.</summary>
    public ulong Hash(ReadOnlySpan<byte> ip, in FlowSeed seed, uint network) => IsIPv6
        ? FlowHash.OfIPv6(
            seed,
            BinaryPrimitives.ReadUInt64LittleEndian(ip[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(ip[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(ip[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(ip[32..]),
            Ports,
            Protocol,
            network)
        : FlowHash.OfIPv4(
            seed,
            BinaryPrimitives.ReadUInt32LittleEndian(ip[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(ip[16..]),
            Ports,
            Protocol,
            network);

    public static bool IsExtensionHeader(byte protocol) => protocol is 0 or 43 or 51 or 60 or 135 or 139 or 140;

    /// <summary>ICMP but for pings, of which nobody is told that it is too big (RFC 1122, 3.2.2; RFC 4443, 2.4 (e)).</summary>
    private bool IsQuietIcmp(ReadOnlySpan<byte> ip)
    {
        if (Protocol != (IsIPv6 ? IcmpV6 : Icmp))
        {
            return false;
        }

        return HeaderSize >= ip.Length || !(IsIPv6 ? ip[HeaderSize] is 128 or 129 : ip[HeaderSize] is 8 or 0);
    }

    private static Verdict ReadIPv4(ReadOnlySpan<byte> ip, out PacketHeaders headers)
    {
        headers = new PacketHeaders
        {
            HeaderSize = (ip[0] & 0xf) * 4,
            Length = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]),
            Protocol = ip[9],
            TrafficClass = ip[1],
        };
        if (ip[0] is < 0x45 or > 0x4f || headers.Length < headers.HeaderSize || headers.Length > ip.Length)
        {
            return Verdict.DropBadHeader;
        }

        int fragment = BinaryPrimitives.ReadUInt16BigEndian(ip[6..]);
        bool isLater = (fragment & FragmentOffset) != 0;
        headers = headers with
        {
            Part = new FragmentPart((fragment & MoreFragments) != 0 && !isLater, isLater, BinaryPrimitives.ReadUInt16LittleEndian(ip[4..])),
        };
        return Verdict.None;
    }

    private static Verdict ReadIPv6(ReadOnlySpan<byte> ip, out PacketHeaders headers)
    {
        int payload = BinaryPrimitives.ReadUInt16BigEndian(ip[4..]);
        headers = new PacketHeaders
        {
            IsIPv6 = true,
            HeaderSize = Ipv6Header.Size,
            Length = Ipv6Header.Size + payload,
            Protocol = ip[6],
            TrafficClass = (byte)(BinaryPrimitives.ReadUInt16BigEndian(ip) >> 4),
        };
        if (ip[0] >> 4 != 6 || headers.Length > ushort.MaxValue || headers.Length > ip.Length)
        {
            return Verdict.DropBadHeader;
        }

        int offset = Ipv6Header.Size;
        byte protocol = ip[6];
        Verdict verdict = ExtensionHeaders.Skip(ip[..headers.Length], ref offset, ref protocol, out FragmentPart part);
        headers = headers with { HeaderSize = offset, Protocol = protocol, Part = part };
        return verdict;
    }
}
