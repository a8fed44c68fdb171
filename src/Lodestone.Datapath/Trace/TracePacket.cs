using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Datapath.Trace;

/// <summary>A packet to be traced: what a client would send to a VIP, or a workload to anybody.</summary>
public sealed record TracePacket
{
    private const int SctpCommonSize = 12;
    private const int UdpSize = 8;
    private const byte QuicFixedBit = 0x40;
    private const int QuicRest = 20; // packet number and tag (RFC 9001, 5.4.2)
    private const byte HopLimit = 64;
    private const byte DontFragment = 0x40;
    private const byte TcpSyn = 0x02;
    private const byte TcpAck = 0x10;
    private const ushort TcpWindow = 65535;

    /// <summary>The sender; its port counts for TCP, UDP and SCTP.</summary>
    public required IPEndPoint Source { get; init; }

    /// <summary>Whom it talks to, of the same family.</summary>
    public required IPEndPoint Destination { get; init; }

    /// <summary>What the packet carries.</summary>
    public required TraceProtocol Protocol { get; init; }

    /// <summary>Whether it starts a flow (TCP SYN, SCTP INIT) or belongs to one that exists (TCP ACK, SCTP DATA). The other protocols have no start.</summary>
    public bool StartsFlow { get; init; } = true;

    /// <summary>With UDP: the destination connection ID of a QUIC packet with a short header; empty: the packet has no payload but zeros.</summary>
    public IReadOnlyList<byte> QuicConnectionId { get; init; } = [];

    /// <summary>Bytes from the IP header on; 0: no payload. Less than the headers need is taken for that.</summary>
    public int SizeBytes { get; init; }

    /// <summary>Whether addresses are IPv6.</summary>
    public bool IsIPv6 => Destination.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>The IP protocol number.</summary>
    public byte ProtocolNumber => Protocol switch
    {
        TraceProtocol.Tcp => PacketHeaders.Tcp,
        TraceProtocol.Udp => PacketHeaders.Udp,
        TraceProtocol.Sctp => PacketHeaders.Sctp,
        _ => IsIPv6 ? PacketHeaders.IcmpV6 : PacketHeaders.Icmp,
    };

    /// <summary>The flow that this packet answers, where it came to a NIC by a VIP.</summary>
    /// <param name="ifindex">The NIC's device, on the host's side.</param>
    public TranslatedKey AnswerTo(uint ifindex)
    {
        Span<byte> ports = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt16BigEndian(ports, (ushort)Destination.Port);
        BinaryPrimitives.WriteUInt16BigEndian(ports[2..], (ushort)Source.Port);
        return new TranslatedKey
        {
            Client = DatapathAddress.From(Destination.Address),
            Ifindex = ifindex,
            Ports = BinaryPrimitives.ReadUInt32LittleEndian(ports),
            Proto = ProtocolNumber,
        };
    }

