using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>Reads a snapshot or backup and verifies all of it: every checksum, the order of chunks, the count at the end.</summary>
internal sealed class ArchiveReader : IDisposable
{
    private const int LargestChunk = 1 << 30;
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly ArrayPool<byte> _pool;

    /// <summary>Opens a file and reads its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pool">Where the memory of blocks comes from; one of its own when null.</param>
    /// <exception cref="StoreCorruptException">It is no snapshot or backup.</exception>
    /// <exception cref="StoreException">A newer version wrote it.</exception>
    public ArchiveReader(string path, ArrayPool<byte>? pool = null)
    {
        _path = path;
        _pool = pool ?? StoreBlock.CreatePool();
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        try
        {
            Span<byte> bytes = stackalloc byte[ArchiveHeader.Length];
            if (!ReadFully(_file, bytes, 0) || !ArchiveHeader.TryRead(bytes, out ArchiveHeader header))
            {
                throw new StoreCorruptException(path, 0, "it does not begin as a snapshot or backup of Lodestone does");
            }

            Header = header.Format <= StoreFormat.Version ? header : throw StoreException.NewerFormat(path, header.Format);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The file's header.</summary>
    public ArchiveHeader Header { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length => RandomAccess.GetLength(_file);

    /// <summary>The version that everything adds up to; known after <see cref="Blocks"/> came to its end.</summary>
    public long Version { get; private set; }

    /// <summary>Reads what the file holds, in order.</summary>
    /// <exception cref="StoreCorruptException">Something is not as it was written.</exception>
    public IEnumerable<StoreBlock> Blocks()
    {
        long offset = ArchiveHeader.Length, version = Header.Version;
        for (int index = 0; ; index++)
        {
            ChunkHeader chunk = ReadHeader(offset, index);
            byte[] buffer = _pool.Rent(chunk.Bytes);
            if (!ReadFully(_file, buffer.AsSpan(0, chunk.Bytes), offset + ChunkHeader.Length))
            {
                throw new StoreCorruptException(_path, offset, $"the file ends within chunk {index}");
            }

            if (Checksum.Compute(buffer.AsSpan(0, chunk.Bytes), Header.Seed) != chunk.ContentChecksum)
            {
                throw new StoreCorruptException(_path, offset, $"the checksum of chunk {index} does not match its {chunk.Bytes} bytes");
            }

            if (chunk.Kind == ChunkKind.End)
            {
                ReadEnd(buffer.AsSpan(0, chunk.Bytes), offset, index, version);
                _pool.Return(buffer);
                yield break;
            }

            long first = 0, last = Header.Version;
            if (chunk.Kind == ChunkKind.Commit)
            {
                (first, last) = CommitVersions(buffer.AsSpan(0, chunk.Bytes), offset);
                if (first != version + 1)
                {
                    throw new StoreCorruptException(_path, offset, $"version {first} follows {version}: writes between them are missing");
                }

                version = last;
            }

            yield return new StoreBlock(chunk.Kind, _path, offset, _pool, buffer, chunk.Bytes, first, last);
            offset += ChunkHeader.Length + chunk.Bytes;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Fills a buffer from a place in a file; false if the file ends before.</summary>
    public static bool ReadFully(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        while (buffer.Length > 0)
        {
            int read = RandomAccess.Read(file, buffer, offset);
            if (read == 0)
            {
                return false;
            }

            buffer = buffer[read..];
            offset += read;
        }

        return true;
    }

    private ChunkHeader ReadHeader(long offset, int index)
    {
        Span<byte> bytes = stackalloc byte[ChunkHeader.Length];
        if (!ReadFully(_file, bytes, offset))
        {
            throw new StoreCorruptException(_path, offset, $"the file ends after {index} chunks, before its end mark");
        }

        return ChunkHeader.TryRead(bytes, Header.Seed, out ChunkHeader chunk) && chunk.Index == index && chunk.Bytes <= LargestChunk && Enum.IsDefined(chunk.Kind)
            ? chunk
            : throw new StoreCorruptException(_path, offset, $"where chunk {index} belongs there is no chunk's beginning");
    }

    private (long First, long Last) CommitVersions(ReadOnlySpan<byte> content, long offset)
    {
        try
        {
            return LogCodec.Versions(content);
        }
        catch (FormatException exception)
        {
            throw new StoreCorruptException(_path, offset, exception.Message, exception);
        }
    }

    private void ReadEnd(ReadOnlySpan<byte> content, long offset, int index, long version)
    {
        bool isRight = content.Length == 16
            && BinaryPrimitives.ReadInt64LittleEndian(content) == index
            && BinaryPrimitives.ReadInt64LittleEndian(content[8..]) == version;
        if (!isRight)
        {
            throw new StoreCorruptException(_path, offset, $"the end mark does not fit the {index} chunks before it, which end at version {version}");
        }

        long end = offset + ChunkHeader.Length + content.Length;
        if (Length != end)
        {
            throw new StoreCorruptException(_path, end, $"{Length - end} bytes follow the end mark");
        }

        Version = version;
    }
}
