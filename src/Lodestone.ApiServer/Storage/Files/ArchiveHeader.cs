using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>The beginning of a snapshot or backup.</summary>
/// <param name="Format">The format's version; the rest is as in <see cref="StoreFormat.Version"/>.</param>
/// <param name="IsBackup">A backup, which may hold commits and files too.</param>
/// <param name="StoreId">The store it was taken of.</param>
/// <param name="Version">The version of the objects.</param>
/// <param name="CreatedMs">When it was begun, in milliseconds of Unix time; 0 in a snapshot.</param>
/// <param name="Seed">Where the file's checksums start.</param>
internal readonly record struct ArchiveHeader(int Format, bool IsBackup, Guid StoreId, long Version, long CreatedMs, uint Seed)
{
    /// <summary>Bytes of the header.</summary>
    public const int Length = 56;

    private static ReadOnlySpan<byte> SnapshotMagic => "LDSSNAP\n"u8;

    private static ReadOnlySpan<byte> BackupMagic => "LDSBACK\n"u8;

    /// <summary>The header of a file that begins now.</summary>
    public static ArchiveHeader Begin(bool isBackup, Guid storeId, long version, long createdMs = 0)
    {
        Span<byte> seed = stackalloc byte[4];
        RandomNumberGenerator.Fill(seed);
        return new ArchiveHeader(StoreFormat.Version, isBackup, storeId, version, createdMs, BinaryPrimitives.ReadUInt32LittleEndian(seed) | 1);
    }

    /// <summary>Writes the header.</summary>
    public void Write(Span<byte> target)
    {
        (IsBackup ? BackupMagic : SnapshotMagic).CopyTo(target);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], Format);
        StoreId.TryWriteBytes(target[12..]);
        BinaryPrimitives.WriteInt64LittleEndian(target[28..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(target[36..], CreatedMs);
        BinaryPrimitives.WriteUInt32LittleEndian(target[44..], Seed);
        BinaryPrimitives.WriteInt32LittleEndian(target[48..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(target[52..], Checksum.Compute(target[..52]));
    }

    /// <summary>Reads a header; false if the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ArchiveHeader header)
    {
        header = default;
        if (source.Length < Length
            || !(source.StartsWith(SnapshotMagic) || source.StartsWith(BackupMagic))
            || BinaryPrimitives.ReadUInt32LittleEndian(source[52..]) != Checksum.Compute(source[..52]))
        {
            return false;
        }

        header = new ArchiveHeader(
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            source.StartsWith(BackupMagic),
            new Guid(source.Slice(12, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(source[28..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[36..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[44..]));
        return true;
    }
}
