using System.Buffers.Binary;
using System.Numerics;

namespace Lodestone.ApiServer.Storage;

/// <summary>CRC-32C (Castagnoli), which processors compute in hardware.</summary>
internal static class Checksum
{
    /// <summary>The checksum of the bytes.</summary>
    /// <param name="bytes">What is summed up.</param>
    /// <param name="seed">Bytes under another seed have another sum; 0 is plain CRC-32C.</param>
    public static uint Compute(ReadOnlySpan<byte> bytes, uint seed = 0)
    {
        uint crc = ~seed;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
