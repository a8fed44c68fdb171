using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>The first block of a log file. A file prepared for later has zeros there.</summary>
/// <param name="Format">The format's version; the rest is as in <see cref="StoreFormat.Version"/>.</param>
/// <param name="StoreId">The store it belongs to.</param>
/// <param name="Sequence">The number in its name.</param>
/// <param name="BaseVersion">The version of the last commit before this file.</param>
/// <param name="Seed">Where the file's checksums start.</param>
internal readonly record struct SegmentHeader(int Format, Guid StoreId, long Sequence, long BaseVersion, uint Seed)
{
    /// <summary>Bytes that are used of the block.</summary>
    public const int Length = 52;

    private static ReadOnlySpan<byte> Magic => "LDSLOG\r\n"u8;

    /// <summary>The header of a file that begins now.</summary>
    public static SegmentHeader Begin(Guid storeId, long sequence, long baseVersion)
    {
        Span<byte> seed = stackalloc byte[4];
        RandomNumberGenerator.Fill(seed);
        return new SegmentHeader(StoreFormat.Version, storeId, sequence, baseVersion, BinaryPrimitives.ReadUInt32LittleEndian(seed) | 1);
    }

    /// <summary>Writes the header.</summary>
    /// <param name="block">At least <see cref="Length"/> bytes.</param>
    public void Write(Span<byte> block)
    {
        Magic.CopyTo(block);
        BinaryPrimitives.WriteInt32LittleEndian(block[8..], Format);
        StoreId.TryWriteBytes(block[12..]);
        BinaryPrimitives.WriteInt64LittleEndian(block[28..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(block[36..], BaseVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(block[44..], Seed);
        BinaryPrimitives.WriteUInt32LittleEndian(block[48..], Checksum.Compute(block[..48]));
    }

    /// <summary>Reads a header; false if the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, out SegmentHeader header)
    {
        header = default;
        if (block.Length < Length || !block.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(block[48..]) != Checksum.Compute(block[..48]))
        {
            return false;
        }

        header = new SegmentHeader(
            BinaryPrimitives.ReadInt32LittleEndian(block[8..]),
            new Guid(block.Slice(12, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(block[28..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[36..]),
            BinaryPrimitives.ReadUInt32LittleEndian(block[44..]));
        return true;
    }
}
