using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Lodestone.Linux.Packets;

/// <summary>Asks a segment whether anybody has an address, without a claim to it.</summary>
public static class AddressProbe
{
    private const int SolicitationLength = 24;

    /// <summary>
    /// Builds an ARP probe (RFC 5227, 2.1.1: the sender's address is zero) or the solicitation that detects duplicates (RFC 4862, 5.4.2: from the
    /// unspecified address). Who has the address answers with an <see cref="AddressClaim"/>.
    /// </summary>
    /// <param name="linkAddress">Who asks.</param>
    /// <param name="address">The address.</param>
    /// <returns>The frame.</returns>
    public static byte[] Build(MacAddress linkAddress, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        byte[] ip = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            byte[] request = GratuitousArp.BuildAnnouncement(linkAddress, address);
            request.AsSpan(28, ip.Length).Clear();
            return request;
        }

        byte[] frame = new byte[Icmpv6.Offset + SolicitationLength];
        byte[] group = [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ip[13], ip[14], ip[15]]; // RFC 4291, 2.7.1
        Icmpv6.WriteHeaders(frame, MacAddress.SolicitedNode(address).ToArray(), linkAddress, new byte[ip.Length], group);
        Span<byte> icmp = frame.AsSpan(Icmpv6.Offset);
        icmp[0] = Icmpv6.NeighbourSolicitation;
        ip.CopyTo(icmp[8..]);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], Icmpv6.Checksum(frame.AsSpan(Icmpv6.Ipv6Offset)[8..40], icmp));
        return frame;
    }
}
