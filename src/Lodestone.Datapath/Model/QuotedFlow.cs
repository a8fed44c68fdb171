using System.Buffers.Binary;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>The flow that an ICMP or ICMPv6 error is about, from the packet that it quotes.</summary>
/// <remarks>The quoted packet went from the VIP to the client; the flow is what the client sends.</remarks>
internal readonly record struct QuotedFlow
{
    private const int MessageHeader = 8;
    private const int QuotedTransport = 8; // what every router quotes of it (RFC 792)
    private const int IPv4FragmentOffset = 0x1fff;

    private bool IsIPv6 { get; init; }

    public DatapathAddress Client { get; private init; }

    public DatapathAddress Vip { get; private init; }

    public byte Protocol { get; private init; }

    /// <summary>Client's and VIP's port, as loaded from a packet of the client.</summary>
    public uint Ports { get; private init; }

    /// <summary>Where the quoted transport header begins, from the quoted IP header on.</summary>
    public int TransportAt { get; private init; }

    /// <summary>Whether a message is an error that quotes a packet.</summary>
    public static bool IsError(byte type, bool isIPv6) => isIPv6 ? type is >= 1 and <= 4 : type is 3 or 11 or 12;

    /// <summary>Whether a message is a redirect or a source quench (RFC 6633).</summary>
    public static bool IsIgnored(byte type, bool isIPv6) => isIPv6 ? type == 137 : type is 4 or 5;

    /// <summary>Reads the quote of an error.</summary>
    /// <param name="message">The ICMP message, as long as its packet says.</param>
    /// <param name="isIPv6">ICMPv6.</param>
    /// <param name="flow">The flow.</param>
    public static Verdict Read(ReadOnlySpan<byte> message, bool isIPv6, out QuotedFlow flow)
    {
        ReadOnlySpan<byte> quote = message[MessageHeader..];
        flow = default;
        byte protocol;
        bool found = isIPv6 ? FindTransportIPv6(quote, out int at, out protocol) : FindTransportIPv4(quote, out at, out protocol);
        if (!found || at + QuotedTransport > quote.Length)
        {
            return Verdict.DropIcmpQuote;
        }

        if (protocol == (isIPv6 ? PacketHeaders.IcmpV6 : PacketHeaders.Icmp))
        {
            bool echo = isIPv6 ? quote[at] is 128 or 129 : quote[at] is 8 or 0;
            return echo ? Verdict.DropIcmpEcho : Verdict.DropIcmpQuote;
        }

        if (protocol is not (PacketHeaders.Tcp or PacketHeaders.Udp or PacketHeaders.Sctp))
        {
            return Verdict.DropIcmpQuote;
        }

        (int addresses, int size) = isIPv6 ? (8, 16) : (12, 4);
        flow = new QuotedFlow
        {
            IsIPv6 = isIPv6,
            Vip = DatapathAddress.FromBytes(quote.Slice(addresses, size)),
            Client = DatapathAddress.FromBytes(quote.Slice(addresses + size, size)),
            Protocol = protocol,
            TransportAt = at,
            Ports = uint.RotateLeft(BinaryPrimitives.ReadUInt32LittleEndian(quote[at..]), 16),
        };
        return Verdict.None;
    }

    /// <summary>The hash of the client's packets.</summary>
    public ulong Hash(in FlowSeed seed, uint network) => IsIPv6
        ? FlowHash.OfIPv6(seed, Client.High, Client.Low, Vip.High, Vip.Low, Ports, Protocol, network)
        : FlowHash.OfIPv4(seed, Client.IPv4Word, Vip.IPv4Word, Ports, Protocol, network);

    private static bool FindTransportIPv4(ReadOnlySpan<byte> quote, out int at, out byte protocol)
    {
        at = protocol = 0;
        if (quote.Length < PacketHeaders.IPv4Size || quote[0] is < 0x45 or > 0x4f)
        {
            return false;
        }

        at = (quote[0] & 0xf) * 4;
        protocol = quote[9];
        return (BinaryPrimitives.ReadUInt16BigEndian(quote[6..]) & IPv4FragmentOffset) == 0;
    }

    private static bool FindTransportIPv6(ReadOnlySpan<byte> quote, out int at, out byte protocol)
    {
        at = Ipv6Header.Size;
        protocol = 0;
        if (quote.Length < Ipv6Header.Size || quote[0] >> 4 != 6)
        {
            return false;
        }

        protocol = quote[6];
        return ExtensionHeaders.Skip(quote, ref at, ref protocol, out FragmentPart part) == Verdict.None && !part.IsLater;
    }
}