    /// <summary>The whole frame, with valid checksums but for SCTP's, which nobody on the way looks at.</summary>
    /// <param name="destination">MAC address of the uplink.</param>
    /// <param name="source">Whose frame it is.</param>
    /// <exception cref="ArgumentException">The addresses are of two families.</exception>
    public byte[] ToFrame(MacAddress destination, MacAddress source)
    {
        if (Source.AddressFamily != Destination.AddressFamily)
        {
            throw new ArgumentException($"{Source.Address} and {Destination.Address} are of two families");
        }

        byte[] transport = Transport();
        int header = IsIPv6 ? Ipv6Header.Size : PacketHeaders.IPv4Size;
        int length = Math.Max(SizeBytes, header + transport.Length);
        byte[] frame = new byte[EthernetHeader.Size + length];
        ((ReadOnlySpan<byte>)destination).CopyTo(frame);
        ((ReadOnlySpan<byte>)source).CopyTo(frame.AsSpan(MacAddress.Size));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), IsIPv6 ? UplinkModel.EtherTypeIPv6 : UplinkModel.EtherTypeIPv4);
        Span<byte> ip = frame.AsSpan(EthernetHeader.Size);
        Span<byte> payload = ip[header..];
        transport.CopyTo(payload);
        uint pseudo = IsIPv6 ? WriteIPv6(ip, payload.Length) : WriteIPv4(ip, payload.Length);
        Complete(payload, pseudo);
        return frame;
    }

    /// <summary>Bytes of QUIC: a short header of any version (RFC 8999, 5.2) and as much behind it as the shortest packets have.</summary>
    private int QuicSize => QuicConnectionId.Count == 0 ? 0 : 1 + QuicConnectionId.Count + QuicRest;

    private byte[] Transport()
    {
        byte[] transport = new byte[Protocol switch { TraceProtocol.Tcp => 20, TraceProtocol.Sctp => SctpCommonSize + (StartsFlow ? 20 : 16), TraceProtocol.Udp => UdpSize + QuicSize, _ => 8 }];
        Span<byte> span = transport;
        if (Protocol == TraceProtocol.Icmp)
        {
            span[0] = IsIPv6 ? (byte)128 : (byte)8; // echo request
            BinaryPrimitives.WriteUInt16BigEndian(span[4..], 1);
            BinaryPrimitives.WriteUInt16BigEndian(span[6..], 1);
            return transport;
        }

        BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], (ushort)Destination.Port);
        switch (Protocol)
        {
            case TraceProtocol.Tcp:
                span[12] = 5 << 4;
                span[13] = StartsFlow ? TcpSyn : TcpAck;
                BinaryPrimitives.WriteUInt16BigEndian(span[14..], TcpWindow);
                break;
            case TraceProtocol.Sctp:
                // One chunk (RFC 9260, 3.3): INIT is 1, DATA is 0 with all of its message (flags 3).
                span[SctpCommonSize] = StartsFlow ? (byte)1 : (byte)0;
                span[SctpCommonSize + 1] = StartsFlow ? (byte)0 : (byte)3;
                BinaryPrimitives.WriteUInt16BigEndian(span[(SctpCommonSize + 2)..], (ushort)(transport.Length - SctpCommonSize));
                break;
            default:
                if (QuicSize > 0)
                {
                    span[UdpSize] = QuicFixedBit;
                    QuicConnectionId.ToArray().CopyTo(span[(UdpSize + 1)..]);
                }

                break;
        }

        return transport;
    }

    private uint WriteIPv4(Span<byte> ip, int payload)
    {
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        ip[6] = DontFragment;
        ip[8] = HopLimit;
        ip[9] = ProtocolNumber;
        Source.Address.TryWriteBytes(ip[12..], out _);
        Destination.Address.TryWriteBytes(ip[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Fold(InternetChecksum.Sum(ip[..PacketHeaders.IPv4Size])));
        return Protocol == TraceProtocol.Icmp ? 0 : InternetChecksum.Sum(ip[12..PacketHeaders.IPv4Size]) + ProtocolNumber + (uint)payload;
    }

    private uint WriteIPv6(Span<byte> ip, int payload)
    {
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)payload);
        ip[6] = ProtocolNumber;
        ip[7] = HopLimit;
        Source.Address.TryWriteBytes(ip[8..], out _);
        Destination.Address.TryWriteBytes(ip[24..], out _);
        return InternetChecksum.Sum(ip[8..Ipv6Header.Size]) + ProtocolNumber + (uint)payload;
    }

    private void Complete(Span<byte> payload, uint pseudo)
    {
        int at = Protocol switch { TraceProtocol.Tcp => 16, TraceProtocol.Udp => 6, TraceProtocol.Icmp => 2, _ => -1 };
        if (Protocol == TraceProtocol.Udp)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload[4..], (ushort)payload.Length);
        }

        if (at < 0)
        {
            return;
        }

        // The payload is zero: an odd last byte adds nothing.
        ushort sum = InternetChecksum.Fold(pseudo + InternetChecksum.Sum(payload[..(payload.Length & ~1)]));
        BinaryPrimitives.WriteUInt16BigEndian(payload[at..], sum == 0 && Protocol == TraceProtocol.Udp ? ushort.MaxValue : sum);
    }
}
