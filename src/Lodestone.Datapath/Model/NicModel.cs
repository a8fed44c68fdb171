using System.Buffers.Binary;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>What a workload sends: <c>lodestone_nic</c>. This machine is its router, and it speaks for its own addresses only.</summary>
internal sealed class NicModel(DatapathMaps maps)
{
    private const byte HopByHop = 0;

    private readonly UplinkModel _routes = new(maps);
    private readonly TranslationModel _translation = new(maps);

    /// <summary>An answer to what came by a VIP is from that VIP before anything else is made of it.</summary>
    public PacketResult Process(ReadOnlySpan<byte> frame, uint ifindex, uint now, int segmentBytes)
    {
        if (!maps.Config.Flags.HasFlag(ConfigFlags.Translates))
        {
            return ProcessUntranslated(frame, ifindex, now, segmentBytes);
        }

        byte[] sent = frame.ToArray();
        _translation.Back(sent, ifindex, now);
        PacketResult result = ProcessUntranslated(sent, ifindex, now, segmentBytes);
        if (result.Verdict == Verdict.TooBigReply)
        {
            _translation.In(result.Packet, ifindex, now);
        }

        return result;
    }

    private PacketResult ProcessUntranslated(ReadOnlySpan<byte> frame, uint ifindex, uint now, int segmentBytes)
    {
        if (frame.Length < EthernetHeader.Size)
        {
            return Result(Verdict.DropTruncated, frame);
        }

        return BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            UplinkModel.EtherTypeIPv4 => ProcessIPv4(frame, ifindex, now, segmentBytes),
            UplinkModel.EtherTypeIPv6 => ProcessIPv6(frame, ifindex, now, segmentBytes),
            UplinkModel.EtherTypeArp => ProcessArp(frame, ifindex),
            // The kernel takes a first tag off before the program runs, and the program drops for it; this is what a second one comes to.
            ushort other => Result(VlanTags.IsTag(other) ? Verdict.DropNicTagged : Verdict.PassNotIp, frame),
        };
    }

    private PacketResult ProcessIPv4(ReadOnlySpan<byte> frame, uint ifindex, uint now, int segmentBytes)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        if (ip.Length < PacketHeaders.IPv4Size)
        {
            return Result(Verdict.DropTruncated, frame);
        }

        if (!TryFind(ifindex, DatapathAddress.FromBytes(ip.Slice(12, 4)), out NicSource source))
        {
            return Result(Verdict.DropNicSpoofed, frame);
        }

        return IsOtherMac(source, frame[MacAddress.Size..])
            ? Result(Verdict.DropNicMacSpoofed, frame)
            : Send(frame, ifindex, source, DatapathAddress.FromBytes(ip.Slice(16, 4)), isIPv6: false, now, segmentBytes);
    }

    private PacketResult ProcessIPv6(ReadOnlySpan<byte> frame, uint ifindex, uint now, int segmentBytes)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        if (ip.Length < Ipv6Header.Size)
        {
            return Result(Verdict.DropTruncated, frame);
        }

        if (HidesDiscovery(ip))
        {
            return Result(Verdict.DropNicNdSpoofed, frame);
        }

        DatapathAddress address = DatapathAddress.FromBytes(ip.Slice(8, 16));
        bool isOfLink = IsLinkLocal(ip[8..]) || address == default;
        byte discovery = ip[6] == PacketHeaders.IcmpV6 ? NeighbourModel.DiscoveryType(ip[Ipv6Header.Size..]) : (byte)0;
        bool isKnown = TryFind(ifindex, isOfLink ? default : address, out NicSource source);
        if (!isKnown && !isOfLink)
        {
            return Result(discovery != 0 ? Verdict.DropNicNdSpoofed : Verdict.DropNicSpoofed, frame);
        }

        if (isKnown && IsOtherMac(source, frame[MacAddress.Size..]))
        {
            return Result(Verdict.DropNicMacSpoofed, frame);
        }

        if (discovery != 0)
        {
            return ProcessDiscovery(frame, ifindex, discovery);
        }

        // What else is of the link stays there: multicast listener reports carry a hop-by-hop header.
        if (isOfLink)
        {
            return Result(ip[6] is PacketHeaders.IcmpV6 or HopByHop ? Verdict.PassNicOwnAddress : Verdict.DropNicSpoofed, frame);
        }

        return Send(frame, ifindex, source, DatapathAddress.FromBytes(ip.Slice(24, 16)), isIPv6: true, now, segmentBytes);
    }

    private PacketResult ProcessArp(ReadOnlySpan<byte> frame, uint ifindex)
    {
        if (!NeighbourModel.IsArp(frame, out DatapathAddress sender, out MacAddress mac))
        {
            return Result(Verdict.PassNotIp, frame);
        }

        // Sender 0.0.0.0 is a probe for a duplicate (RFC 5227, 2.1): an answer would take the address away.
        bool isProbe = sender.IPv4Word == 0;
        bool isKnown = TryFind(ifindex, isProbe ? default : sender, out NicSource source);
        if (!isKnown && !isProbe)
        {
            return Result(Verdict.DropNicArpSpoofed, frame);
        }

        if (isKnown && (IsOtherMac(source, frame[MacAddress.Size..]) || IsOtherMac(source, mac)))
        {
            return Result(Verdict.DropNicMacSpoofed, frame);
        }

        return !isProbe && NeighbourModel.IsArpRequest(frame, out _, out DatapathAddress asked) && !IsOwn(ifindex, asked)
            ? new PacketResult(Verdict.ArpReply, PacketAction.Redirect, NeighbourModel.AnswerArp(frame, maps.Config.UplinkMac), ifindex)
            : Result(Verdict.PassNotIp, frame);
    }

    /// <summary>Neighbour discovery never leaves the link. A workload is no router, and advertises no address of others.</summary>
    private PacketResult ProcessDiscovery(ReadOnlySpan<byte> frame, uint ifindex, byte type)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        switch (type)
        {
            case NeighbourModel.RouterSolicitation:
                return Result(Verdict.PassNicOwnAddress, frame);
            case NeighbourModel.Solicitation:
                // Who asks without an address looks for duplicates of its own (RFC 4862, 5.4): an answer would take it away.
                return NeighbourModel.IsSolicitation(frame, out DatapathAddress sender, out DatapathAddress asked) && sender != default && !IsOwn(ifindex, asked)
                    ? new PacketResult(Verdict.NdReply, PacketAction.Redirect, NeighbourModel.AnswerSolicitation(frame, maps.Config.UplinkMac), ifindex)
                    : Result(Verdict.PassNicOwnAddress, frame);
            case NeighbourModel.Advertisement:
                ReadOnlySpan<byte> message = ip[Ipv6Header.Size..];
                bool isGood = NeighbourModel.IsAdvertisement(message, out DatapathAddress target)
                    && (IsLinkLocal(message[8..]) || TryFind(ifindex, target, out _));
                return Result(isGood ? Verdict.PassNicOwnAddress : Verdict.DropNicNdSpoofed, frame);
            default:
                return Result(Verdict.DropNicNdSpoofed, frame);
        }
    }

    /// <summary>A packet from an address that is the NIC's.</summary>
    private PacketResult Send(
        ReadOnlySpan<byte> frame, uint ifindex, NicSource source, DatapathAddress destination, bool isIPv6, uint now, int segmentBytes)
    {
        if (destination == (isIPv6 ? ProbeAddresses.IPv6 : ProbeAddresses.IPv4))
        {
            return AnswerProber(frame);
        }

        if (source.Kind == NicSourceKind.Vip)
        {
            return new PacketResult(Verdict.NicDsr, PacketAction.RedirectToNeighbour, frame.ToArray(), maps.Config.UplinkIfindex);
        }

        if (source.Kind == NicSourceKind.Own && source.Network != 0 && maps.FindVip(destination, source.Network) is >= 0 and int vip)
        {
            var balancer = new UplinkModel(maps, source.Network);
            return FromHere(balancer.ProcessVip(ref maps.Vips[vip], frame, isIPv6, now, segmentBytes), ifindex, now);
        }

        if (source.Network != 0 && maps.Routes.TryGetValue(new RouteKey(source.Network, destination), out Real real))
        {
            return FromHere(Follow(frame, isIPv6, real, segmentBytes), ifindex, now);
        }

        return Result(
            source.Kind == NicSourceKind.Internal ? Verdict.DropNicNoRoute
            : maps.Routes.ContainsKey(new RouteKey(RouteKey.AnyNetwork, destination)) ? Verdict.DropNicForeign
            : Verdict.PassNicOwnAddress,
            frame);
    }

    /// <summary>An answer to a health check, to the device it was asked from.</summary>
    private PacketResult AnswerProber(ReadOnlySpan<byte> frame)
    {
        if (!maps.Routes.TryGetValue(new RouteKey(RouteKey.ProberNetwork, default), out Real prober))
        {
            return Result(Verdict.DropNicNoRoute, frame);
        }

        byte[] answer = frame.ToArray();
        ((ReadOnlySpan<byte>)prober.Eth)[..MacAddress.Size].CopyTo(answer);
        return new PacketResult(Verdict.ProbeReply, PacketAction.Redirect, answer, prober.Ifindex);
    }

    /// <summary>A packet to another NIC, whatever it is.</summary>
    private PacketResult Follow(ReadOnlySpan<byte> frame, bool isIPv6, in Real real, int segmentBytes)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        Verdict verdict = PacketHeaders.ReadRouted(ip, isIPv6, out PacketHeaders headers);
        if (verdict != Verdict.None)
        {
            return Result(verdict, frame);
        }

        if (real.Kind is RealKind.None or RealKind.Stack)
        {
            return Result(Verdict.DropRealDead, frame);
        }

        headers = headers with { SegmentBytes = segmentBytes };
        ulong hash = headers.Hash(ip, new FlowSeed(maps.Config.HashSeed0, maps.Config.HashSeed1), UplinkModel.PublicNetwork);
        PacketResult sent = _routes.Forward(frame, headers, real, hash);
        return sent with
        {
            Verdict = sent.Verdict switch
            {
                Verdict.Forward => Verdict.RouteForward,
                Verdict.DeliverLocal => Verdict.RouteLocal,
                _ => sent.Verdict,
            },
        };
    }

    /// <summary>What leaves the machine goes out of the uplink, answers go back to the workload.</summary>
    private PacketResult FromHere(PacketResult result, uint ifindex, uint now)
    {
        if (result.Verdict is Verdict.DeliverLocal or Verdict.RouteLocal && result.Magic != Delivery.ExpectedMagic)
        {
            _translation.In(result.Packet, result.Ifindex, now);
        }

        return result.Action != PacketAction.Transmit
            ? result
            : result with
            {
                Action = PacketAction.Redirect,
                Ifindex = result.Verdict is Verdict.Forward or Verdict.RouteForward ? maps.Config.UplinkIfindex : ifindex,
            };
    }

    private bool TryFind(uint ifindex, DatapathAddress address, out NicSource source) => maps.NicSources.TryGetValue((ifindex, address), out source);

    private bool IsOwn(uint ifindex, DatapathAddress address) => TryFind(ifindex, address, out NicSource source) && source.Kind == NicSourceKind.Own;

    private static bool IsOtherMac(NicSource source, ReadOnlySpan<byte> mac) =>
        source.Mac != default && source.Mac != MacAddress.FromBytes(mac);

    private static bool IsLinkLocal(ReadOnlySpan<byte> address) => address[0] == 0xfe && (address[1] & 0xc0) == 0x80;

    /// <summary>Whether neighbour discovery stands behind extension headers. In fragments hosts don't take it (RFC 6980).</summary>
    private static bool HidesDiscovery(ReadOnlySpan<byte> ip)
    {
        int offset = Ipv6Header.Size;
        byte protocol = ip[6];
        int end = Math.Min(ip.Length, Ipv6Header.Size + BinaryPrimitives.ReadUInt16BigEndian(ip[4..]));
        return protocol != PacketHeaders.IcmpV6
            && ExtensionHeaders.Skip(ip[..end], ref offset, ref protocol, out FragmentPart part) == Verdict.None
            && !part.IsLater
            && protocol == PacketHeaders.IcmpV6
            && NeighbourModel.DiscoveryType(ip[Math.Min(offset, ip.Length)..]) != 0;
    }

    private static PacketResult Result(Verdict verdict, ReadOnlySpan<byte> frame) =>
        new(verdict, verdict >= Verdict.DropTruncated ? PacketAction.Drop : PacketAction.Pass, frame.ToArray(), 0);
}
