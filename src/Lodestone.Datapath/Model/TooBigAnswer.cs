using System.Buffers.Binary;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>
/// What the sender of a packet that is larger than the way to its real is told, from the VIP: ICMP fragmentation needed (RFC 1191)
/// or ICMPv6 packet too big (RFC 4443, 3.2).
/// </summary>
internal static class TooBigAnswer
{
    private const int MessageHeader = 8;
    private const int MostIPv4 = 576; // RFC 1812, 4.3.2.3
    private const int MostIPv6 = 1280; // RFC 4443, 2.4 (c)
    private const int LeastMtuIPv4 = 68;
    private const int LeastMtuIPv6 = 1280; // nobody heeds less (RFC 8201, 4)
    private const byte Ttl = 64;
    private const byte InternetworkControl = 0xc0; // RFC 1812, 4.3.2.5
    private const byte DontFragment = 0x40;

    /// <summary>Whether somebody is told: not who sends IPv4 that may be fragmented, nor a source that no host has.</summary>
    /// <param name="frame">The packet, its headers checked.</param>
    /// <param name="isIPv6">Its family.</param>
    /// <param name="mtu">What fits, in bytes from the IP header on.</param>
    public static bool IsDue(ReadOnlySpan<byte> frame, bool isIPv6, int mtu)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        if ((frame[0] & 1) != 0)
        {
            return false;
        }

        return isIPv6
            ? mtu >= LeastMtuIPv6 && ip[8] != 0xff && ip.Slice(8, 16).ContainsAnyExcept((byte)0)
            : mtu >= LeastMtuIPv4 && (ip[6] & DontFragment) != 0 && ip[12] is not (0 or 127 or >= 224);
    }

    /// <summary>The answer's frame. It quotes whole words of the packet, as many as fit.</summary>
    public static byte[] To(ReadOnlySpan<byte> frame, in PacketHeaders headers, int mtu)
    {
        int header = headers.IsIPv6 ? Ipv6Header.Size : PacketHeaders.IPv4Size;
        int most = (headers.IsIPv6 ? MostIPv6 : MostIPv4) - header - MessageHeader;
        ReadOnlySpan<byte> packet = frame[EthernetHeader.Size..];
        ReadOnlySpan<byte> quote = packet[..(Math.Min(headers.Length, most) & ~3)];

        byte[] answer = new byte[EthernetHeader.Size + header + MessageHeader + quote.Length];
        frame.Slice(MacAddress.Size, MacAddress.Size).CopyTo(answer);
        frame[..MacAddress.Size].CopyTo(answer.AsSpan(MacAddress.Size));
        frame.Slice(12, 2).CopyTo(answer.AsSpan(12));
        Span<byte> ip = answer.AsSpan(EthernetHeader.Size);
        Span<byte> message = ip[header..];
        BinaryPrimitives.WriteInt32BigEndian(message[4..], mtu);
        quote.CopyTo(message[MessageHeader..]);

        if (headers.IsIPv6)
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)message.Length);
            (ip[6], ip[7]) = (PacketHeaders.IcmpV6, Ttl);
            packet.Slice(24, 16).CopyTo(ip[8..]);
            packet.Slice(8, 16).CopyTo(ip[24..]);
            message[0] = 2;
        }
        else
        {
            (ip[0], ip[1]) = (0x45, InternetworkControl);
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
            (ip[6], ip[8], ip[9]) = (DontFragment, Ttl, PacketHeaders.Icmp);
            packet.Slice(16, 4).CopyTo(ip[12..]);
            packet.Slice(12, 4).CopyTo(ip[16..]);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Fold(InternetChecksum.Sum(ip[..header])));
            (message[0], message[1]) = (3, 4);
        }

        uint pseudo = headers.IsIPv6 ? InternetChecksum.Sum(ip.Slice(8, 32)) + (uint)message.Length + PacketHeaders.IcmpV6 : 0;
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Fold(pseudo + InternetChecksum.Sum(message)));
        return answer;
    }
}
