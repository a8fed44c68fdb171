using System.Buffers.Binary;
using Lodestone.Datapath.Layout;

namespace Lodestone.Bpf.Bench;

/// <summary>The packets, but for what the wrapper writes into them. Checksums are zero: nothing here looks at them.</summary>
internal static class BenchPackets
{
    /// <summary>The port that VIPs list.</summary>
    public const ushort Port = 80;

    /// <summary>The first VIP of IPv4, of the block for benchmarks (RFC 2544); the others follow.</summary>
    public const uint FirstVip = 198u << 24 | 18 << 16 | 1;

    private const int EthernetLength = 14;
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;
    private const int TcpLength = 20;
    private const int MinLength = 128;
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Syn = 0x02;
    private const byte Ack = 0x10;
    private const ushort MoreFragments = 0x2000;

    /// <summary>The first half of the VIPs of IPv6, of the block for benchmarks (RFC 5180).</summary>
    public static ulong FirstHalf { get; } = DatapathAddress.Parse("2001:2::").High;

    /// <summary>The shape in which the wrapper finds its way in the packet.</summary>
    public static BenchShape ShapeOf(PacketScenario scenario)
    {
        BenchShape shape = scenario.Kind switch
        {
            PacketKind.IcmpError => BenchShape.Ipv4Error,
            PacketKind.FragmentFirst or PacketKind.FragmentLater => BenchShape.Ipv4Fragment,
            _ => BenchShape.Ipv4,
        };
        return scenario.IsIpv6 ? shape + 1 : shape;
    }

    /// <summary>The VIP of a number, of either family.</summary>
    public static DatapathAddress VipOf(bool isIpv6, int number)
    {
        if (isIpv6)
        {
            return DatapathAddress.Parse($"2001:2::{number + 1:x}");
        }

        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, FirstVip + (uint)number);
        return DatapathAddress.From(new System.Net.IPAddress(bytes));
    }

    /// <summary>A packet of the scenario.</summary>
    public static byte[] Create(PacketScenario scenario)
    {
        byte[] packet = new byte[MinLength];
        byte[] macs = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
        macs.CopyTo(packet, 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), (ushort)(scenario.IsIpv6 ? 0x86dd : 0x0800));
        Span<byte> ip = packet.AsSpan(EthernetLength);
        if (scenario.IsIpv6)
        {
            WriteIpv6(ip, scenario.Kind);
        }
        else
        {
            WriteIpv4(ip, scenario.Kind);
        }

        return packet;
    }

    private static void WriteIpv4(Span<byte> ip, PacketKind kind)
    {
        WriteIpv4Header(ip, ip.Length, kind == PacketKind.IcmpError ? (byte)1 : ProtocolOf(kind));
        Span<byte> payload = ip[Ipv4Length..];
        switch (kind)
        {
            case PacketKind.IcmpError:
                payload[0] = 3; // destination unreachable (RFC 792)
                WriteIpv4Header(payload[8..], payload.Length - 8, Tcp);
                return;
            case PacketKind.FragmentFirst:
                BinaryPrimitives.WriteUInt16BigEndian(ip[6..], MoreFragments);
                return;
            case PacketKind.FragmentLater:
                BinaryPrimitives.WriteUInt16BigEndian(ip[6..], 185); // 1480 bytes
                return;
            default:
                WriteTransport(payload, kind);
                return;
        }
    }

    private static void WriteIpv4Header(Span<byte> ip, int length, byte protocol)
    {
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)length);
        ip[8] = 64;
        ip[9] = protocol;
    }

    private static void WriteIpv6(Span<byte> ip, PacketKind kind)
    {
        const byte Fragment = 44;
        const byte Icmpv6 = 58;
        bool isFragment = kind is PacketKind.FragmentFirst or PacketKind.FragmentLater;
        WriteIpv6Header(ip, ip.Length - Ipv6Length, isFragment ? Fragment : kind == PacketKind.IcmpError ? Icmpv6 : ProtocolOf(kind));
        Span<byte> payload = ip[Ipv6Length..];
        if (kind == PacketKind.IcmpError)
        {
            payload[0] = 1; // destination unreachable (RFC 4443)
            WriteIpv6Header(payload[8..], payload.Length, Tcp);
        }
        else if (isFragment)
        {
            payload[0] = Udp;
            BinaryPrimitives.WriteUInt16BigEndian(payload[2..], (ushort)(kind == PacketKind.FragmentFirst ? 1 : 1448));
        }
        else
        {
            WriteTransport(payload, kind);
        }
    }

    private static void WriteIpv6Header(Span<byte> ip, int payload, byte next)
    {
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)payload);
        ip[6] = next;
        ip[7] = 64;
    }

    private static byte ProtocolOf(PacketKind kind) => kind is PacketKind.Udp or PacketKind.FragmentFirst or PacketKind.FragmentLater ? Udp : Tcp;

    private static void WriteTransport(Span<byte> l4, PacketKind kind)
    {
        if (ProtocolOf(kind) == Tcp)
        {
            l4[12] = TcpLength / 4 << 4;
            l4[13] = kind == PacketKind.TcpSyn ? Syn : Ack;
        }
    }
}
