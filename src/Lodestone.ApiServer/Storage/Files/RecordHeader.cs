using System.Buffers.Binary;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>What stands before the entries of one commit. A commit starts at a block's beginning and is padded to its end.</summary>
/// <param name="First">The version of its first write.</param>
/// <param name="Last">The version of its last write.</param>
/// <param name="Bytes">Length of the entries that follow.</param>
/// <param name="EntriesChecksum">Checksum of the entries.</param>
internal readonly record struct RecordHeader(long First, long Last, int Bytes, uint EntriesChecksum)
{
    /// <summary>Bytes of the header.</summary>
    public const int Length = 32;

    private const uint Magic = 0x0143_5244; // "DRC\x01"

    /// <summary>Bytes on disk, padding included.</summary>
    public long Size => StoreFormat.Blocks(Length + (long)Bytes);

    /// <summary>Writes the header.</summary>
    public void Write(Span<byte> target, uint seed)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(target[4..], First);
        BinaryPrimitives.WriteInt64LittleEndian(target[12..], Last);
        BinaryPrimitives.WriteInt32LittleEndian(target[20..], Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[24..], EntriesChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(target[28..], Checksum.Compute(target[..28], seed));
    }

    /// <summary>Reads a header; false if the bytes are none of this file.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, uint seed, out RecordHeader header)
    {
        header = default;
        if (source.Length < Length
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[28..]) != Checksum.Compute(source[..28], seed))
        {
            return false;
        }

        header = new RecordHeader(
            BinaryPrimitives.ReadInt64LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[24..]));
        return header.Bytes >= 0 && header.First <= header.Last;
    }
}
