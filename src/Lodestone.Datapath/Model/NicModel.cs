using System.Buffers.Binary;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>What a workload sends: <c>lodestone_nic</c>. This machine is its router.</summary>
internal sealed class NicModel(DatapathMaps maps)
{
    public PacketResult Process(ReadOnlySpan<byte> frame, uint ifindex)
    {
        if (frame.Length < EthernetHeader.Size)
        {
            return Result(Verdict.DropTruncated, frame);
        }

        return BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            UplinkModel.EtherTypeIPv4 => ProcessIPv4(frame, ifindex),
            UplinkModel.EtherTypeIPv6 => ProcessIPv6(frame, ifindex),
            UplinkModel.EtherTypeArp => ProcessArp(frame, ifindex),
            _ => Result(Verdict.PassNotIp, frame),
        };
    }

    private PacketResult ProcessIPv4(ReadOnlySpan<byte> frame, uint ifindex)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        return ip.Length < PacketHeaders.IPv4Size
            ? Result(Verdict.DropTruncated, frame)
            : Route(frame, ifindex, DatapathAddress.FromBytes(ip.Slice(12, 4)));
    }

    private PacketResult ProcessIPv6(ReadOnlySpan<byte> frame, uint ifindex)
    {
        ReadOnlySpan<byte> ip = frame[EthernetHeader.Size..];
        if (ip.Length < Ipv6Header.Size)
        {
            return Result(Verdict.DropTruncated, frame);
        }

        // Who asks without an address looks for duplicates of its own (RFC 4862, 5.4): an answer would take it away.
        if (NeighbourModel.IsSolicitation(frame, out DatapathAddress sender, out DatapathAddress asked)
            && sender != default
            && SourceAt(ifindex, asked) != NicSource.Own)
        {
            byte[] answer = NeighbourModel.AnswerSolicitation(frame, maps.Config.UplinkMac);
            return new PacketResult(Verdict.NdReply, PacketAction.Redirect, answer, ifindex);
        }

        DatapathAddress source = DatapathAddress.FromBytes(ip.Slice(8, 16));
        return IsLinkSignalling(ip, source) ? Result(Verdict.PassNicOwnAddress, frame) : Route(frame, ifindex, source);
    }

    private PacketResult ProcessArp(ReadOnlySpan<byte> frame, uint ifindex)
    {
        // Sender 0.0.0.0 is a probe for a duplicate (RFC 5227, 2.1).
        bool answer = NeighbourModel.IsArpRequest(frame, out DatapathAddress sender, out DatapathAddress asked)
            && sender.IPv4Word != 0
            && SourceAt(ifindex, asked) != NicSource.Own;
        return answer
            ? new PacketResult(Verdict.ArpReply, PacketAction.Redirect, NeighbourModel.AnswerArp(frame, maps.Config.UplinkMac), ifindex)
            : Result(Verdict.PassNotIp, frame);
    }

    private PacketResult Route(ReadOnlySpan<byte> frame, uint ifindex, DatapathAddress source) => SourceAt(ifindex, source) switch
    {
        NicSource.Vip => new PacketResult(
            Verdict.NicDsr, PacketAction.RedirectToNeighbour, frame.ToArray(), maps.Config.UplinkIfindex),
        NicSource.Own => Result(Verdict.PassNicOwnAddress, frame),
        _ => Result(Verdict.DropNicSpoofed, frame),
    };

    private NicSource SourceAt(uint ifindex, DatapathAddress address) => maps.NicSources.GetValueOrDefault((ifindex, address));

    /// <summary>Neighbour discovery and multicast listener reports, which carry a hop-by-hop header, never leave the link.</summary>
    private static bool IsLinkSignalling(ReadOnlySpan<byte> ip, DatapathAddress source)
    {
        bool linkLocal = ip[8] == 0xfe && (ip[9] & 0xc0) == 0x80;
        return (linkLocal || source == default) && (ip[6] is PacketHeaders.IcmpV6 or 0);
    }

    private static PacketResult Result(Verdict verdict, ReadOnlySpan<byte> frame) =>
        new(verdict, verdict >= Verdict.DropTruncated ? PacketAction.Drop : PacketAction.Pass, frame.ToArray(), 0);
}
