using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Datapath.Events;

/// <summary>Reads the headers of the packets that events are about.</summary>
public static class EventDecoder
{
    private const int GuePort = 6080;
    private const int GenevePort = 6081;
    private const int UdpSize = 8;
    private const int GeneveSize = 8;
    private const int LaterFragment = 0x1fff;

    /// <summary>Reads one; what the packet does not have is null.</summary>
    public static PacketEvent Decode(in EventRecord record)
    {
        ReadOnlySpan<ulong> words = record.Head;
        ReadOnlySpan<byte> head = MemoryMarshal.AsBytes(words[..(int)Math.Min(record.Words, EventHead.Words)]);
        var read = new PacketEvent
        {
            TimeNs = record.TimeNs,
            Kind = record.Kind,
            Verdict = (Verdict)record.Verdict,
            Ifindex = record.Ifindex,
            Bytes = record.Bytes,
            Vip = record.Vip == EventRecord.NoVip ? null : record.Vip,
            Real = record.Picked & RingSlot.RealMask,
            Path = (EventPath)(record.Picked >> EventRecord.PathShift),
        };

        // What is sent to another machine has its outer headers in front.
        return ReadPacket(read, read.Verdict == Verdict.Forward ? Inner(head) : head);
    }

    private static ReadOnlySpan<byte> Inner(ReadOnlySpan<byte> head)
    {
        if (head.Length < Ipv6Header.Size)
        {
            return default;
        }

        bool isIPv6 = head[0] >> 4 == 6;
        int size = isIPv6 ? Ipv6Header.Size : PacketHeaders.IPv4Size;
        if ((isIPv6 ? head[6] : head[9]) != PacketHeaders.Udp || head.Length < size + UdpSize + GeneveSize)
        {
            return head[size..];
        }

        size += BinaryPrimitives.ReadUInt16BigEndian(head[(size + 2)..]) switch
        {
            GuePort => UdpSize,
            GenevePort => UdpSize + GeneveSize,
            _ => 0,
        };
        return head[size..];
    }

    private static PacketEvent ReadPacket(in PacketEvent read, ReadOnlySpan<byte> ip)
    {
        if (ip.Length >= PacketHeaders.IPv4Size && ip[0] >> 4 == 4)
        {
            bool isLater = (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & LaterFragment) != 0;
            return read with
            {
                Source = DatapathAddress.FromBytes(ip.Slice(12, 4)),
                Destination = DatapathAddress.FromBytes(ip.Slice(16, 4)),
                Protocol = ip[9],
                Ports = isLater ? null : PortsAt(ip, (ip[0] & 0xf) * 4, ip[9]),
            };
        }

        if (ip.Length < Ipv6Header.Size || ip[0] >> 4 != 6)
        {
            return read;
        }

        int offset = Ipv6Header.Size;
        byte protocol = ip[6];
        Verdict walked = ExtensionHeaders.Skip(ip, ref offset, ref protocol, out FragmentPart part);
        return read with
        {
            Source = DatapathAddress.FromBytes(ip.Slice(8, 16)),
            Destination = DatapathAddress.FromBytes(ip.Slice(24, 16)),
            Protocol = protocol,
            Ports = walked != Verdict.None || part.IsLater ? null : PortsAt(ip, offset, protocol),
        };
    }

    private static uint? PortsAt(ReadOnlySpan<byte> ip, int offset, byte protocol) =>
        protocol is PacketHeaders.Tcp or PacketHeaders.Udp or PacketHeaders.Sctp && offset >= PacketHeaders.IPv4Size && offset + 4 <= ip.Length
            ? BinaryPrimitives.ReadUInt32LittleEndian(ip[offset..])
            : null;
}
