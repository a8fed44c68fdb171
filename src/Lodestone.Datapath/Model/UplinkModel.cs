using System.Buffers.Binary;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Model;

/// <summary>What comes in at the uplink, <c>lodestone_xdp</c>; and of any network, what becomes of a packet to one of its VIPs.</summary>
internal sealed class UplinkModel(DatapathMaps maps, uint network = UplinkModel.PublicNetwork)
{
    public const ushort EtherTypeIPv4 = 0x0800;
    public const ushort EtherTypeArp = 0x0806;
    public const ushort EtherTypeIPv6 = 0x86dd;

    public const uint PublicNetwork = 0;

    private const byte EchoTtl = 64;
    private const int IcmpHeaderSize = 8;
    private const int FragmentAgeLimit = 2;

    private readonly FlowModel _flows = new(maps);
    private readonly UnderlayInput _underlay = new(maps);

    private FlowSeed Seed => new(maps.Config.HashSeed0, maps.Config.HashSeed1);

    /// <summary>A frame of the VLAN that is served loses its tags, and has them again if it leaves the way it came, or goes on to the kernel.</summary>
    public PacketResult Process(ReadOnlySpan<byte> frame, uint now)
    {
        byte[]? tags = VlanTags.Read(frame, out uint vlans);
        if (frame.Length >= EthernetHeader.Size && (tags is null || vlans != maps.Config.Vlans))
        {
            return Stop(Verdict.PassOtherVlan, frame);
        }

        if (tags is null or [])
        {
            return ProcessUntagged(frame, now);
        }

        PacketResult result = ProcessUntagged(VlanTags.Strip(frame, tags.Length), now);
        return result.Action is PacketAction.Transmit or PacketAction.Pass ? result with { Packet = VlanTags.Insert(result.Packet, tags) } : result;
    }

    private PacketResult ProcessUntagged(ReadOnlySpan<byte> frame, uint now)
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

    private PacketResult ProcessIPv4(ReadOnlySpan<byte> frame, uint now)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        if (ip.Length < PacketHeaders.IPv4Size)
        {
            return Stop(Verdict.DropTruncated, frame);
        }

