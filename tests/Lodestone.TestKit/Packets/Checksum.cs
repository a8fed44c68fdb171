using System.Buffers.Binary;
using System.Net;

namespace Lodestone.TestKit.Packets;

/// <summary>The Internet checksum (RFC 1071), written for clarity.</summary>
internal static class Checksum
{
    internal static ushort Of(params ReadOnlySpan<byte[]> parts)
    {
        uint sum = 0;
        foreach (byte[] part in parts)
        {
            for (int i = 0; i < part.Length; i += 2)
            {
                sum += (uint)(part[i] << 8) + (i + 1 < part.Length ? part[i + 1] : 0u);
            }
        }

        while (sum > 0xffff)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    /// <summary>The pseudo-header of either family (RFC 9293, 3.1; RFC 8200, 8.1).</summary>
    internal static byte[] PseudoHeader(IPAddress source, IPAddress destination, byte protocol, int length)
    {
        byte[] tail = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(tail, length);
        tail[7] = protocol;
        return [.. source.GetAddressBytes(), .. destination.GetAddressBytes(), .. tail];
    }

    /// <summary>CRC32c of an SCTP packet whose checksum field is zero (RFC 9260, 6.8), as it stands on the wire.</summary>
    internal static uint Sctp(ReadOnlySpan<byte> packet)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in packet)
        {
            crc = System.Numerics.BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
