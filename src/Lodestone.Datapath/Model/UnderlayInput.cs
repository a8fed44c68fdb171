using System.Buffers.Binary;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>What comes in at the uplink and is to no VIP: encapsulated to NICs of this machine, or about what it encapsulated.</summary>
internal sealed class UnderlayInput(DatapathMaps maps)
{
    private const uint PublicNetwork = 0;
    private const int IcmpHeaderSize = 8;
    private const int LeastMtuIPv4 = 576;
    private const int LeastMtuIPv6 = 1280;

    public PacketResult ProcessIPv4(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        if (!TryReadOuter(ip, isIPv6: false, out Outer outer))
        {
            return UplinkModel.Stop(Verdict.PassNotAVip, frame);
        }

        return outer.Protocol switch
        {
            PacketHeaders.Udp => ProcessGeneve(frame, outer),
            PacketHeaders.Icmp => LearnMtu(frame, outer),
            _ => UplinkModel.Stop(Verdict.PassNotAVip, frame),
        };
    }

    public PacketResult ProcessIPv6(ReadOnlySpan<byte> frame)
    {
        byte inside = frame[EthernetHeader.Size + 6];
        if (inside is PacketHeaders.IPv4InIPv6 or PacketHeaders.IPv6InIPv6)
        {
            return Decapsulate(frame, isIPv6: inside == PacketHeaders.IPv6InIPv6);
        }

        if (!TryReadOuter(frame[EthernetHeader.Size..], isIPv6: true, out Outer outer))
        {
            return UplinkModel.Stop(Verdict.PassNotAVip, frame);
        }

        return inside switch
        {
            PacketHeaders.Udp => ProcessGeneve(frame, outer),
            PacketHeaders.IcmpV6 => LearnMtu(frame, outer),
            _ => UplinkModel.Stop(Verdict.PassNotAVip, frame),
        };
    }

    /// <summary>Directly in IPv6, to the underlay address of a NIC.</summary>
    private PacketResult Decapsulate(ReadOnlySpan<byte> frame, bool isIPv6)
    {
        ReadOnlySpan<byte> ip = frame.Slice(EthernetHeader.Size, Ipv6Header.Size);
        DatapathAddress destination = DatapathAddress.FromBytes(ip.Slice(24, 16));
        if (!maps.Underlay.TryGetValue(destination, out UnderlayNic nic))
        {
            bool ours = maps.Config.UnderlayPrefix != 0 && destination.High == maps.Config.UnderlayPrefix;
            return UplinkModel.Stop(ours ? Verdict.DropUnderlayUnknown : Verdict.PassNotAVip, frame);
        }

        if (!IsKnown(DatapathAddress.FromBytes(ip.Slice(8, 16))))
        {
            return UplinkModel.Stop(Verdict.DropUnderlaySource, frame);
        }

        int payload = BinaryPrimitives.ReadUInt16BigEndian(ip[4..]);
        return DeliverInner(frame, nic, Ipv6Header.Size, payload, isIPv6 ? UplinkModel.EtherTypeIPv6 : UplinkModel.EtherTypeIPv4);
    }

    /// <summary>In Geneve, to an address of this machine and the number of a NIC.</summary>
    private PacketResult ProcessGeneve(ReadOnlySpan<byte> frame, in Outer outer)
    {
        ReadOnlySpan<byte> udp = frame[(EthernetHeader.Size + outer.Header)..];
        const int headers = OuterHeaders.UdpSize + OuterHeaders.GeneveSize;
        if (udp.Length < headers || outer.Payload < headers || BinaryPrimitives.ReadUInt16BigEndian(udp[2..]) != OuterHeaders.GenevePort)
        {
            return UplinkModel.Stop(Verdict.PassNotAVip, frame);
        }

        uint number = BinaryPrimitives.ReadUInt32BigEndian(udp[12..]) >> 8;
        if (!maps.GeneveNics.TryGetValue(new GeneveKey { Dst = outer.Destination, Number = number }, out UnderlayNic nic))
        {
            return UplinkModel.Stop(Verdict.PassNotAVip, frame);
        }

        if (!IsKnown(outer.Source))
        {
            return UplinkModel.Stop(Verdict.DropUnderlaySource, frame);
        }

        byte version = (byte)(udp[8] >> 6);
        bool isControlOrCritical = (udp[9] & 0xc0) != 0;
        bool hasChecksum = BinaryPrimitives.ReadUInt16BigEndian(udp[6..]) != 0;
        if (version != 0 || isControlOrCritical || hasChecksum || BinaryPrimitives.ReadUInt16BigEndian(udp[4..]) != outer.Payload)
        {
            return UplinkModel.Stop(Verdict.DropGeneveHeader, frame);
        }

        int inFront = headers + ((udp[8] & 0x3f) * 4);
        return DeliverInner(frame, nic, outer.Header + inFront, outer.Payload - inFront, BinaryPrimitives.ReadUInt16BigEndian(udp[10..]));
    }

