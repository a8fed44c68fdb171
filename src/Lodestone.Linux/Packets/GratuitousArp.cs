using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Lodestone.Linux.Packets;

/// <summary>Tells a segment where an IPv4 address lives now.</summary>
public static class GratuitousArp
{
    /// <summary>Bytes of an announcement, Ethernet header included, without padding.</summary>
    public const int Length = 42;

    /// <summary>Builds an ARP announcement (RFC 5227, 3): a broadcast request in which the address is sender and target.</summary>
    /// <param name="linkAddress">Where the address lives.</param>
    /// <param name="address">The IPv4 address.</param>
    /// <returns>The frame.</returns>
    /// <exception cref="ArgumentException">Not an IPv4 address.</exception>
    public static byte[] BuildAnnouncement(MacAddress linkAddress, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.AddressFamily != AddressFamily.InterNetwork)
        {
            throw new ArgumentException($"{address} is not an IPv4 address.", nameof(address));
        }

        byte[] frame = new byte[Length];
        byte[] ip = address.GetAddressBytes();
        MacAddress.Broadcast.CopyTo(frame);
        linkAddress.CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0806);

        Span<byte> arp = frame.AsSpan(14);
        BinaryPrimitives.WriteUInt16BigEndian(arp, 1);          // Ethernet
        BinaryPrimitives.WriteUInt16BigEndian(arp[2..], 0x0800); // IPv4
        arp[4] = MacAddress.Length;
        arp[5] = (byte)ip.Length;
        BinaryPrimitives.WriteUInt16BigEndian(arp[6..], 1);     // request
        linkAddress.CopyTo(arp[8..]);
        ip.CopyTo(arp[14..]);
        ip.CopyTo(arp[24..]);                                   // the target's Ethernet address stays zero
        return frame;
    }
}
