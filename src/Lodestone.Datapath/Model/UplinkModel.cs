using System.Buffers.Binary;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Model;

/// <summary>What comes in at the uplink: <c>lodestone_xdp</c>.</summary>
internal sealed class UplinkModel(DatapathMaps maps)
{
    public const ushort EtherTypeIPv4 = 0x0800;
    public const ushort EtherTypeArp = 0x0806;
    public const ushort EtherTypeIPv6 = 0x86dd;

    private const uint PublicNetwork = 0;
    private const byte EchoTtl = 64;
    private const int IcmpHeaderSize = 8;
    private const int FragmentAgeLimit = 2;

    private readonly FlowModel _flows = new(maps);

    private FlowSeed Seed => new(maps.Config.HashSeed0, maps.Config.HashSeed1);

    public PacketResult Process(ReadOnlySpan<byte> frame, byte now)
    {
        if (frame.Length < EthernetHeader.Size)
        {
            return Stop(Verdict.DropTruncated, frame);
        }

        return BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            EtherTypeIPv4 => ProcessIPv4(frame, now),
            EtherTypeIPv6 => ProcessIPv6(frame, now),
            EtherTypeArp => ProcessArp(frame),
            _ => Stop(Verdict.PassNotIp, frame),
        };
    }

    private PacketResult ProcessIPv4(ReadOnlySpan<byte> frame, byte now)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        if (ip.Length < PacketHeaders.IPv4Size)
        {
            return Stop(Verdict.DropTruncated, frame);
        }

        int vip = maps.FindVip(DatapathAddress.FromBytes(ip.Slice(16, 4)), PublicNetwork);
        return vip < 0 ? Stop(Verdict.PassNotAVip, frame) : ProcessVip(ref maps.Vips[vip], frame, isIPv6: false, now);
    }

    private PacketResult ProcessIPv6(ReadOnlySpan<byte> frame, byte now)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        if (ip.Length < Ipv6Header.Size)
        {
            return Stop(Verdict.DropTruncated, frame);
        }

        if (NeighbourModel.IsSolicitation(frame, out _, out DatapathAddress asked) && maps.FindVip(asked, PublicNetwork) is >= 0 and int found)
        {
            return maps.Vips[found].Flags.HasFlag(VipFlags.Announce)
                ? new PacketResult(
                    Verdict.NdReply, PacketAction.Transmit, NeighbourModel.AnswerSolicitation(frame, maps.Config.UplinkMac), 0)
                : Stop(Verdict.DropNotAnnounced, frame);
        }

        int vip = maps.FindVip(DatapathAddress.FromBytes(ip.Slice(24, 16)), PublicNetwork);
        return vip < 0 ? Decapsulate(frame) : ProcessVip(ref maps.Vips[vip], frame, isIPv6: true, now);
    }

    private PacketResult ProcessArp(ReadOnlySpan<byte> frame)
    {
        if (!NeighbourModel.IsArpRequest(frame, out _, out DatapathAddress asked))
        {
            return Stop(Verdict.PassNotIp, frame);
        }

        int vip = maps.FindVip(asked, PublicNetwork);
        if (vip < 0)
        {
            return Stop(Verdict.PassNotAVip, frame);
        }

        return maps.Vips[vip].Flags.HasFlag(VipFlags.Announce)
            ? new PacketResult(Verdict.ArpReply, PacketAction.Transmit, NeighbourModel.AnswerArp(frame, maps.Config.UplinkMac), 0)
            : Stop(Verdict.DropNotAnnounced, frame);
    }

    private PacketResult ProcessVip(ref Vip vip, ReadOnlySpan<byte> frame, bool isIPv6, byte now)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        Verdict verdict = PacketHeaders.ReadIP(ip, isIPv6, out PacketHeaders headers);
        if (verdict != Verdict.None)
        {
            return Stop(verdict, frame);
        }

        if (headers.Part.IsLater)
        {
            return FollowFirst(ref vip, frame, headers, now);
        }

        if (headers.Protocol == (isIPv6 ? PacketHeaders.IcmpV6 : PacketHeaders.Icmp))
        {
            return headers.Part.IsFirst ? Stop(Verdict.DropFragment, frame) : ProcessIcmp(ref vip, frame, headers, now);
        }

        verdict = PacketHeaders.ReadTransport(ip, ref headers);
        if (verdict != Verdict.None)
        {
            return Stop(verdict, frame);
        }

        if (!Accepts(vip, headers.Protocol, headers.DestinationPort))
        {
            return Stop(Verdict.DropPortNotAllowed, frame);
        }

        ulong hash = headers.Hash(ip, Seed, PublicNetwork);
        if (headers.Part.IsFirst)
        {
            maps.Fragments[KeyOf(ip, headers)] = new FragmentFlow { Hash = hash, Ports = headers.Ports, Proto = headers.Protocol, Age = now };
        }

        return Balance(ref vip, frame, headers, hash, now);
    }

    /// <summary>A later fragment: it goes where the next packet of the flow of its first fragment would go.</summary>
    private PacketResult FollowFirst(ref Vip vip, ReadOnlySpan<byte> frame, in PacketHeaders headers, byte now)
    {
        FragmentKey key = KeyOf(frame[EthernetHeader.Size..], headers);
        if (!maps.Fragments.TryGetValue(key, out FragmentFlow flow) || (byte)(now - flow.Age) >= FragmentAgeLimit)
        {
            return Stop(Verdict.DropFragment, frame);
        }

        PacketHeaders part = headers with { Protocol = flow.Proto, Ports = flow.Ports, Follows = true };
        return Accepts(vip, part.Protocol, part.DestinationPort)
            ? Balance(ref vip, frame, part, flow.Hash, now)
            : Stop(Verdict.DropPortNotAllowed, frame);
    }

    private static FragmentKey KeyOf(ReadOnlySpan<byte> ip, in PacketHeaders headers)
    {
        (int addresses, int size) = headers.IsIPv6 ? (8, 16) : (12, 4);
        return new FragmentKey
        {
            Src = DatapathAddress.FromBytes(ip.Slice(addresses, size)),
            Dst = DatapathAddress.FromBytes(ip.Slice(addresses + size, size)),
            Id = headers.Part.Id,
            Proto = headers.IsIPv6 ? (byte)0 : headers.Protocol,
        };
    }

    private PacketResult Balance(ref Vip vip, ReadOnlySpan<byte> frame, in PacketHeaders headers, ulong hash, byte now)
    {
        uint index = _flows.Pick(in vip, hash, headers, now);
        if (index == 0)
        {
            return Stop(Verdict.DropNoReal, frame);
        }

        if (!maps.IsAlive(index))
        {
            return Stop(Verdict.DropRealDead, frame);
        }

        PacketResult result = Forward(frame, headers, maps.Reals[index], hash);
        if (result.Verdict is Verdict.Forward or Verdict.DeliverLocal && vip.Id < maps.VipStats.Length)
        {
            maps.VipStats[vip.Id].Packets++;
            maps.VipStats[vip.Id].Bytes += (ulong)headers.Length;
        }

        return result;
    }

    private PacketResult ProcessIcmp(ref Vip vip, ReadOnlySpan<byte> frame, in PacketHeaders headers, byte now)
    {
        ReadOnlySpan<byte> message = frame[EthernetHeader.Size..][headers.HeaderSize..headers.Length];
        if (message.Length < IcmpHeaderSize)
        {
            return Stop(Verdict.DropTruncated, frame);
        }

        if (QuotedFlow.IsIgnored(message[0], headers.IsIPv6))
        {
            return Stop(Verdict.DropIcmpType, frame);
        }

        if (QuotedFlow.IsError(message[0], headers.IsIPv6))
        {
            return Relay(ref vip, frame, message, headers, now);
        }

        // An answer would carry the asker's options.
        return headers.HasOptions
            ? Stop(headers.IsIPv6 ? Verdict.DropExtensionHeader : Verdict.DropIpOptions, frame)
            : AnswerEcho(vip, frame, headers.IsIPv6);
    }

    /// <summary>An ICMP error to the target of the flow that it quotes, which sent what the error is about.</summary>
    private PacketResult Relay(ref Vip vip, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> message, in PacketHeaders headers, byte now)
    {
        Verdict verdict = QuotedFlow.Read(message, headers.IsIPv6, out QuotedFlow flow);
        if (verdict != Verdict.None)
        {
            return Stop(verdict, frame);
        }

        if (flow.Vip != vip.Addr)
        {
            return Stop(Verdict.DropIcmpForeign, frame);
        }

        PacketHeaders about = headers with { Protocol = flow.Protocol, Ports = flow.Ports, Follows = true };
        return Accepts(vip, about.Protocol, about.DestinationPort)
            ? Balance(ref vip, frame, about, flow.Hash(Seed, PublicNetwork), now)
            : Stop(Verdict.DropPortNotAllowed, frame);
    }

    private bool Accepts(in Vip vip, byte protocol, ushort port)
    {
        if (vip.Flags.HasFlag(VipFlags.AllPorts))
        {
            return true;
        }

        if (vip.Flags.HasFlag(VipFlags.PortBitmap))
        {
            long word = vip.PortBitmapBase + PortRules.FirstWord(protocol) + (port / 64);
            return word < maps.PortBitmaps.Length && ((maps.PortBitmaps[word] >> (port % 64)) & 1) != 0;
        }

        for (int i = 0; i < PortRanges.Length && i < vip.RangeCount; i++)
        {
            PortRange range = vip.Ranges[i];
            if (range.Proto == protocol && range.From <= port && port <= range.To)
            {
                return true;
            }
        }

        return false;
    }

    private PacketResult Forward(ReadOnlySpan<byte> frame, in PacketHeaders headers, in Real real, ulong hash)
    {
        int mtu = real.Mtu - (real.Kind == RealKind.Encap ? Ipv6Header.Size : 0);
        if (headers.Length > mtu)
        {
            return RefuseTooBig(frame, headers, mtu);
        }

        if (real.Kind == RealKind.Encap)
        {
            return new PacketResult(Verdict.Forward, PacketAction.Transmit, Encapsulate(frame, headers, real, hash), 0);
        }

        byte[] packet = frame.ToArray();
        if (real.Kind == RealKind.Device)
        {
            ((ReadOnlySpan<byte>)real.Eth)[..(2 * MacAddress.Size)].CopyTo(packet);
        }

        return new PacketResult(Verdict.DeliverLocal, LocalAction(real.Kind), packet, real.Ifindex);
    }

    private PacketResult RefuseTooBig(ReadOnlySpan<byte> frame, in PacketHeaders headers, int mtu)
    {
        // Nobody is told about an error or a later fragment (RFC 1122, 3.2.2; RFC 4443, 2.4 (e)).
        if (headers.Follows || !TooBigAnswer.IsDue(frame, headers.IsIPv6, mtu))
        {
            return Stop(Verdict.DropTooBig, frame);
        }

        return maps.AnswersLeft-- > 0
            ? new PacketResult(Verdict.TooBigReply, PacketAction.Transmit, TooBigAnswer.To(frame, headers, mtu), 0)
            : Stop(Verdict.DropTooBigLimit, frame);
    }

    /// <summary>The real's template in front. Traffic class and ECN are the inner ones (RFC 6040, 4.1), the flow label is the flow's hash (RFC 6438).</summary>
    private static byte[] Encapsulate(ReadOnlySpan<byte> frame, in PacketHeaders headers, in Real real, ulong hash)
    {
        byte[] packet = new byte[frame.Length + Ipv6Header.Size];
        ((ReadOnlySpan<byte>)real.Eth).CopyTo(packet);
        Span<byte> outer = packet.AsSpan(EthernetHeader.Size, Ipv6Header.Size);
        ((ReadOnlySpan<byte>)real.Ip6).CopyTo(outer);
        BinaryPrimitives.WriteUInt32BigEndian(outer, (6u << 28) | ((uint)headers.TrafficClass << 20) | (uint)(hash & 0xfffff));
        BinaryPrimitives.WriteUInt16BigEndian(outer[RealTemplate.PayloadLengthOffset..], (ushort)headers.Length);
        outer[RealTemplate.NextHeaderOffset] = headers.IsIPv6 ? PacketHeaders.IPv6InIPv6 : PacketHeaders.IPv4InIPv6;
        frame[EthernetHeader.Size..].CopyTo(packet.AsSpan(RealTemplate.OuterSize));
        return packet;
    }

    /// <summary>What another gateway encapsulated to a NIC of this machine.</summary>
    private PacketResult Decapsulate(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> outer = frame.Slice(EthernetHeader.Size, Ipv6Header.Size);
        byte inside = outer[6];
        if (inside is not (PacketHeaders.IPv4InIPv6 or PacketHeaders.IPv6InIPv6))
        {
            return Stop(Verdict.PassNotAVip, frame);
        }

        DatapathAddress destination = DatapathAddress.FromBytes(outer.Slice(24, 16));
        if (!maps.Underlay.TryGetValue(destination, out UnderlayNic nic))
        {
            bool ours = maps.Config.UnderlayPrefix != 0 && destination.High == maps.Config.UnderlayPrefix;
            return Stop(ours ? Verdict.DropUnderlayUnknown : Verdict.PassNotAVip, frame);
        }

        ReadOnlySpan<byte> inner = frame[RealTemplate.OuterSize..];
        bool isIPv6 = inside == PacketHeaders.IPv6InIPv6;
        int payload = BinaryPrimitives.ReadUInt16BigEndian(outer[4..]);
        if (payload > inner.Length || payload < (isIPv6 ? Ipv6Header.Size : PacketHeaders.IPv4Size) || inner[0] >> 4 != (isIPv6 ? 6 : 4))
        {
            return Stop(Verdict.DropInnerBad, frame);
        }

        byte[] packet = new byte[frame.Length - Ipv6Header.Size];
        frame[..EthernetHeader.Size].CopyTo(packet);
        inner.CopyTo(packet.AsSpan(EthernetHeader.Size));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), isIPv6 ? EtherTypeIPv6 : EtherTypeIPv4);
        if (nic.Kind == RealKind.Device)
        {
            MacAddress uplink = maps.Config.UplinkMac;
            ((ReadOnlySpan<byte>)nic.Mac).CopyTo(packet);
            ((ReadOnlySpan<byte>)uplink).CopyTo(packet.AsSpan(MacAddress.Size));
        }

        return new PacketResult(Verdict.DecapLocal, LocalAction(nic.Kind), packet, nic.Ifindex);
    }

    /// <summary>Ping: answered here, so that a VIP without targets can be told from a lost one.</summary>
    private static PacketResult AnswerEcho(in Vip vip, ReadOnlySpan<byte> frame, bool isIPv6)
    {
        (int header, int address, int addresses, byte request, byte reply) = isIPv6 ? (40, 16, 8, (byte)128, (byte)129) : (20, 4, 12, (byte)8, (byte)0);
        byte[] packet = frame.ToArray();
        Span<byte> ip = packet.AsSpan(EthernetHeader.Size);
        Span<byte> echo = ip[header..];
        if (echo[0] != request || echo[1] != 0)
        {
            return Stop(Verdict.DropProtocol, frame);
        }

        if (!vip.Flags.HasFlag(VipFlags.Announce))
        {
            return Stop(Verdict.DropNotAnnounced, frame);
        }

        Swap(packet, 0, MacAddress.Size);
        Swap(ip, addresses, address);
        if (isIPv6)
        {
            ip[7] = EchoTtl;
        }
        else
        {
            ip[8] = EchoTtl;
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], 0);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Fold(InternetChecksum.Sum(ip[..PacketHeaders.IPv4Size])));
        }

        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(echo[2..]);
        echo[0] = reply;
        BinaryPrimitives.WriteUInt16BigEndian(
            echo[2..], InternetChecksum.Replace(checksum, (ushort)(request << 8), (ushort)(reply << 8)));
        return new PacketResult(Verdict.EchoReply, PacketAction.Transmit, packet, 0);
    }

    private static void Swap(Span<byte> block, int first, int size)
    {
        for (int i = first; i < first + size; i++)
        {
            (block[i], block[i + size]) = (block[i + size], block[i]);
        }
    }

    private static PacketAction LocalAction(RealKind kind) =>
        kind == RealKind.Peer ? PacketAction.DeliverToPeer : PacketAction.Redirect;

    private static PacketResult Stop(Verdict verdict, ReadOnlySpan<byte> frame) =>
        new(verdict, verdict >= Verdict.DropTruncated ? PacketAction.Drop : PacketAction.Pass, frame.ToArray(), 0);
}
