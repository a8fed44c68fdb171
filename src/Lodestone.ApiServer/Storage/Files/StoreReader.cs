using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>Reads the files of a store and verifies them. Changes nothing, so it can read the files of a running server too.</summary>
/// <remarks>
/// <para>What ends a log is decided here. A commit that is not whole at the very end, after everything that was
/// acknowledged, was cut off by a crash: nobody was told of it, and it is left out. It is damage if the mark of the tail
/// says that the log went further, or if a whole commit follows, since a commit is only begun when the one before is on
/// the disk.</para>
/// </remarks>
internal sealed class StoreReader
{
    private readonly string _directory;
    private readonly StoreContents _contents;
    private readonly ArrayPool<byte> _pool = StoreBlock.CreatePool();

    /// <summary>Opens a store's directory.</summary>
    /// <exception cref="StoreCorruptException">Its mark is missing or damaged.</exception>
    /// <exception cref="StoreException">A newer version wrote it.</exception>
    public StoreReader(string storeDirectory)
    {
        _directory = storeDirectory;
        // First the mark, then the log: commits made meanwhile only make the log longer.
        var tail = TailMark.Load(Path.Combine(storeDirectory, StoreFormat.TailName));
        _contents = new StoreContents { StoreId = tail.StoreId, Tail = tail };
    }

    /// <summary>What was found; complete once <see cref="Blocks"/> came to its end.</summary>
    public StoreContents Contents => _contents;

    /// <summary>Reads the objects of the snapshot, then the commits after it in order.</summary>
    /// <exception cref="StoreCorruptException">Something is not as it was written.</exception>
    /// <exception cref="StoreException">A newer version wrote it.</exception>
    public IEnumerable<StoreBlock> Blocks()
    {
        SortedDictionary<long, string> snapshots = StoreFormat.Snapshots(_directory);
        OpenSegments();
        if (snapshots.Count > 0)
        {
            (long version, string path) = snapshots.Last();
            using var snapshot = new ArchiveReader(path, _pool);
            if (snapshot.Header.IsBackup || snapshot.Header.Version != version)
            {
                throw new StoreCorruptException(path, 0, $"it is not the snapshot of version {version} that its name says");
            }

            CheckStore(path, snapshot.Header.StoreId);
            foreach (StoreBlock block in snapshot.Blocks())
            {
                yield return block;
            }

            _contents.SnapshotVersion = version;
            _contents.SnapshotBytes = snapshot.Length;
        }

        _contents.Version = _contents.SnapshotVersion;
        for (int i = 0; i < _contents.Segments.Count; i++)
        {
            foreach (StoreBlock block in Segment(i))
            {
                yield return block;
            }
        }

        if (_contents.Tail.Version > _contents.Version)
        {
            string path = _contents.Segments.Count > 0 ? _contents.Segments[^1].Path : Path.Combine(_directory, StoreFormat.LogName(_contents.Tail.Sequence));
            throw _contents.Segments.Count > 0 && _contents.Segments[^1].Sequence == _contents.Tail.Sequence
                ? Lost(path)
                : new StoreCorruptException(
                    Path.Combine(_directory, StoreFormat.LogName(_contents.Tail.Sequence)),
                    offset: null,
                    $"it is missing or empty, and writes {_contents.Version + 1} to {_contents.Tail.Version} were acknowledged in it");
        }
    }

    /// <summary>Looks for damage in one log file by itself: the first commit that is not whole while a later one is.</summary>
    /// <returns>The damage; null if there is none that the file alone shows.</returns>
    public static StoreCorruptException? DamageWithin(string path)
    {
        using SafeFileHandle file = Open(path);
        var block = new byte[StoreFormat.Block];
        int read = RandomAccess.Read(file, block, 0);
        if (!SegmentHeader.TryRead(block.AsSpan(0, read), out SegmentHeader header))
        {
            return block.AsSpan(0, read).ContainsAnyExcept((byte)0) ? new StoreCorruptException(path, 0, "it does not begin as a log file does") : null;
        }

        ArrayPool<byte> pool = StoreBlock.CreatePool();
        long offset = StoreFormat.Block, last = header.BaseVersion;
        while (TryReadCommit(pool, file, header, offset, out RecordHeader record, out byte[] buffer))
        {
            pool.Return(buffer);
            offset += record.Size;
            last = record.Last;
        }

        return HasLaterCommit(file, header, offset, last, out _)
            ? new StoreCorruptException(path, offset, $"no whole commit begins there, and a later one does behind it; it is whole up to version {last}")
            : null;
    }

    private StoreCorruptException Lost(string path) => new(
        path,
        _contents.EndOffset,
        $"no whole commit begins there, and writes up to version {_contents.Tail.Version} were acknowledged; it is whole up to version {_contents.Version}");

    private void OpenSegments()
    {
        foreach ((long sequence, string path) in StoreFormat.LogFiles(_directory))
        {
            var block = new byte[StoreFormat.Block];
            using (SafeFileHandle file = Open(path))
            {
                int read = RandomAccess.Read(file, block, 0);
                if (SegmentHeader.TryRead(block.AsSpan(0, read), out SegmentHeader header))
                {
                    Begun(sequence, path, header);
                    continue;
                }

                if (block.AsSpan(0, read).ContainsAnyExcept((byte)0) || sequence <= _contents.Tail.Sequence)
                {
                    throw new StoreCorruptException(path, 0, read == 0 ? "it is empty" : "it does not begin as a log file does");
                }
            }

            _contents.Prepared.Add((sequence, path));
        }
    }