    private PacketResult DeliverInner(ReadOnlySpan<byte> frame, in UnderlayNic nic, int outer, int payload, ushort etherType)
    {
        int least = etherType switch
        {
            UplinkModel.EtherTypeIPv4 => PacketHeaders.IPv4Size,
            UplinkModel.EtherTypeIPv6 => Ipv6Header.Size,
            _ => int.MaxValue,
        };
        ReadOnlySpan<byte> inner = frame[Math.Min(EthernetHeader.Size + outer, frame.Length)..];
        if (payload < least || payload > inner.Length || inner[0] >> 4 != (least == Ipv6Header.Size ? 6 : 4))
        {
            return UplinkModel.Stop(Verdict.DropInnerBad, frame);
        }

        byte[] packet = new byte[frame.Length - outer];
        frame[..EthernetHeader.Size].CopyTo(packet);
        inner.CopyTo(packet.AsSpan(EthernetHeader.Size));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), etherType);
        if (nic.Kind == RealKind.Device)
        {
            MacAddress uplink = maps.Config.UplinkMac;
            ((ReadOnlySpan<byte>)nic.Mac).CopyTo(packet);
            ((ReadOnlySpan<byte>)uplink).CopyTo(packet.AsSpan(MacAddress.Size));
        }

        return nic.Kind == RealKind.Stack ? UplinkModel.LeaveToStack(packet) : UplinkModel.Deliver(Verdict.DecapLocal, nic.Kind, nic.Flags, packet, nic.Ifindex);
    }

    private bool IsKnown(DatapathAddress source) =>
        !maps.Config.Flags.HasFlag(ConfigFlags.CheckSources) || maps.UnderlaySources.Contains(source);

    /// <summary>What a router says that fits (RFC 1191, RFC 8201): heeded where it quotes what this machine sent to a real.</summary>
    private PacketResult LearnMtu(ReadOnlySpan<byte> frame, in Outer outer)
    {
        ReadOnlySpan<byte> message = frame[(EthernetHeader.Size + outer.Header)..];
        bool isIPv6 = outer.Header == Ipv6Header.Size;
        int least = isIPv6 ? LeastMtuIPv6 : LeastMtuIPv4;
        if (message.Length < IcmpHeaderSize || outer.Payload < IcmpHeaderSize
            || (message[0], message[1]) != (isIPv6 ? ((byte)2, (byte)0) : ((byte)3, (byte)4))
            || !TryReadOuter(message[IcmpHeaderSize..], isIPv6, out Outer quoted))
        {
            return UplinkModel.Stop(Verdict.PassNotAVip, frame);
        }

        uint mtu = isIPv6 ? BinaryPrimitives.ReadUInt32BigEndian(message[4..]) : BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        if (mtu == 0 || (isIPv6 && mtu < least) || quoted.Header + quoted.Payload <= mtu)
        {
            return UplinkModel.Stop(Verdict.PassNotAVip, frame);
        }

        mtu = Math.Max(mtu, (uint)least);
        if (!maps.PathMtus.TryGetValue(quoted.Destination, out PathMtu path)
            || (path.Mtu != 0 && path.Mtu < mtu)
            || path.Src != quoted.Source
            || outer.Destination != quoted.Source
            || !IsOurs(message[(IcmpHeaderSize + quoted.Header)..], quoted))
        {
            return UplinkModel.Stop(Verdict.PassNotAVip, frame);
        }

        maps.PathMtus[quoted.Destination] = path with { Mtu = mtu, Heard = path.Heard + 1 };
        return new PacketResult(Verdict.MtuLearnt, PacketAction.Pass, frame.ToArray(), 0);
    }

    /// <summary>
    /// Whether a quoted packet is one that this machine sent: its flow label or UDP source port has to be of the hash of the flow inside,
    /// whose seed nobody else knows. Directly in IPv4 there is nothing to compare.
    /// </summary>
    private bool IsOurs(ReadOnlySpan<byte> behind, in Outer quoted)
    {
        if (quoted.Protocol is PacketHeaders.IPv4InIPv6 or PacketHeaders.IPv6InIPv6)
        {
            return quoted.Header == PacketHeaders.IPv4Size
                || (TryHash(behind, quoted.Protocol == PacketHeaders.IPv6InIPv6, out ulong label) && (label & OuterHeaders.FlowLabelMask) == quoted.FlowLabel);
        }

        if (quoted.Protocol != PacketHeaders.Udp || behind.Length < OuterHeaders.UdpSize)
        {
            return false;
        }

        int entropy = BinaryPrimitives.ReadUInt16BigEndian(behind) - OuterHeaders.EntropyPort;
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(behind[2..]);
        ReadOnlySpan<byte> inner = behind[OuterHeaders.UdpSize..];
        bool isIPv6;
        switch (port)
        {
            case OuterHeaders.GenevePort when inner.Length >= OuterHeaders.GeneveSize:
                isIPv6 = BinaryPrimitives.ReadUInt32BigEndian(inner) == UplinkModel.EtherTypeIPv6;
                inner = inner[OuterHeaders.GeneveSize..];
                break;
            case OuterHeaders.GuePort when inner.Length > 0:
                isIPv6 = inner[0] >> 4 == 6;
                break;
            default:
                return false;
        }

        return TryHash(inner, isIPv6, out ulong hash) && (int)(hash & OuterHeaders.EntropyPortMask) == entropy;
    }

    /// <summary>The hash of a flow from as much of a packet as is quoted: plain ones only.</summary>
    private bool TryHash(ReadOnlySpan<byte> ip, bool isIPv6, out ulong hash)
    {
        hash = 0;
        int header = isIPv6 ? Ipv6Header.Size : PacketHeaders.IPv4Size;
        if (ip.Length < header + sizeof(uint)
            || (isIPv6 ? ip[0] >> 4 != 6 : ip[0] != 0x45 || (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3fff) != 0))
        {
            return false;
        }

        PacketHeaders flow = new()
        {
            IsIPv6 = isIPv6,
            Protocol = ip[isIPv6 ? 6 : 9],
            Ports = BinaryPrimitives.ReadUInt32LittleEndian(ip[header..]),
        };
        hash = flow.Hash(ip, new FlowSeed(maps.Config.HashSeed0, maps.Config.HashSeed1), PublicNetwork);
        return flow.Protocol is PacketHeaders.Tcp or PacketHeaders.Udp or PacketHeaders.Sctp;
    }

    /// <summary>An IP header without options or fragments; false for others, which are none of ours.</summary>
    private static bool TryReadOuter(ReadOnlySpan<byte> ip, bool isIPv6, out Outer outer)
    {
        outer = default;
        if (ip.Length < (isIPv6 ? Ipv6Header.Size : PacketHeaders.IPv4Size))
        {
            return false;
        }

        if (isIPv6)
        {
            outer = new Outer(
                DatapathAddress.FromBytes(ip.Slice(8, 16)),
                DatapathAddress.FromBytes(ip.Slice(24, 16)),
                ip[6],
                Ipv6Header.Size,
                BinaryPrimitives.ReadUInt16BigEndian(ip[4..]),
                BinaryPrimitives.ReadUInt32BigEndian(ip) & OuterHeaders.FlowLabelMask);
            return ip[0] >> 4 == 6;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        outer = new Outer(
            DatapathAddress.FromBytes(ip.Slice(12, 4)),
            DatapathAddress.FromBytes(ip.Slice(16, 4)),
            ip[9],
            PacketHeaders.IPv4Size,
            length - PacketHeaders.IPv4Size,
            0);
        return ip[0] == 0x45 && (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3fff) == 0 && length >= PacketHeaders.IPv4Size;
    }

    private readonly record struct Outer(
        DatapathAddress Source, DatapathAddress Destination, byte Protocol, int Header, int Payload, uint FlowLabel);
}
