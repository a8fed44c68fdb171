using System.Buffers.Binary;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Kernel.Tests.Model;

/// <summary>Random frames that mostly make sense: to VIPs and past them, ARP, NDP, pings, encapsulated; a third is mutated.</summary>
internal sealed class RandomPackets(Random random, IReadOnlyList<DatapathAddress> addresses)
{
    private const int MinFrame = 15; // the kernel's test run takes no less

    private static readonly byte[] Protocols = [6, 6, 6, 17, 17, 132, 1, 58, 44, 0, 47];
    private static readonly ushort[] Ports = [80, 443, 53, 8080, 65535];
    private static readonly byte[] TcpFlags = [0x02, 0x10, 0x12, 0x18, 0x11];

    private static readonly byte[] Extensions = [43, 43, 44, 44, 44, 51, 0, 135];
    private static readonly byte[] ErrorTypes = [3, 3, 3, 4, 5, 11, 11, 12, 13];
    private static readonly byte[] ErrorTypes6 = [1, 1, 2, 2, 3, 4, 0, 5, 137];

    /// <summary>Server IDs are this few: so many bytes, all of one number below.</summary>
    public const int QuicServers = 4;

    /// <summary>Ports that QUIC may be at.</summary>
    public static IReadOnlyList<ushort> QuicPorts { get; } = [80, 443];

    /// <summary>What a NIC may be known by; half of all frames are from it.</summary>
    public static ReadOnlySpan<byte> KnownMac => [2, 0, 0, 0, 0, 5];

    private byte[]? _fragment;
    private byte[]? _sent;

    public byte[] Next()
    {
        byte[] frame = random.Next(13) switch
        {
            0 => Arp(),
            1 => Solicitation(),
            2 => Encapsulated(),
            3 => Ethernet(IcmpError()),
            4 => FirstFragment(),
            5 or 6 when _fragment is not null => LaterFragment(_fragment),
            10 => Geneve(),
            11 or 12 when _sent is not null => SaidTooBig(_sent),
            _ => Ethernet(Ip(Pick(addresses), Pick(addresses))),
        };
        frame = random.Next(random.Next(3) == 0 ? 2 : 20) == 0 ? Tagged(frame) : frame;
        return random.Next(3) == 0 ? Mutate(frame) : frame;
    }

    /// <summary>A frame whose IP header is whole: the kernel refuses test runs of tc programs on others.</summary>
    public byte[] NextWithWholeHeader()
    {
        byte[] frame;
        int header;
        do
        {
            frame = Next();
            header = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) switch
            {
                0x0800 => 20,
                0x86dd => 40,
                _ => 1,
            };
        }
        while (frame.Length < 14 + header);

