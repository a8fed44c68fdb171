using System.Buffers.Binary;
using System.Net;
using Lodestone.Datapath.Layout;

namespace Lodestone.TestKit.Packets;

/// <summary>Bytes into the notation: what is at its default is left out, what contradicts is told.</summary>
internal sealed class PacketPrinter(byte[] packet)
{
    private readonly List<string> _layers = [];
    private IPAddress _source = IPAddress.None;
    private IPAddress _destination = IPAddress.None;

    /// <summary>Prints layer by layer; a packet that would not be built again from its text is hex instead.</summary>
    internal string Print()
    {
        if (packet.Length < 14)
        {
            return $"hex {Convert.ToHexStringLower(packet)}";
        }

        int type = U16(packet, 12);
        _layers.Add($"eth {Mac(packet.AsSpan(6))} > {Mac(packet)}");
        byte[] rest = packet[14..];
        int tags = 0;
        for (; type is 0x8100 or 0x88a8 && tags < 2 && rest.Length >= 4 && (rest[0] & 0x10) == 0; tags++)
        {
            int tci = U16(rest, 0);
            _layers.Add($"{(type == 0x8100 ? "vlan" : "svlan")} {tci & 0xfff}{Option("prio", tci >> 13, 0)}");
            type = U16(rest, 2);
            rest = rest[4..];
        }

        Action<byte[]> next = type switch { 0x0800 => Ipv4, 0x86dd => Ipv6, 0x0806 => Arp, _ => Data };
        next(rest);
        string following = _layers.Count > tags + 1 ? _layers[tags + 1].Split(' ')[0] : string.Empty;
        _layers[tags] += (type, following) is (0x0800, "ip4") or (0x86dd, "ip6") or (0x0806, "arp") ? string.Empty : $" type 0x{type:x4}";
        string text = string.Join(" / ", _layers);
        return PacketText.Parse(text).AsSpan().SequenceEqual(packet)
            ? text
            : $"eth {Mac(packet.AsSpan(6))} > {Mac(packet)} type 0x{type:x4} / hex {Convert.ToHexStringLower(packet.AsSpan(14))}";
    }

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    private static string Option(string key, int value, int fallback) => value == fallback ? string.Empty : $" {key} {value}";

    private static string Mac(ReadOnlySpan<byte> bytes)
    {
        string text = MacAddress.FromBytes(bytes).ToString();
        return text.Contains(":00:00:00:00:", StringComparison.Ordinal) ? text.Replace(":00:00:00:00:", "::", StringComparison.Ordinal) : text;
    }

    private static string CheckOption(int found, int expected) => found == expected ? string.Empty : $" check 0x{found:x4}";