    private void Begun(long sequence, string path, SegmentHeader header)
    {
        if (header.Format > StoreFormat.Version)
        {
            throw StoreException.NewerFormat(path, header.Format);
        }

        CheckStore(path, header.StoreId);
        if (header.Sequence != sequence || _contents.Prepared.Count > 0)
        {
            throw new StoreCorruptException(path, 0, $"it is log file {header.Sequence} and does not belong in this place");
        }

        _contents.Segments.Add((sequence, path, header));
    }

    private void CheckStore(string path, Guid storeId)
    {
        if (storeId != _contents.StoreId)
        {
            throw new StoreCorruptException(path, 0, $"it belongs to another store ({storeId}; this one is {_contents.StoreId})");
        }
    }

    private IEnumerable<StoreBlock> Segment(int index)
    {
        (long sequence, string path, SegmentHeader header) = _contents.Segments[index];
        bool isLast = index == _contents.Segments.Count - 1;
        if (!isLast && _contents.Segments[index + 1].Header.BaseVersion <= _contents.SnapshotVersion)
        {
            // All of it is in the snapshot: it was about to be deleted.
            yield break;
        }

        long last = header.BaseVersion, offset = StoreFormat.Block;
        if (last > _contents.Version)
        {
            throw new StoreCorruptException(
                Path.Combine(_directory, StoreFormat.SnapshotName(last)), offset: null, $"it is missing, or an earlier log file is: '{path}' starts after version {last}");
        }

        using SafeFileHandle file = Open(path);
        // A running server may finish a commit between our look at it and our look behind it: then look again.
        while (TryReadCommit(_pool, file, header, offset, out RecordHeader record, out byte[] buffer)
            || (isLast && HasLaterCommit(file, header, offset, last, out _) && TryReadCommit(_pool, file, header, offset, out record, out buffer)))
        {
            if (record.First != last + 1)
            {
                throw new StoreCorruptException(path, offset, $"version {record.First} follows {last}");
            }

            last = record.Last;
            long begin = offset;
            offset += record.Size;
            if (last <= _contents.SnapshotVersion)
            {
                _pool.Return(buffer);
                continue;
            }

            if (record.First > _contents.Version + 1)
            {
                throw new StoreCorruptException(path, begin, $"version {record.First} follows {_contents.Version}: writes between them are missing");
            }

            _contents.Version = last;
            _contents.LogBytes += record.Size;
            _contents.Commits++;
            yield return new StoreBlock(ChunkKind.Commit, path, begin, _pool, buffer, record.Bytes, record.First, record.Last);
        }

        if (!isLast && last != _contents.Segments[index + 1].Header.BaseVersion)
        {
            if (_contents.Segments[index + 1].Sequence != sequence + 1)
            {
                throw new StoreCorruptException(Path.Combine(_directory, StoreFormat.LogName(sequence + 1)), offset: null, "it is missing");
            }

            throw new StoreCorruptException(
                path, offset, $"no whole commit begins there, and the log goes on with version {_contents.Segments[index + 1].Header.BaseVersion + 1}; it is whole up to version {last}");
        }

        if (isLast)
        {
            _contents.EndOffset = offset;
            if (_contents.Tail.Version > last)
            {
                throw Lost(path);
            }

            if (HasLaterCommit(file, header, offset, last, out bool isTorn))
            {
                throw new StoreCorruptException(path, offset, $"no whole commit begins there, and a later one does behind it; it is whole up to version {last}");
            }

            _contents.IsTorn = isTorn;
        }
    }

    private static bool TryReadCommit(ArrayPool<byte> pool, SafeFileHandle file, SegmentHeader header, long offset, out RecordHeader record, out byte[] buffer)
    {
        Span<byte> bytes = stackalloc byte[RecordHeader.Length];
        buffer = [];
        record = default;
        if (!ArchiveReader.ReadFully(file, bytes, offset) || !RecordHeader.TryRead(bytes, header.Seed, out record))
        {
            return false;
        }

        buffer = pool.Rent(record.Bytes);
        Span<byte> content = buffer.AsSpan(0, record.Bytes);
        if (ArchiveReader.ReadFully(file, content, offset + RecordHeader.Length) && Checksum.Compute(content, header.Seed) == record.EntriesChecksum)
        {
            return true;
        }

        pool.Return(buffer);
        return false;
    }

    /// <summary>Looks at what follows the last whole commit: nothing, remains of one that was not finished, or commits behind a damaged one.</summary>
    private static bool HasLaterCommit(SafeFileHandle file, SegmentHeader header, long offset, long last, out bool isTorn)
    {
        byte[] window = ArrayPool<byte>.Shared.Rent(256 << 10);
        isTorn = false;
        try
        {
            for (long at = offset; RandomAccess.Read(file, window, at) is > 0 and var read; at += StoreFormat.Blocks(read))
            {
                for (int i = 0; i < read; i += StoreFormat.Block)
                {
                    ReadOnlySpan<byte> block = window.AsSpan(i, Math.Min(StoreFormat.Block, read - i));
                    isTorn |= block.ContainsAnyExcept((byte)0);
                    if (at + i > offset && RecordHeader.TryRead(block, header.Seed, out RecordHeader later) && later.First > last + 1)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    private static SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
}
