using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Lodestone.Linux.Packets;

/// <summary>Tells a segment where an IPv6 address lives now.</summary>
public static class UnsolicitedNeighbourAdvertisement
{
    /// <summary>Bytes of an advertisement, Ethernet header included.</summary>
    public const int Length = 86;

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
        Icmpv6.WriteHeaders(frame, AllNodesLink, linkAddress, ip, AllNodes);

        Span<byte> icmp = frame.AsSpan(Icmpv6.Offset);
        icmp[0] = Icmpv6.NeighbourAdvertisement;
        icmp[4] = Override;
        ip.CopyTo(icmp[8..]);
        icmp[24] = 2; // option: target link-layer address
        icmp[25] = 1; // in units of 8 bytes
        linkAddress.CopyTo(icmp[26..]);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], Icmpv6.Checksum(frame.AsSpan(Icmpv6.Ipv6Offset)[8..40], icmp));
        return frame;
    }
}
