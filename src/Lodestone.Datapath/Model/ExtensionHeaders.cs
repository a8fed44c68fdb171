using System.Buffers.Binary;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>IPv6 extension headers (RFC 8200, 4).</summary>
internal static class ExtensionHeaders
{
    private const int MaxHeaders = 8;
    private const int MaxBytes = 256;
    private const int LeastSize = 8;
    private const int FragmentOffset = 0xfff8;
    private const int MoreFragments = 1;
    private const byte HopByHop = 0;
    private const byte Routing = 43;
    private const byte Destination = 60;

    /// <summary>Moves an offset to the transport header, whose protocol replaces <paramref name="protocol"/>.</summary>
    /// <param name="packet">What there is of the packet.</param>
    /// <param name="offset">Of the first extension header.</param>
    /// <param name="protocol">What the header in front says of it.</param>
    /// <param name="part">What a fragment header says. Behind a later fragment's, there is no more to walk.</param>
    public static Verdict Skip(ReadOnlySpan<byte> packet, ref int offset, ref byte protocol, out FragmentPart part)
    {
        part = default;
        int first = offset;
        for (int count = 0; protocol is HopByHop or Routing or Destination or PacketHeaders.Fragment; count++)
        {
            if (count == MaxHeaders)
            {
                return Verdict.DropExtensionHeader;
            }

            if (offset + LeastSize > packet.Length)
            {
                return Verdict.DropTruncated;
            }

            ReadOnlySpan<byte> header = packet[offset..];
            bool isFragment = protocol == PacketHeaders.Fragment;
            if (isFragment)
            {
                ushort word = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
                bool isLater = (word & FragmentOffset) != 0;
                part = new FragmentPart((word & MoreFragments) != 0 && !isLater, isLater, BinaryPrimitives.ReadUInt32LittleEndian(header[4..]));
                if (isLater)
                {
                    return Verdict.None;
                }
            }

            int size = isFragment ? LeastSize : LeastSize + (header[1] * 8);
            if (!IsGood(header, protocol, count) || offset + size - first > MaxBytes)
            {
                return Verdict.DropExtensionHeader;
            }

            if (offset + size > packet.Length)
            {
                return Verdict.DropTruncated;
            }

            offset += size;
            protocol = header[0];
        }

        return PacketHeaders.IsExtensionHeader(protocol) ? Verdict.DropExtensionHeader : Verdict.None;
    }

    /// <summary>Hop-by-hop options come first; a routing header has been followed to its end and is not of type 0 (RFC 5095).</summary>
    private static bool IsGood(ReadOnlySpan<byte> header, byte protocol, int before) => protocol switch
    {
        HopByHop => before == 0,
        Routing => header[2] != 0 && header[3] == 0,
        _ => true,
    };
}