        int vip = maps.FindVip(DatapathAddress.FromBytes(ip.Slice(16, 4)), PublicNetwork);
        return vip < 0 ? _underlay.ProcessIPv4(frame) : ProcessVip(ref maps.Vips[vip], frame, isIPv6: false, now);
    }

    private PacketResult ProcessIPv6(ReadOnlySpan<byte> frame, uint now)
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
        return vip < 0 ? _underlay.ProcessIPv6(frame) : ProcessVip(ref maps.Vips[vip], frame, isIPv6: true, now);
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

    /// <summary>A packet to a VIP of the network; segments may be made of it (<see cref="PacketHeaders.SegmentBytes"/>).</summary>
    public PacketResult ProcessVip(ref Vip vip, ReadOnlySpan<byte> frame, bool isIPv6, uint now, int segmentBytes = 0)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        Verdict verdict = PacketHeaders.ReadIP(ip, isIPv6, out PacketHeaders headers);
        if (verdict != Verdict.None)
        {
            return Stop(verdict, frame);
        }

        headers = headers with { SegmentBytes = segmentBytes };

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

        ulong hash = headers.Hash(ip, Seed, network);
        if (headers.Part.IsFirst && NeedsRecord(vip))
        {
            maps.Fragments[KeyOf(ip, headers)] = new FragmentFlow { Hash = hash, Ports = headers.Ports, Proto = headers.Protocol, Age = FlowTable.Age(now) };
        }

        return Balance(ref vip, frame, headers, FlowKeys.Of(vip, hash, headers.Source(ip), headers.Protocol, Seed), now);
    }

    private static bool NeedsRecord(in Vip vip) => !vip.Flags.HasFlag(VipFlags.AnyFragment) || vip.Flags.HasFlag(VipFlags.Rekeyed);

    /// <summary>A later fragment: it goes where the next packet of the flow of its first fragment would go or, where no record of that is needed, of its client.</summary>
    private PacketResult FollowFirst(ref Vip vip, ReadOnlySpan<byte> frame, in PacketHeaders headers, uint now)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        if (!NeedsRecord(vip) || !maps.Fragments.TryGetValue(KeyOf(ip, headers), out FragmentFlow flow) || (byte)(FlowTable.Age(now) - flow.Age) >= FragmentAgeLimit)
        {
            return vip.Flags.HasFlag(VipFlags.AnyFragment) && headers.Protocol is PacketHeaders.Tcp or PacketHeaders.Udp or PacketHeaders.Sctp
                ? Balance(ref vip, frame, headers with { Follows = true }, FlowKeys.OfPart(vip, headers.Source(ip), headers.Protocol, Seed), now)
                : Stop(Verdict.DropFragment, frame);
        }

        PacketHeaders part = headers with { Protocol = flow.Proto, Ports = flow.Ports, Follows = true };
        return Accepts(vip, part.Protocol, part.DestinationPort)
            ? Balance(ref vip, frame, part, FlowKeys.Of(vip, flow.Hash, headers.Source(ip), part.Protocol, Seed), now)
            : Stop(Verdict.DropPortNotAllowed, frame);
    }

    private FragmentKey KeyOf(ReadOnlySpan<byte> ip, in PacketHeaders headers)
    {
        (int addresses, int size) = headers.IsIPv6 ? (8, 16) : (12, 4);
        return new FragmentKey
        {
            Src = DatapathAddress.FromBytes(ip.Slice(addresses, size)),
            Dst = DatapathAddress.FromBytes(ip.Slice(addresses + size, size)),
            Id = headers.Part.Id,
            Scope = (network << 8) | (headers.IsIPv6 ? (byte)0 : headers.Protocol),
        };
    }

    private PacketResult Balance(ref Vip vip, ReadOnlySpan<byte> frame, in PacketHeaders headers, in FlowKeys keys, uint now)
    {
        uint index = QuicServer.Find(maps, vip, frame[EthernetHeader.Size..], headers);
        if (index == 0)
        {
            index = _flows.Pick(in vip, keys, headers, now);
        }

        if (index == 0)
        {
            return Stop(Verdict.DropNoReal, frame);
        }

        if (!maps.IsAlive(index))
        {
            return Stop(Verdict.DropRealDead, frame);
        }

        PacketResult result = Forward(frame, headers, maps.Reals[index], keys.Flow);
        if (result.Verdict is Verdict.Forward or Verdict.DeliverLocal or Verdict.OwnStack && vip.Id < maps.VipStats.Length)
        {
            ref Counter counter = ref maps.VipStats[vip.Id].Protocols[VipCounter.IndexOf(headers.Protocol)];
            counter.Packets++;
            counter.Bytes += (ulong)headers.Length;
        }

        return result;
    }

    private PacketResult ProcessIcmp(ref Vip vip, ReadOnlySpan<byte> frame, in PacketHeaders headers, uint now)
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
    private PacketResult Relay(ref Vip vip, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> message, in PacketHeaders headers, uint now)
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
            ? Balance(ref vip, frame, about, FlowKeys.Of(vip, flow.Hash(Seed, network), flow.Client, flow.Protocol, Seed), now)
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

    /// <summary>A packet to a real that is alive.</summary>
    public PacketResult Forward(ReadOnlySpan<byte> frame, in PacketHeaders headers, in Real real, ulong hash)
    {
        if (real.Kind == RealKind.Stack)
        {
            // A workload's packet is at another device, and its network's addresses mean nothing to the machine.
            return network == PublicNetwork ? LeaveToStack(frame.ToArray()) : Stop(Verdict.DropRealDead, frame);
        }

        int overhead = RealTemplate.Overhead(real.Kind);
        int mtu = real.Mtu - overhead;
        if (headers.WireLength > mtu)
        {
            return RefuseTooBig(frame, headers, mtu);
        }

        if (overhead > 0)
        {
            return new PacketResult(Verdict.Forward, PacketAction.Transmit, OuterHeaders.Encapsulate(frame, headers, real, hash), 0);
        }

        byte[] packet = frame.ToArray();
        if (real.Kind == RealKind.Device)
        {
            ((ReadOnlySpan<byte>)real.Eth)[..(2 * MacAddress.Size)].CopyTo(packet);
        }

        return Deliver(Verdict.DeliverLocal, real.Kind, real.Flags, packet, real.Ifindex);
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

        if (vip.Flags.HasFlag(VipFlags.NoEcho))
        {
            return Stop(Verdict.DropEchoOff, frame);
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

    /// <summary>A packet to a device of this machine. At the uplink tc serves veths, and where the VIP is to become the NIC's address any device.</summary>
    internal static PacketResult Deliver(Verdict verdict, RealKind kind, NicFlags flags, byte[] packet, uint ifindex)
    {
        bool isPeer = kind == RealKind.Peer;
        bool translates = flags.HasFlag(NicFlags.Translates);
        return new PacketResult(verdict, isPeer || translates ? PacketAction.DeliverToPeer : PacketAction.Redirect, packet, ifindex)
        {
            Magic = !translates ? Delivery.ExpectedMagic : isPeer ? Delivery.TranslatedMagic : Delivery.TranslatedOutMagic,
        };
    }

    /// <summary>To this machine's own network stack.</summary>
    internal static PacketResult LeaveToStack(byte[] packet) => new(Verdict.OwnStack, PacketAction.Pass, packet, 0);

    internal static PacketResult Stop(Verdict verdict, ReadOnlySpan<byte> frame) =>
        new(verdict, verdict >= Verdict.DropTruncated ? PacketAction.Drop : PacketAction.Pass, frame.ToArray(), 0);
}
