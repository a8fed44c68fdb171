using System.Buffers.Binary;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>How far the log was acknowledged: written after a commit is on disk, and not synced itself.</summary>
/// <remarks>
/// <para>A log alone cannot tell a commit that a power cut tore from one that was acknowledged and rotted since. The mark
/// can: it never runs ahead of the disk, so a log that ends before it has lost something. After a crash of the process it
/// is exact, after a power cut it may be some seconds old, and then only says less.</para>
/// <para>Two blocks are written in turns, so a torn write leaves the other.</para>
/// </remarks>
/// <param name="Format">The format's version.</param>
/// <param name="StoreId">The store's identity.</param>
/// <param name="Counter">Grows with each write; the higher one counts.</param>
/// <param name="Sequence">The log file of the last commit.</param>
/// <param name="Offset">Where that commit ends in the file.</param>
/// <param name="Version">The version of the last write.</param>
internal readonly record struct TailMark(int Format, Guid StoreId, long Counter, long Sequence, long Offset, long Version)
{
    /// <summary>Length of the file.</summary>
    public const int FileLength = 2 * StoreFormat.Block;

    /// <summary>Bytes that are used of a block.</summary>
    public const int Length = 64;

    private static ReadOnlySpan<byte> Magic => "LDSTAIL\n"u8;

    /// <summary>Where this mark goes in the file.</summary>
    public long Position => Counter % 2 * StoreFormat.Block;

    /// <summary>Writes the mark.</summary>
    public void Write(Span<byte> target)
    {
        Magic.CopyTo(target);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], Format);
        StoreId.TryWriteBytes(target[12..]);
        BinaryPrimitives.WriteInt64LittleEndian(target[28..], Counter);
        BinaryPrimitives.WriteInt64LittleEndian(target[36..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[44..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(target[52..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], Checksum.Compute(target[..60]));
    }

    /// <summary>Reads the file of the mark.</summary>
    /// <exception cref="StoreCorruptException">It is missing or holds no mark.</exception>
    /// <exception cref="StoreException">A newer version wrote it.</exception>
    public static TailMark Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new StoreCorruptException(path, offset: null, "it is missing, so it cannot be told whether the last commits are all there");
        }

        byte[] bytes = File.ReadAllBytes(path);
        TailMark? found = null;
        for (int position = 0; position + Length <= bytes.Length; position += StoreFormat.Block)
        {
            if (TryRead(bytes.AsSpan(position, Length), out TailMark mark) && mark.Counter > (found?.Counter ?? -1))
            {
                found = mark;
            }
        }

        if (found is not { } last)
        {
            throw new StoreCorruptException(path, 0, $"its {bytes.Length} bytes hold no mark of the last commit");
        }

        return last.Format <= StoreFormat.Version ? last : throw StoreException.NewerFormat(path, last.Format);
    }

    private static bool TryRead(ReadOnlySpan<byte> source, out TailMark mark)
    {
        mark = default;
        if (!source.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) != Checksum.Compute(source[..60]))
        {
            return false;
        }

        mark = new TailMark(
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            new Guid(source.Slice(12, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(source[28..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[36..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[44..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[52..]));
        return true;
    }
}