        return frame;
    }

    /// <summary>Whether a frame is a later fragment of IPv4, or of IPv6 with the fragment header first.</summary>
    public static bool IsLaterFragment(ReadOnlySpan<byte> frame) => frame[12] == 8
        ? (BinaryPrimitives.ReadUInt16BigEndian(frame[20..]) & 0x1fff) != 0
        : frame[20] == 44 && (BinaryPrimitives.ReadUInt16BigEndian(frame[56..]) & 0xfff8) != 0;

    private byte[] Ip(DatapathAddress source, DatapathAddress destination)
    {
        bool isIPv4 = destination.IsIPv4;
        if (source.IsIPv4 != isIPv4)
        {
            source = isIPv4 ? DatapathAddress.Parse("192.0.2.77") : DatapathAddress.Parse("2001:db8::77");
        }

        byte protocol = Pick(Protocols);
        byte[] payload = Transport(protocol);
        return isIPv4 ? IPv4(source, destination, protocol, payload) : IPv6(source, destination, protocol, payload);
    }

    private byte[] Transport(byte protocol)
    {
        byte[] payload = new byte[random.Next(3) == 0 ? random.Next(1200, 1500) : random.Next(20, 60)];
        random.NextBytes(payload);
        switch (protocol)
        {
            case 1 or 58:
                payload[0] = protocol == 1 ? (byte)8 : random.Next(4) == 0 ? (byte)random.Next(132, 139) : (byte)128;
                payload[1] = 0;
                break;
            default:
                BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)random.Next(40000, 40004));
                BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(2), Pick(Ports));
                payload[12] = (byte)random.Next(3); // the first SCTP chunk: DATA, INIT, INIT ACK
                payload[13] = Pick(TcpFlags);
                break;
        }

        if (protocol == 17 && random.Next(4) != 0)
        {
            Quic(payload);
        }

        return payload;
    }

    /// <summary>Makes a UDP datagram one of QUIC, mostly with a connection ID that names a server, at times a little too short.</summary>
    private void Quic(byte[] udp)
    {
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(4), (ushort)(random.Next(8) == 0 ? random.Next(32) : udp.Length));
        if (random.Next(8) == 0)
        {
            return;
        }

        bool isLong = random.Next(2) == 0;
        udp[8] = (byte)((udp[8] & 0x7f) | (isLong ? 0x80 : 0));
        udp[13] = isLong && random.Next(8) != 0 ? (byte)random.Next(21) : udp[13];
        byte server = (byte)random.Next(QuicServers);
        int id = isLong ? 15 : 10;
        udp.AsSpan(id, Math.Min(random.Next(4) == 0 ? random.Next(9) : 8, udp.Length - id)).Fill(server);
    }

    /// <summary>
    /// An answer to a frame whose destination is the NIC's by now, or an error about it; where it is no packet of a flow, any frame.
    /// </summary>
    public byte[] AnswerTo(byte[] frame)
    {
        bool isIPv4 = frame[12] == 8;
        (int addresses, int size, int protocolAt) = isIPv4 ? (26, 4, 23) : (22, 16, 20);
        int transport = isIPv4 ? 14 + ((frame[14] & 15) * 4) : 54;
        if (frame.Length < transport + 20 || frame[protocolAt] is not (6 or 17 or 132))
        {
            return NextWithWholeHeader();
        }

        DatapathAddress source = DatapathAddress.FromBytes(frame.AsSpan(addresses, size));
        DatapathAddress destination = DatapathAddress.FromBytes(frame.AsSpan(addresses + size, size));
        if (random.Next(5) == 0)
        {
            byte[] message = [Pick(isIPv4 ? ErrorTypes : ErrorTypes6), 0, 0, 0, 0, 0, 0, 0, .. frame[14..Math.Min(frame.Length, random.Next(2) == 0 ? 600 : transport + random.Next(4, 30))]];
            random.NextBytes(message.AsSpan(2, 2));
            return Ethernet(isIPv4 ? IPv4(destination, source, 1, message) : IPv6(destination, source, 58, message));
        }

        byte[] payload = Transport(frame[protocolAt]);
        frame.AsSpan(transport + 2, 2).CopyTo(payload);
        frame.AsSpan(transport, 2).CopyTo(payload.AsSpan(2));
        payload[12] = random.Next(4) == 0 ? (byte)random.Next(8) : payload[12];
        payload[13] = random.Next(4) == 0 ? (byte)random.Next(32) : payload[13];
        byte[] answer = Ethernet(isIPv4 ? IPv4(destination, source, frame[protocolAt], payload) : IPv6(destination, source, frame[protocolAt], payload));
        return random.Next(8) == 0 && Mutate(answer) is { Length: >= 54 } mutated ? mutated : answer;
    }

    private byte[] IPv4(DatapathAddress source, DatapathAddress destination, byte protocol, byte[] payload)
    {
        int options = random.Next(8) == 0 ? random.Next(1, 11) * 4 : 0;
        byte[] ip = new byte[20 + options + payload.Length];
        ip[0] = (byte)(0x45 + (options / 4));
        ip[1] = (byte)random.Next(256);
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(2), (ushort)ip.Length);
        ip[5] = (byte)random.Next(2);
        ip[6] = random.Next(20) switch { 0 or 1 => 0x20, < 4 => 0, _ => 0x40 };
        ip[7] = random.Next(12) == 0 ? (byte)185 : (byte)0;
        ip[8] = 64;
        ip[9] = protocol;
        source.ToIPAddress().TryWriteBytes(ip.AsSpan(12), out _);
        destination.ToIPAddress().TryWriteBytes(ip.AsSpan(16), out _);
        payload.CopyTo(ip, 20 + options);
        return ip;
    }

    private byte[] IPv6(DatapathAddress source, DatapathAddress destination, byte protocol, byte[] payload)
    {
        if (random.Next(6) == 0)
        {
            (protocol, payload) = Extended(protocol, payload);
        }

        byte[] ip = new byte[40 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(ip, (6u << 28) | (uint)random.Next(1 << 28));
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(4), (ushort)payload.Length);
        ip[6] = protocol;
        ip[7] = 64;
        source.CopyTo(ip.AsSpan(8));
        destination.CopyTo(ip.AsSpan(24));
        payload.CopyTo(ip, 40);
        return ip;
    }

    /// <summary>A first fragment, which those of the next calls may follow.</summary>
    private byte[] FirstFragment()
    {
        DatapathAddress vip = Pick(addresses);
        byte protocol = random.Next(2) == 0 ? (byte)6 : (byte)17;
        byte[] payload = Transport(protocol);
        if (!vip.IsIPv4)
        {
            _fragment = Ethernet(IPv6(DatapathAddress.Parse("2001:db8::77"), vip, 44, [protocol, 0, 0, 1, 0, 0, 0, (byte)random.Next(2), .. payload]));
            return [.. _fragment];
        }

        _fragment = Ethernet(IPv4(DatapathAddress.Parse("192.0.2.77"), vip, protocol, payload));
        (_fragment[20], _fragment[21]) = (0x20, 0);
        return [.. _fragment];
    }

    /// <summary>One of the same packet, the last or not.</summary>
    private byte[] LaterFragment(byte[] first)
    {
        byte[] frame = [.. first];
        byte more = (byte)random.Next(2);
        if (frame[12] == 8)
        {
            (frame[20], frame[21]) = ((byte)(more << 5), 185);
        }
        else
        {
            (frame[56], frame[57]) = (5, (byte)(0xc8 | more));
        }

        return frame;
    }

    /// <summary>Some extension headers in front, mostly such as are walked, in an order that mostly may be.</summary>
    private (byte Protocol, byte[] Payload) Extended(byte protocol, byte[] payload)
    {
        for (int i = random.Next(4) == 0 ? random.Next(1, 12) : random.Next(1, 3); i > 0; i--)
        {
            byte[] header = new byte[8 * random.Next(1, random.Next(4) == 0 ? 20 : 3)];
            random.NextBytes(header);
            header[0] = protocol;
            header[1] = (byte)((header.Length / 8) - 1);
            protocol = random.Next(8) == 0 ? Pick(Extensions) : i == 1 ? (byte)0 : (byte)60;
            if (protocol == 44)
            {
                header = [header[0], 0, 0, (byte)random.Next(10), 0, 0, 0, (byte)random.Next(2)];
            }

            if (protocol == 43)
            {
                (header[2], header[3]) = ((byte)random.Next(5), (byte)random.Next(2));
            }

            payload = [.. header, .. payload];
        }

        return (protocol, payload);
    }

    /// <summary>An error about a packet that the destination of the error, mostly, has sent.</summary>
    private byte[] IcmpError()
    {
        DatapathAddress vip = Pick(addresses);
        byte[] quoted = Ip(random.Next(10) == 0 ? Pick(addresses) : vip, vip.IsIPv4 ? DatapathAddress.Parse("192.0.2.77") : DatapathAddress.Parse("2001:db8::77"));
        if (quoted[vip.IsIPv4 ? 9 : 6] is 6 or 17 or 132)
        {
            SwapPorts(quoted);
        }

        if (random.Next(3) == 0)
        {
            quoted = quoted[..Math.Min(quoted.Length, random.Next(20, 60))];
        }

        byte[] message = [Pick(vip.IsIPv4 ? ErrorTypes : ErrorTypes6), (byte)random.Next(16), 0, 0, 0, 0, 5, 0, .. quoted];
        DatapathAddress router = vip.IsIPv4 ? DatapathAddress.Parse("192.0.2.1") : DatapathAddress.Parse("2001:db8::fe");
        return vip.IsIPv4 ? IPv4(router, vip, 1, message) : IPv6(router, vip, 58, message);
    }

    /// <summary>Makes a packet to a VIP one from it, as far as its transport header goes.</summary>
    private static void SwapPorts(byte[] ip)
    {
        Span<byte> ports = ip.AsSpan(ip[0] >> 4 == 4 ? (ip[0] & 15) * 4 : 40, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(ports, uint.RotateLeft(BinaryPrimitives.ReadUInt32LittleEndian(ports), 16));
    }

    private byte[] Encapsulated()
    {
        byte[] inner = Ip(Pick(addresses), Pick(addresses));
        DatapathAddress destination = Pick(addresses);
        byte protocol = random.Next(8) == 0 ? (byte)41 : inner[0] >> 4 == 4 ? (byte)4 : (byte)41;
        return Ethernet(IPv6(destination, destination.IsIPv4 ? default : destination, protocol, inner));
    }

    /// <summary>Tells what became of a packet: routers may speak about one that was encapsulated.</summary>
    public void Sent(PacketResult result) => _sent = result.Verdict == Verdict.Forward && random.Next(2) == 0 ? result.Packet : _sent;

    /// <summary>The form of an encapsulated frame.</summary>
    public static RealKind FormOf(ReadOnlySpan<byte> frame)
    {
        bool isIPv4 = frame[12] == 8;
        bool isUdp = frame[isIPv4 ? 23 : 20] == 17;
        bool isGeneve = isUdp && frame[isIPv4 ? 37 : 57] == (6081 & 0xff);
        return (isIPv4, isUdp, isGeneve) switch
        {
            (true, false, _) => RealKind.Ipip,
            (true, true, false) => RealKind.GueIPv4,
            (true, true, true) => RealKind.GeneveIPv4,
            (false, false, _) => RealKind.Encap,
            (false, true, false) => RealKind.GueIPv6,
            _ => RealKind.GeneveIPv6,
        };
    }

    private byte[] Geneve()
    {
        byte[] inner = Ip(Pick(addresses), Pick(addresses));
        byte[] header = new byte[8 + (random.Next(8) == 0 ? 4 * random.Next(64) : 0)];
        header[0] = (byte)((header.Length - 8) / 4);
        header[1] = random.Next(16) == 0 ? (byte)(64 << random.Next(2)) : (byte)random.Next(64);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(random.Next(16) == 0 ? 0x6558 : inner[0] >> 4 == 4 ? 0x0800 : 0x86dd));
        header[6] = (byte)random.Next((int)RandomMaps.GeneveNumbers);
        byte[] udp = [0xc0, (byte)random.Next(256), 6081 >> 8, random.Next(16) == 0 ? (byte)0 : (byte)(6081 & 0xff), 0, 0, 0, random.Next(16) == 0 ? (byte)1 : (byte)0, .. header, .. inner];
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(4), (ushort)(udp.Length + (random.Next(16) == 0 ? 1 : 0)));
        DatapathAddress source = Pick(addresses), destination = Pick(addresses);
        source = source.IsIPv4 == destination.IsIPv4 ? source : destination;
        return Ethernet(destination.IsIPv4 ? WholeIPv4(source, destination, 17, udp) : IPv6(source, destination, 17, udp));
    }

    /// <summary>What a router says about an encapsulated packet, cut as routers do.</summary>
    private byte[] SaidTooBig(byte[] frame)
    {
        byte[] quoted = frame[14..];
        quoted = quoted[..Math.Min(quoted.Length, random.Next(4) == 0 ? random.Next(20, 100) : 548)];
        bool isIPv4 = quoted[0] >> 4 == 4;
        ushort mtu = (ushort)(random.Next(8) switch { 0 => 0, 1 => 68, 2 => 1279, 3 => 1500, 4 => 1400, _ => random.Next(isIPv4 ? 68 : 1280, 1400) });
        mtu = random.Next(3) == 0 ? mtu : (ushort)Math.Min(mtu, BinaryPrimitives.ReadUInt16BigEndian(quoted.AsSpan(isIPv4 ? 2 : 4)) - 1);
        byte[] message = [isIPv4 ? (byte)3 : (byte)2, isIPv4 ? (byte)4 : (byte)0, 0, 0, 0, 0, (byte)(mtu >> 8), (byte)mtu, .. quoted];
        DatapathAddress us = DatapathAddress.FromBytes(isIPv4 ? frame.AsSpan(26, 4) : frame.AsSpan(22, 16));
        return Ethernet(isIPv4
            ? WholeIPv4(DatapathAddress.Parse("192.0.2.1"), us, 1, message)
            : IPv6(DatapathAddress.Parse("2001:db8::fe"), us, 58, message));
    }

    /// <summary>IPv4 that mostly has neither options nor is a fragment.</summary>
    private byte[] WholeIPv4(DatapathAddress source, DatapathAddress destination, byte protocol, byte[] payload)
    {
        byte[] ip = IPv4(source, destination, protocol, payload);
        if (ip[0] == 0x45 && random.Next(8) != 0)
        {
            (ip[6], ip[7]) = (0x40, 0);
        }

        return ip;
    }

    private byte[] Solicitation()
    {
        byte[] message = new byte[random.Next(4) == 0 ? 24 : 32];
        message[0] = random.Next(2) == 0 ? (byte)135 : (byte)random.Next(132, 139);
        Pick(addresses).CopyTo(message.AsSpan(8));
        DatapathAddress asker = random.Next(4) == 0 ? default : Pick(addresses);
        byte[] ip = IPv6(asker, DatapathAddress.Parse("ff02::1:ff00:1"), 58, message);
        ip[7] = 255;
        return Ethernet(ip);
    }

    private byte[] Arp()
    {
        byte[] frame = new byte[random.Next(2) == 0 ? 42 : 60];
        random.NextBytes(frame.AsSpan(0, 12));
        byte[] request = [8, 6, 0, 1, 8, 0, 6, 4, 0, (byte)(random.Next(4) == 0 ? 2 : 1)];
        request.CopyTo(frame, 12);
        random.NextBytes(frame.AsSpan(22, 6));
        FromKnownMac(frame);
        if (random.Next(2) == 0)
        {
            KnownMac.CopyTo(frame.AsSpan(22));
        }

        if (random.Next(4) != 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(28), Pick(addresses).IPv4Word);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(38), Pick(addresses).IPv4Word);
        return frame;
    }

    private byte[] Ethernet(byte[] ip)
    {
        byte[] frame = new byte[14 + ip.Length + (random.Next(10) == 0 ? random.Next(1, 20) : 0)];
        random.NextBytes(frame.AsSpan(0, 12));
        frame[0] &= 0xfe;
        FromKnownMac(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)(ip[0] >> 4 == 4 ? 0x0800 : 0x86dd));
        ip.CopyTo(frame, 14);
        return frame;
    }

    /// <summary>One tag, two or three, mostly of the VLANs that are served somewhere.</summary>
    private byte[] Tagged(byte[] frame)
    {
        uint vlans = random.Next(3) switch { 0 => 0u, 1 => 100u, _ => 7u | (100u << 16) };
        byte[] tags = vlans == 0 ? [0x81, 0, 0, 0] : VlanTags.Of(vlans);
        for (int i = 0; i < tags.Length; i += VlanTags.Size)
        {
            tags[i + 2] |= (byte)(random.Next(8) << 5);
            if (random.Next(4) == 0)
            {
                (tags[i], tags[i + 1]) = random.Next(2) == 0 ? ((byte)0x81, (byte)0) : ((byte)0x88, (byte)0xa8);
            }
        }

        byte[] tagged = VlanTags.Insert(frame, tags);
        return random.Next(8) == 0 ? VlanTags.Insert(tagged, [0x81, 0, (byte)(random.Next(8) << 5), 0]) : tagged;
    }

    private void FromKnownMac(byte[] frame)
    {
        if (random.Next(2) == 0)
        {
            KnownMac.CopyTo(frame.AsSpan(6));
        }
    }

    private byte[] Mutate(byte[] frame)
    {
        if (random.Next(3) == 0)
        {
            return frame[..Math.Max(MinFrame, random.Next(frame.Length + 1))];
        }

        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int offset = random.Next(Math.Min(frame.Length, 80));
            frame[offset] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(frame[offset] ^ (1 << random.Next(8)));
        }

        return frame;
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
