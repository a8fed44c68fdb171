using System.Buffers.Binary;
using System.Net;

namespace Lodestone.TestKit.Packets;

/// <summary>Layers of the notation into bytes, innermost first.</summary>
internal static class PacketBuilder
{
    internal const int TcpWindow = 65535;

    internal static byte[] Build(IReadOnlyList<PacketLayer> layers) => Build(layers, 0, null, null);

    /// <summary>The protocol number that an IP header carries for what follows it.</summary>
    internal static byte ProtocolOf(string? layer) => layer switch
    {
        "icmp" => 1,
        "hopopts" => 0,
        "ip4" => 4,
        "tcp" => 6,
        "udp" => 17,
        "ip6" => 41,
        "routing" => 43,
        "fragment" => 44,
        "ah" => 51,
        "icmp6" => 58,
        "dstopts" => 60,
        "sctp" => 132,
        null => 59,
        _ => 253, // RFC 3692: for experiments
    };

    internal static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];

    private static byte[] Build(IReadOnlyList<PacketLayer> layers, int index, IPAddress? source, IPAddress? destination)
    {
        if (index == layers.Count)
        {
            return [];
        }

        PacketLayer layer = layers[index];
        string? next = index + 1 < layers.Count ? layers[index + 1].Name : null;
        if (layer.Name is "ip4" or "ip6")
        {
            (source, destination) = (layer.Address(0), layer.Address(1));
        }

        byte[] payload = Build(layers, index + 1, source, destination);
        return layer.Name switch
        {
            "eth" => Ethernet(layer, next, payload),
            "vlan" or "svlan" => Tag(layer, next, payload),
            "arp" => Arp(layer),
            "ip4" => Ipv4(layer, next, payload),
            "ip6" => Ipv6(layer, next, payload),
            "hopopts" or "routing" or "dstopts" or "ah" or "fragment" => Extension(layer, next, payload),
            "tcp" => Tcp(layer, payload, source!, destination!),
            "udp" => Udp(layer, payload, source!, destination!),
            "sctp" => Sctp(layer, payload),
            "geneve" => Geneve(layer, next, payload),
            "icmp" => Checked(Icmp(layer, payload), 2, layer, []),
            "icmp6" => Icmp6(layer, payload, source!, destination!),
            "data" => Pattern(layer.Port(0)),
            "hex" => Convert.FromHexString(layer.Word(0)),
            _ => throw new FormatException($"There is no layer '{layer.Name}'."),
        };
    }

    private static byte[] Ethernet(PacketLayer layer, string? next, byte[] payload)
    {
        int type = layer.Number("type", TypeOf(next));
        byte[] header = new byte[14];
        layer.Mac(1).CopyTo(header, 0);
        layer.Mac(0).CopyTo(header, 6);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(12), (ushort)type);
        return [.. header, .. payload];
    }

    private static int TypeOf(string? next) => next switch
    {
        "ip4" => 0x0800,
        "ip6" => 0x86dd,
        "arp" => 0x0806,
        "vlan" => 0x8100,
        "svlan" => 0x88a8,
        _ => 0x88b5,
    };

    /// <summary>What is behind an ethertype: TCI, and the next ethertype.</summary>
    private static byte[] Tag(PacketLayer layer, string? next, byte[] payload)
    {
        byte[] tag = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(tag, (ushort)((layer.Number("prio", 0) << 13) | layer.Port(0)));
        BinaryPrimitives.WriteUInt16BigEndian(tag.AsSpan(2), (ushort)layer.Number("type", TypeOf(next)));
        return [.. tag, .. payload];
    }

    private static byte[] Arp(PacketLayer layer)
    {
        byte[] head = [0, 1, 8, 0, 6, 4, 0, (byte)(layer.Word(0) == "request" ? 1 : 2)];
        return
        [
            .. head, .. layer.Mac(1), .. layer.Address(2).GetAddressBytes(),
            .. layer.Mac(3), .. layer.Address(4).GetAddressBytes(),
        ];
    }

    private static byte[] Ipv4(PacketLayer layer, string? next, byte[] payload)
    {
        int options = layer.Number("options", 0);
        byte[] header = new byte[20 + (options * 4)];
        header.AsSpan(20).Fill(1); // no-operation
        header[0] = (byte)((layer.Number("version", 4) << 4) | layer.Number("ihl", 5 + options));
        header[1] = (byte)layer.Number("tos", 0);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)layer.Number("len", header.Length + payload.Length));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)layer.Number("id", 0));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)layer.Number("frag", 0));
        header[8] = (byte)layer.Number("ttl", 64);
        header[9] = (byte)layer.Number("proto", ProtocolOf(next));
        layer.Address(0).GetAddressBytes().CopyTo(header, 12);
        layer.Address(1).GetAddressBytes().CopyTo(header, 16);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)layer.Number("check", Checksum.Of(header)));
        return [.. header, .. payload];
    }

    private static byte[] Ipv6(PacketLayer layer, string? next, byte[] payload)
    {
        byte[] header = new byte[40];
        uint first = ((uint)layer.Number("version", 6) << 28) | ((uint)layer.Number("tc", 0) << 20) | (uint)layer.Number("flow", 0);
        BinaryPrimitives.WriteUInt32BigEndian(header, first);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)layer.Number("len", payload.Length));
        header[6] = (byte)layer.Number("next", ProtocolOf(next));
        header[7] = (byte)layer.Number("hop", 64);
        layer.Address(0).GetAddressBytes().CopyTo(header, 8);
        layer.Address(1).GetAddressBytes().CopyTo(header, 24);
        return [.. header, .. payload];
    }

    private static byte[] Tcp(PacketLayer layer, byte[] payload, IPAddress source, IPAddress destination)
    {
        byte[] header = new byte[20];
        BinaryPrimitives.WriteUInt16BigEndian(header, layer.Port(0));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), layer.Port(1));
        header[12] = 5 << 4;
        header[13] = (byte)layer.WordOr(2, "A").Sum(flag => 1 << "FSRPAUEC".IndexOf(flag, StringComparison.Ordinal));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), TcpWindow);
        byte[] segment = [.. header, .. payload];
        return Checked(segment, 16, layer, Checksum.PseudoHeader(source, destination, 6, segment.Length));
    }

    private static byte[] Udp(PacketLayer layer, byte[] payload, IPAddress source, IPAddress destination)
    {
        byte[] header = new byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(header, layer.Port(0));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), layer.Port(1));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)layer.Number("len", 8 + payload.Length));
        byte[] datagram = [.. header, .. payload];
        return Checked(datagram, 6, layer, Checksum.PseudoHeader(source, destination, 17, datagram.Length));
    }

    private static byte[] Geneve(PacketLayer layer, string? next, byte[] payload)
    {
        int options = layer.Number("opts", 0);
        byte[] header = new byte[8 + (options * 4)];
        header[0] = (byte)((layer.Number("version", 0) << 6) | options);
        header[1] = (byte)layer.Number("flags", 0);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)layer.Number("type", next switch { "ip4" => 0x0800, "ip6" => 0x86dd, _ => 0x6558 }));
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), (uint)layer.Number("vni", 0) << 8);
        return [.. header, .. payload];
    }

    private static byte[] Sctp(PacketLayer layer, byte[] payload)
    {
        byte[] packet = new byte[12 + 20];
        BinaryPrimitives.WriteUInt16BigEndian(packet, layer.Port(0));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), layer.Port(1));
        packet[12] = (byte)(layer.Word(2) == "init" ? 1 : 0);
        packet[15] = 20;
        packet = [.. packet, .. payload];
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), Checksum.Sctp(packet));
        return packet;
    }

    private static byte[] Icmp(PacketLayer layer, byte[] payload)
    {
        int type = layer.WordOr(0, string.Empty) switch { "echo-request" => 8, "echo-reply" => 0, _ => layer.Number("type", 0) };
        return [.. Echo(layer, type), .. Quote(layer, payload)];
    }

    private static byte[] Icmp6(PacketLayer layer, byte[] payload, IPAddress source, IPAddress destination)
    {
        byte[] message = layer.WordOr(0, string.Empty) switch
        {
            "ns" => [135, (byte)layer.Number("code", 0), 0, 0, 0, 0, 0, 0, .. layer.Address(1).GetAddressBytes(), .. MacOption(layer, 1, "source-mac")],
            "na" => [136, 0, 0, 0, AdvertisementFlags(layer), 0, 0, 0, .. layer.Address(1).GetAddressBytes(), .. MacOption(layer, 2, "target-mac")],
            "echo-request" => Echo(layer, 128),
            "echo-reply" => Echo(layer, 129),
            _ => Echo(layer, layer.Number("type", 0)),
        };
        message = [.. message, .. Quote(layer, payload)];
        return Checked(message, 2, layer, Checksum.PseudoHeader(source, destination, 58, message.Length));
    }

    private static byte[] Echo(PacketLayer layer, int type)
    {
        byte[] header = new byte[8];
        header[0] = (byte)type;
        header[1] = (byte)layer.Number("code", 0);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)layer.Number("id", 0));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)layer.Number("seq", layer.Number("mtu", 0)));
        return header;
    }

    /// <summary>What an error quotes: as many bytes as it says.</summary>
    private static byte[] Quote(PacketLayer layer, byte[] packet) => packet[..Math.Min(packet.Length, layer.Number("quote", packet.Length))];

    /// <summary>An IPv6 extension header; its options are padding.</summary>
    private static byte[] Extension(PacketLayer layer, string? next, byte[] payload)
    {
        int words = layer.Number("words", 0);
        byte[] header = new byte[8 + (words * 8)];
        header[0] = (byte)layer.Number("next", ProtocolOf(next));
        if (layer.Name == "fragment")
        {
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)layer.Number("frag", 0));
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), layer.Number("id", 0));
        }
        else
        {
            header[1] = (byte)layer.Number("len", words);
            header[2] = (byte)layer.Number("type", 0);
            header[3] = (byte)layer.Number("left", 0);
        }

        return [.. header, .. payload];
    }

    private static byte AdvertisementFlags(PacketLayer layer)
        => (byte)layer.Option("flags", string.Empty).Sum(f => f switch { 'R' => 0x80, 'S' => 0x40, 'O' => 0x20, _ => 0 });

    private static byte[] MacOption(PacketLayer layer, byte type, string key)
        => layer.Has(key) ? [type, 1, .. PacketLayer.Bytes(PacketLayer.ParseMac(layer.Option(key, string.Empty)))] : [];

    /// <summary>Fills the checksum in, unless the layer gives it.</summary>
    private static byte[] Checked(byte[] message, int at, PacketLayer layer, byte[] pseudoHeader)
    {
        int check = layer.Number("check", Checksum.Of(pseudoHeader, message));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at), (ushort)check);
        return message;
    }
}
