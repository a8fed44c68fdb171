using System.Buffers.Binary;

namespace Lodestone.Linux.Packets;

/// <summary>What the ICMPv6 messages that this project sends or reads have in common.</summary>
internal static class Icmpv6
{
    /// <summary>The protocol number.</summary>
    internal const byte Protocol = 58;

    /// <summary>Where the IPv6 header begins in a frame without tags.</summary>
    internal const int Ipv6Offset = 14;

    /// <summary>Where the message begins in a frame without tags and extension headers.</summary>
    internal const int Offset = 54;

    /// <summary>The hop limit of neighbour discovery: a router would have lowered it (RFC 4861, 7.1).</summary>
    internal const byte NeighbourHopLimit = 255;

    internal const byte NeighbourSolicitation = 135;
    internal const byte NeighbourAdvertisement = 136;

    /// <summary>Ones' complement over pseudo-header and message (RFC 4443, 2.3); zero over a message that holds a right one.</summary>
    /// <param name="addresses">Source and destination as they stand in the IPv6 header: 32 bytes.</param>
    /// <param name="message">The message, of an even number of bytes.</param>
    internal static ushort Checksum(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> message)
    {
        uint sum = (uint)message.Length + Protocol;
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

    /// <summary>Writes Ethernet and IPv6 header of a message of neighbour discovery.</summary>
    internal static void WriteHeaders(
        Span<byte> frame, ReadOnlySpan<byte> toLink, MacAddress from, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        toLink.CopyTo(frame);
        from.CopyTo(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x86dd);
        Span<byte> header = frame[Ipv6Offset..];
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(frame.Length - Offset));
        header[6] = Protocol;
        header[7] = NeighbourHopLimit;
        source.CopyTo(header[8..]);
        destination.CopyTo(header[24..]);
    }
}
