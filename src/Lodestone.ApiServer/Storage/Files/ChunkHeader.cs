using System.Buffers.Binary;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>What stands before each chunk of a snapshot or backup.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Index">0 for the first: a chunk left out or doubled shows.</param>
/// <param name="Bytes">Length of the content that follows.</param>
/// <param name="ContentChecksum">Checksum of the content.</param>
internal readonly record struct ChunkHeader(ChunkKind Kind, int Index, int Bytes, uint ContentChecksum)
{
    /// <summary>Bytes of the header.</summary>
    public const int Length = 20;

    /// <summary>Writes the header.</summary>
    public void Write(Span<byte> target, uint seed)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, (int)Kind);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], Index);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], ContentChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], Checksum.Compute(target[..16], seed));
    }

    /// <summary>Reads a header; false if the bytes are none of this file.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, uint seed, out ChunkHeader header)
    {
        header = default;
        if (source.Length < Length || BinaryPrimitives.ReadUInt32LittleEndian(source[16..]) != Checksum.Compute(source[..16], seed))
        {
            return false;
        }

        header = new ChunkHeader(
            (ChunkKind)BinaryPrimitives.ReadInt32LittleEndian(source),
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]));
        return header.Bytes >= 0;
    }
}
