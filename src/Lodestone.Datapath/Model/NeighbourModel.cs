using System.Buffers.Binary;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>ARP (RFC 826) and neighbour discovery (RFC 4861): requests read and answers written.</summary>
internal static class NeighbourModel
{
    private const int ArpSize = 28;
    private const int SolicitationSize = 24;
    private const int AdvertisementSize = 32;

    /// <summary>A host asks for routers.</summary>
    public const byte RouterSolicitation = 133;

    /// <summary>A host asks who has an address.</summary>
    public const byte Solicitation = 135;

    /// <summary>A host says that it has an address.</summary>
    public const byte Advertisement = 136;

    private const byte Redirect = 137;
    private static readonly byte[] ArpRequest = [0, 1, 8, 0, 6, 4, 0, 1]; // Ethernet, IPv4, their lengths, request
    private static readonly byte[] AllNodes = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    /// <summary>Whether a frame is ARP of IPv4 over Ethernet: a question, an answer, an announcement.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="sender">The address it says it is from.</param>
    /// <param name="mac">The MAC address it says that address has.</param>
    public static bool IsArp(ReadOnlySpan<byte> frame, out DatapathAddress sender, out MacAddress mac)
    {
        ReadOnlySpan<byte> arp = frame[EthernetHeader.Size..];
        bool isArp = arp.Length >= ArpSize && arp.StartsWith(ArpRequest.AsSpan(..6));
        sender = isArp ? DatapathAddress.FromBytes(arp.Slice(14, 4)) : default;
        mac = isArp ? MacAddress.FromBytes(arp[8..]) : default;
        return isArp;
    }

    /// <summary>Whether a frame asks for the MAC address of an IPv4 address that is not its sender's own (RFC 5227, 3).</summary>
    public static bool IsArpRequest(ReadOnlySpan<byte> frame, out DatapathAddress sender, out DatapathAddress asked)
    {
        ReadOnlySpan<byte> arp = frame[EthernetHeader.Size..];
        if (arp.Length < ArpSize || !arp.StartsWith(ArpRequest))
        {
            sender = asked = default;
            return false;
        }

        sender = DatapathAddress.FromBytes(arp.Slice(14, 4));
        asked = DatapathAddress.FromBytes(arp.Slice(24, 4));
        return sender != asked;
    }

    /// <summary>The type of a message of neighbour discovery (RFC 4861, 4), 133 to 137; 0 where a packet is none.</summary>
    /// <param name="message">What there is of the ICMPv6 message.</param>
    public static byte DiscoveryType(ReadOnlySpan<byte> message) =>
        message.Length > 0 && message[0] is >= RouterSolicitation and <= Redirect ? message[0] : (byte)0;

    /// <summary>Whether a neighbour advertisement is whole, and for which address.</summary>
    public static bool IsAdvertisement(ReadOnlySpan<byte> message, out DatapathAddress target)
    {
        bool isWhole = message.Length >= SolicitationSize;
        target = isWhole ? DatapathAddress.FromBytes(message.Slice(8, 16)) : default;
        return isWhole;
    }

    /// <summary>The answer to an ARP request: sender and target change places, the MAC is ours.</summary>
    public static byte[] AnswerArp(ReadOnlySpan<byte> request, MacAddress mac)
    {
        byte[] frame = request.ToArray();
        Span<byte> arp = frame.AsSpan(EthernetHeader.Size);
        ReadOnlySpan<byte> asked = request.Slice(EthernetHeader.Size + 24, 4);
        WriteMacs(frame, arp.Slice(8, 6), mac);
        arp[7] = 2;
        arp.Slice(8, 10).CopyTo(arp[18..]);
        ((ReadOnlySpan<byte>)mac).CopyTo(arp[8..]);
        asked.CopyTo(arp[14..]);
        return frame;
    }

    /// <summary>Whether a frame is a neighbour solicitation (RFC 4861, 7.1.1). Its checksum is not verified: it changes no state.</summary>
    public static bool IsSolicitation(ReadOnlySpan<byte> frame, out DatapathAddress sender, out DatapathAddress asked)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        sender = asked = default;
        if (ip.Length < Ipv6Header.Size + SolicitationSize
            || BinaryPrimitives.ReadUInt16BigEndian(ip[4..]) < SolicitationSize
            || ip[6] != PacketHeaders.IcmpV6
            || ip[7] != 255)
        {
            return false;
        }

        ReadOnlySpan<byte> message = ip[Ipv6Header.Size..];
        sender = DatapathAddress.FromBytes(ip.Slice(8, 16));
        asked = DatapathAddress.FromBytes(message.Slice(8, 16));
        return message[0] == Solicitation && message[1] == 0 && message[8] != 0xff;
    }

    /// <summary>The answer to a solicitation. Who asks without an address is told by way of everybody (RFC 4861, 7.2.4).</summary>
    public static byte[] AnswerSolicitation(ReadOnlySpan<byte> request, MacAddress mac)
    {
        byte[] frame = new byte[EthernetHeader.Size + Ipv6Header.Size + AdvertisementSize];
        ReadOnlySpan<byte> asker = request.Slice(EthernetHeader.Size + 8, 16);
        ReadOnlySpan<byte> asked = request.Slice(EthernetHeader.Size + Ipv6Header.Size + 8, 16);
        bool solicited = asker.ContainsAnyExcept((byte)0);

        WriteMacs(frame, solicited ? request.Slice(6, 6) : [0x33, 0x33, 0, 0, 0, 1], mac);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), UplinkModel.EtherTypeIPv6);

        Span<byte> ip = frame.AsSpan(EthernetHeader.Size);
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], AdvertisementSize);
        ip[6] = PacketHeaders.IcmpV6;
        ip[7] = 255;
        asked.CopyTo(ip[8..]);
        (solicited ? asker : AllNodes).CopyTo(ip[24..]);

        Span<byte> message = ip[Ipv6Header.Size..];
        message[0] = Advertisement;
        message[4] = solicited ? (byte)0x60 : (byte)0x20; // solicited, override
        asked.CopyTo(message[8..]);
        message[24] = 2; // target link-layer address,
        message[25] = 1; // 8 bytes
        ((ReadOnlySpan<byte>)mac).CopyTo(message[26..]);
        uint pseudo = InternetChecksum.Sum(ip.Slice(8, 32)) + AdvertisementSize + PacketHeaders.IcmpV6;
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Fold(pseudo + InternetChecksum.Sum(message)));
        return frame;
    }

    private static void WriteMacs(Span<byte> frame, ReadOnlySpan<byte> destination, MacAddress source)
    {
        destination.CopyTo(frame);
        ((ReadOnlySpan<byte>)source).CopyTo(frame[MacAddress.Size..]);
    }
}