    private void Data(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            _layers.Add(bytes.AsSpan().SequenceEqual(PacketBuilder.Pattern(bytes.Length))
                ? $"data {bytes.Length}"
                : $"hex {Convert.ToHexStringLower(bytes)}");
        }
    }

    private void Pad(byte[] behind)
    {
        if (behind.Length > 0)
        {
            _layers.Add($"pad {behind.Length}");
        }
    }

    private void Arp(byte[] b)
    {
        if (b.Length < 28)
        {
            Data(b);
            return;
        }

        _layers.Add($"arp {(b[7] == 1 ? "request" : "reply")} {Mac(b.AsSpan(8))} {new IPAddress(b.AsSpan(14, 4))} > {Mac(b.AsSpan(18))} {new IPAddress(b.AsSpan(24, 4))}");
        Pad(b[28..]);
    }

    private void Ipv4(byte[] b)
    {
        int header = b.Length > 0 ? (b[0] & 15) * 4 : 0;
        if (header < 20 || b.Length < header)
        {
            Data(b);
            return;
        }

        (_source, _destination) = (new IPAddress(b.AsSpan(12, 4)), new IPAddress(b.AsSpan(16, 4)));
        int length = U16(b, 2);
        int end = length >= header && length <= b.Length ? length : b.Length;
        byte[] zeroed = b[..header];
        zeroed[10] = zeroed[11] = 0;
        _layers.Add($"ip4 {_source} > {_destination}{Option("ttl", b[8], 64)}{Option("tos", b[1], 0)}{Option("id", U16(b, 4), 0)}"
            + $"{Option("frag", U16(b, 6), 0)}{Option("options", (header / 4) - 5, 0)}{Option("version", b[0] >> 4, 4)}"
            + $"{Option("len", length, end)}{CheckOption(U16(b, 10), Checksum.Of(zeroed))}");
        Transport("proto", b[9], b[header..end]);
        Pad(b[end..]);
    }

    private void Ipv6(byte[] b)
    {
        if (b.Length < 40)
        {
            Data(b);
            return;
        }

        (_source, _destination) = (new IPAddress(b.AsSpan(8, 16)), new IPAddress(b.AsSpan(24, 16)));
        uint first = BinaryPrimitives.ReadUInt32BigEndian(b);
        int length = U16(b, 4);
        int end = 40 + length <= b.Length ? 40 + length : b.Length;
        _layers.Add($"ip6 {_source} > {_destination}{Option("hop", b[7], 64)}{Option("tc", (int)(first >> 20) & 0xff, 0)}"
            + $"{Option("flow", (int)(first & 0xfffff), 0)}{Option("version", (int)(first >> 28), 6)}{Option("len", length, end - 40)}");
        Transport("next", b[6], b[40..end]);
        Pad(b[end..]);
    }

    /// <summary>Prints what an IP header carries, and the protocol's number where that does not follow from it.</summary>
    private void Transport(string key, byte protocol, byte[] b)
    {
        int header = _layers.Count - 1;
        Transport(protocol, b);
        string? following = header + 1 < _layers.Count ? _layers[header + 1].Split(' ')[0] : null;
        _layers[header] += Option(key, protocol, PacketBuilder.ProtocolOf(following));
    }

    private void Transport(int protocol, byte[] b)
    {
        switch (protocol)
        {
            case 4:
                Ipv4(b);
                break;
            case 41:
                Ipv6(b);
                break;
            case 6 when b.Length >= 20:
                string flags = string.Concat("FSRPAUEC".Where((_, i) => (b[13] & (1 << i)) != 0));
                _layers.Add($"tcp {U16(b, 0)} > {U16(b, 2)} {flags}{Sum(b, 16, 6)}");
                Data(b[20..]);
                break;
            case 17 when b.Length >= 8:
                _layers.Add($"udp {U16(b, 0)} > {U16(b, 2)}{Option("len", U16(b, 4), b.Length)}{Sum(b, 6, 17)}");
                Tunnelled(U16(b, 2), b[8..]);
                break;
            case 132 when b.Length >= 32:
                _layers.Add($"sctp {U16(b, 0)} > {U16(b, 2)} {(b[12] == 1 ? "init" : "data")}");
                Data(b[32..]);
                break;
            case 1 when b.Length >= 8:
                _layers.Add($"icmp {Echo(b, 8, 0)}{CheckOption(U16(b, 2), Checksum.Of(Zeroed(b, 2)))}");
                Data(b[8..]);
                break;
            case 58 when b.Length >= 24 && b[0] is 135 or 136:
                Neighbour(b);
                break;
            case 58 when b.Length >= 8:
                _layers.Add($"icmp6 {Echo(b, 128, 129)}{Sum(b, 2, 58)}");
                Data(b[8..]);
                break;
            default:
                Data(b);
                break;
        }
    }

    /// <summary>What is inside UDP: Geneve, GUE of variant 1, or data.</summary>
    private void Tunnelled(int port, byte[] b)
    {
        if (port == 6081 && b.Length >= 8)
        {
            int options = b[0] & 0x3f;
            int type = U16(b, 2);
            int header = Math.Min(b.Length, 8 + (options * 4));
            int at = _layers.Count;
            _layers.Add($"geneve vni {BinaryPrimitives.ReadUInt32BigEndian(b.AsSpan(4)) >> 8}{Option("opts", options, 0)}{Option("flags", b[1], 0)}{Option("version", b[0] >> 6, 0)}");
            Inner(type switch { 0x0800 => 4, 0x86dd => 6, _ => 0 }, b[header..]);
            string following = at + 1 < _layers.Count ? _layers[at + 1].Split(' ')[0] : string.Empty;
            _layers[at] += Option("type", type, following switch { "ip4" => 0x0800, "ip6" => 0x86dd, _ => 0x6558 });
            return;
        }

        Inner(port == 6080 && b.Length > 0 ? b[0] >> 4 : 0, b);
    }

    private void Inner(int version, byte[] b)
    {
        Action<byte[]> next = version switch { 4 => Ipv4, 6 => Ipv6, _ => Data };
        next(b);
    }

    private void Neighbour(byte[] b)
    {
        bool solicitation = b[0] == 135;
        string flags = string.Concat("RSO".Where((_, i) => (b[4] & (0x80 >> i)) != 0));
        string option = b.Length >= 32 ? $" {(solicitation ? "source-mac" : "target-mac")} {Mac(b.AsSpan(26))}" : string.Empty;
        _layers.Add($"icmp6 {(solicitation ? "ns" : "na")} {new IPAddress(b.AsSpan(8, 16))}{(flags.Length > 0 ? $" flags {flags}" : string.Empty)}"
            + $"{option}{Option("code", b[1], 0)}{Sum(b, 2, 58)}");
        Data(b[(b.Length >= 32 ? 32 : 24)..]);
    }

    private static string Echo(byte[] b, int request, int reply)
    {
        string what = b[0] == request ? "echo-request" : b[0] == reply ? "echo-reply" : $"type {b[0]}";
        return $"{what}{Option("code", b[1], 0)}{Option("id", U16(b, 4), 0)}{Option("seq", U16(b, 6), 0)}";
    }

    private string Sum(byte[] b, int at, byte protocol)
        => CheckOption(U16(b, at), Checksum.Of(Checksum.PseudoHeader(_source, _destination, protocol, b.Length), Zeroed(b, at)));

    private static byte[] Zeroed(byte[] b, int at)
    {
        byte[] copy = [.. b];
        copy[at] = copy[at + 1] = 0;
        return copy;
    }
}
