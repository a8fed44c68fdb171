using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Lodestone.Linux.Packets;

/// <summary>Tells a segment where an IPv6 address lives now.</summary>
public static class UnsolicitedNeighbourAdvertisement
{
    /// <summary>Bytes of an advertisement, Ethernet header included.</summary>
    public const int Length = 86;

    private const int Ipv6Offset = 14;
    private const int IcmpOffset = 54;
    private const int IcmpLength = 32;
    private const byte IcmpProtocol = 58;
    private const byte Override = 0x20;

    // ff02::1 and the Ethernet address it maps to (RFC 2464, 7).
    private static ReadOnlySpan<byte> AllNodes => [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    private static ReadOnlySpan<byte> AllNodesLink => [0x33, 0x33, 0, 0, 0, 1];

    /// <summary>Builds an unsolicited advertisement to all nodes that overrides what they know (RFC 4861, 7.2.6).</summary>
    /// <param name="linkAddress">Where the address lives.</param>
    /// <param name="address">The IPv6 address; also the packet's source.</param>
    /// <returns>The frame.</returns>
    /// <exception cref="ArgumentException">Not an IPv6 address.</exception>
    public static byte[] Build(MacAddress linkAddress, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            throw new ArgumentException($"{address} is not an IPv6 address.", nameof(address));
        }

        byte[] frame = new byte[Length];
        byte[] ip = address.GetAddressBytes();
        AllNodesLink.CopyTo(frame);
        linkAddress.CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x86dd);

        Span<byte> header = frame.AsSpan(Ipv6Offset);
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], IcmpLength);
        header[6] = IcmpProtocol;
        header[7] = 255; // a router would have lowered it: receivers insist (RFC 4861, 7.1.2)
        ip.CopyTo(header[8..]);
        AllNodes.CopyTo(header[24..]);

        Span<byte> icmp = frame.AsSpan(IcmpOffset);
        icmp[0] = 136;
        icmp[4] = Override;
        ip.CopyTo(icmp[8..]);
        icmp[24] = 2; // option: target link-layer address
        icmp[25] = 1; // in units of 8 bytes
        linkAddress.CopyTo(icmp[26..]);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], Checksum(header[8..40], icmp));
        return frame;
    }

    // RFC 4443, 2.3: ones' complement over pseudo-header and message.
    private static ushort Checksum(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> message)
    {
        uint sum = (uint)message.Length + IcmpProtocol;
        for (int i = 0; i < addresses.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(addresses[i..]);
        }

        for (int i = 0; i < message.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(message[i..]);
        }

        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
