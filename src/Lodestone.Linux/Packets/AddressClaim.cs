using System.Buffers.Binary;
using System.Net;

namespace Lodestone.Linux.Packets;

/// <summary>Somebody on the segment says that an address is his.</summary>
/// <param name="Address">The address.</param>
/// <param name="LinkAddress">His link-layer address.</param>
public readonly record struct AddressClaim(IPAddress Address, MacAddress LinkAddress)
{
    private const int ArpOffset = 14;
    private const int AdvertisementLength = 24;
    private const byte Solicited = 0x40;
    private const byte Override = 0x20;
    private const byte TargetLinkAddress = 2;

    /// <summary>
    /// Reads a frame as a claim: any ARP packet whose sender has an address (RFC 5227, 2.4), a probe has none; or a valid neighbour advertisement
    /// (RFC 4861, 7.1.2) that is unsolicited or overrides. One that is neither a proxy sends, which doesn't have the address.
    /// </summary>
    /// <param name="frame">From the Ethernet header on, without tags.</param>
    /// <param name="claim">What it claims.</param>
    public static bool TryParse(ReadOnlySpan<byte> frame, out AddressClaim claim)
    {
        claim = default;
        if (frame.Length < GratuitousArp.Length)
        {
            return false;
        }

        return BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            PacketSocket.Arp => TryParseArp(frame[ArpOffset..], out claim),
            PacketSocket.Ipv6 => TryParseAdvertisement(frame, out claim),
            _ => false,
        };
    }

    private static bool TryParseArp(ReadOnlySpan<byte> arp, out AddressClaim claim)
    {
        claim = default;
        ReadOnlySpan<byte> sender = arp[14..18];
        if (!arp[..6].SequenceEqual((ReadOnlySpan<byte>)[0, 1, 8, 0, 6, 4])
            || BinaryPrimitives.ReadUInt16BigEndian(arp[6..]) is not (1 or 2)
            || sender.IndexOfAnyExcept((byte)0) < 0)
        {
            return false;
        }

        claim = new AddressClaim(new IPAddress(sender), new MacAddress(arp[8..14]));
        return true;
    }

    private static bool TryParseAdvertisement(ReadOnlySpan<byte> frame, out AddressClaim claim)
    {
        claim = default;
        ReadOnlySpan<byte> header = frame[Icmpv6.Ipv6Offset..];
        if (frame.Length < Icmpv6.Offset + AdvertisementLength)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        if (header[6] != Icmpv6.Protocol || header[7] != Icmpv6.NeighbourHopLimit
            || length < AdvertisementLength || length % 8 != 0 || frame.Length < Icmpv6.Offset + length)
        {
            return false;
        }

        ReadOnlySpan<byte> icmp = frame.Slice(Icmpv6.Offset, length);
        if (icmp[0] != Icmpv6.NeighbourAdvertisement || icmp[1] != 0 || icmp[8] == 0xff
            || (icmp[4] & (Solicited | Override)) == Solicited
            || Icmpv6.Checksum(header[8..40], icmp) != 0)
        {
            return false;
        }

        // Without the option he is who sent it.
        var link = new MacAddress(frame[6..12]);
        for (ReadOnlySpan<byte> options = icmp[AdvertisementLength..]; options.Length > 0;)
        {
            int size = options[1] * 8;
            if (size == 0 || size > options.Length)
            {
                return false;
            }

            if (options[0] == TargetLinkAddress)
            {
                link = new MacAddress(options[2..8]);
            }

            options = options[size..];
        }

        claim = new AddressClaim(new IPAddress(icmp[8..24]), link);
        return true;
    }
}
