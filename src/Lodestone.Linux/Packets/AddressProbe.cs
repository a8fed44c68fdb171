using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Lodestone.Linux.Packets;

/// <summary>Asks a segment whether anybody has an address, without a claim to it.</summary>
public static class AddressProbe
{
    private const int SolicitationLength = 24;
    private const int OptionLength = 8;
    private const byte SourceLinkAddress = 1;

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
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            byte[] request = GratuitousArp.BuildAnnouncement(linkAddress, address);
            request.AsSpan(28, 4).Clear();
            return request;
        }

        return Solicitation(linkAddress, IPAddress.IPv6Any, address);
    }

    /// <summary>
    /// Builds a neighbour solicitation as it resolves an address (RFC 4861, 4.3): who has the address answers the asker alone, where he answers all nodes when asked
    /// from the unspecified address (7.2.4), and so takes the address from who announced it last.
    /// </summary>
    /// <param name="linkAddress">Who asks.</param>
    /// <param name="asker">An IPv6 address of his.</param>
    /// <param name="address">The IPv6 address that is asked for.</param>
    /// <returns>The frame.</returns>
    /// <exception cref="ArgumentException">One of them is not an IPv6 address.</exception>
    public static byte[] BuildFrom(MacAddress linkAddress, IPAddress asker, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(asker);
        ArgumentNullException.ThrowIfNull(address);
        foreach (IPAddress given in (IPAddress[])[asker, address])
        {
            if (given.AddressFamily != AddressFamily.InterNetworkV6)
            {
                throw new ArgumentException($"{given} is not an IPv6 address.", given == asker ? nameof(asker) : nameof(address));
            }
        }

        return Solicitation(linkAddress, asker, address);
    }

    /// <summary>Without the option of the asker's link-layer address where he has no address (RFC 4861, 4.3).</summary>
    private static byte[] Solicitation(MacAddress linkAddress, IPAddress asker, IPAddress address)
    {
        byte[] ip = address.GetAddressBytes();
        byte[] group = [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ip[13], ip[14], ip[15]]; // RFC 4291, 2.7.1
        bool hasAsker = !asker.Equals(IPAddress.IPv6Any);
        byte[] frame = new byte[Icmpv6.Offset + SolicitationLength + (hasAsker ? OptionLength : 0)];
        Icmpv6.WriteHeaders(frame, MacAddress.SolicitedNode(address).ToArray(), linkAddress, asker.GetAddressBytes(), group);
        Span<byte> icmp = frame.AsSpan(Icmpv6.Offset);
        icmp[0] = Icmpv6.NeighbourSolicitation;
        ip.CopyTo(icmp[8..]);
        if (hasAsker)
        {
            icmp[SolicitationLength] = SourceLinkAddress;
            icmp[SolicitationLength + 1] = OptionLength / 8;
            linkAddress.CopyTo(icmp[(SolicitationLength + 2)..]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], Icmpv6.Checksum(frame.AsSpan(Icmpv6.Ipv6Offset)[8..40], icmp));
        return frame;
    }
}
