using System.Buffers.Binary;

namespace Lodestone.Datapath.Model;

/// <summary>The Internet checksum (RFC 1071), in numbers of network byte order.</summary>
internal static class InternetChecksum
{
    /// <summary>The sum of the 16-bit words of a block of even length.</summary>
    public static uint Sum(ReadOnlySpan<byte> block)
    {
        uint sum = 0;
        for (int i = 0; i < block.Length; i += sizeof(ushort))
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(block[i..]);
        }

        return sum;
    }

    /// <summary>The checksum of a sum.</summary>
    public static ushort Fold(uint sum)
    {
        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    /// <summary>What the sum changes by when a block of even length becomes another of that length; never 0.</summary>
    public static uint Difference(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        uint sum = Sum(to);
        for (int i = 0; i < from.Length; i += sizeof(ushort))
        {
            sum += (ushort)~BinaryPrimitives.ReadUInt16BigEndian(from[i..]);
        }

        return sum;
    }

    /// <summary>The checksum after the sum has changed (RFC 1624, equation 3).</summary>
    public static ushort Change(ushort checksum, uint change) => Fold((ushort)~checksum + change);

    /// <summary>The checksum after one word under it has changed (RFC 1624, equation 3).</summary>
    public static ushort Replace(ushort checksum, ushort from, ushort to) => Fold((uint)(ushort)~checksum + (ushort)~from + to);
}
