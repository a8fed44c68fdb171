using System.Buffers;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>A piece of a store as it was read, its checksum verified: some objects of a snapshot, one commit of a log, or a file of a backup.</summary>
/// <param name="kind">What it holds.</param>
/// <param name="file">Where it was read.</param>
/// <param name="offset">Where in that file.</param>
/// <param name="pool">Where the buffer was rented.</param>
/// <param name="buffer">Rented; goes back with <see cref="Return"/>.</param>
/// <param name="length">Bytes of the buffer that count.</param>
/// <param name="first">A commit's first version; 0 for objects.</param>
/// <param name="last">A commit's last version; for objects the snapshot's version.</param>
internal sealed class StoreBlock(ChunkKind kind, string file, long offset, ArrayPool<byte> pool, byte[] buffer, int length, long first, long last)
{
    /// <summary>Memory for the blocks of one reading. It goes with the reader: in the shared pool megabytes would stay for good.</summary>
    public static ArrayPool<byte> CreatePool() => ArrayPool<byte>.Create(maxArrayLength: 8 << 20, maxArraysPerBucket: 8);

    /// <summary>What it holds.</summary>
    public ChunkKind Kind => kind;

    /// <summary>Where it was read.</summary>
    public string File => file;

    /// <summary>Where in the file its header is.</summary>
    public long Offset => offset;

    /// <summary>A commit's first version; 0 for objects.</summary>
    public long First => first;

    /// <summary>A commit's last version; for objects the snapshot's version.</summary>
    public long Last => last;

    /// <summary>What it holds; valid until <see cref="Return"/>.</summary>
    public ReadOnlySpan<byte> Content => buffer.AsSpan(0, length);

    /// <summary>Decodes its entries, and checks that their versions are what the block says.</summary>
    /// <exception cref="StoreCorruptException">They are not.</exception>
    public LogEntry[] Decode()
    {
        var entries = new List<LogEntry>(kind == ChunkKind.Objects ? 256 : 16);
        try
        {
            LogCodec.ReadAll(Content, entries.Add);
        }
        catch (FormatException exception)
        {
            throw new StoreCorruptException(file, offset, exception.Message, exception);
        }

        long expected = first;
        foreach (LogEntry entry in entries)
        {
            bool isRight = kind == ChunkKind.Objects
                ? entry.ResourceVersion <= last && entry.Object is not null
                : entry.ResourceVersion == expected++;
            if (!isRight)
            {
                throw new StoreCorruptException(file, offset, $"version {entry.ResourceVersion} of {entry.Resource} '{entry.Key}' does not belong there");
            }
        }

        if (kind == ChunkKind.Commit && expected != last + 1)
        {
            throw new StoreCorruptException(file, offset, $"the commit ends at version {expected - 1} instead of {last}");
        }

        return [.. entries];
    }

    /// <summary>Gives the memory back.</summary>
    public void Return() => pool.Return(buffer);
}
