using System.Buffers;
using System.Runtime.InteropServices;
using Lodestone.ApiServer.Storage.Upgrade;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>The log as files: commits one after the other in log files prepared beforehand, snapshots beside them that let old ones go.</summary>
/// <remarks>
/// <para>A commit is one write and one fdatasync. Log files are filled with zeros before they are used, so a commit changes
/// no metadata of the file and the file system's journal has nothing to do; where the next file is not ready yet the
/// current one simply grows.</para>
/// <para>Everything else, snapshots, preparing and deleting files, is done by a thread of its own from the immutable state,
/// in portions with rests between them. The writer never waits for it.</para>
/// <para>After a write that failed, the place it went to is zeroed or cut off again, so the commit is not there. If even
/// that fails nobody knows what the disk holds: then nothing is written before a new snapshot and a new log file stand
/// beside the doubtful ones, and those are gone.</para>
/// </remarks>
internal sealed partial class FileCommitLog : ICommitLog
{
    private readonly string _directory;
    private readonly StoreLock _lock;
    private readonly CommitLogOptions _options;
    private readonly StoreDisk _disk;
    private readonly ILogger _logger;
    private readonly ArrayBufferWriter<byte> _record = new(64 << 10);
    private readonly byte[] _markBytes = new byte[TailMark.Length];
    private readonly StoreHousekeeping _housekeeping;
    private SafeFileHandle? _tail;
    private TailMark _mark;
    private LogSegment? _current;
    private long _version;
    private bool _isInDoubt;

    private FileCommitLog(string directory, StoreLock @lock, CommitLogOptions options, StoreDisk disk, ILogger logger)
    {
        _directory = directory;
        _lock = @lock;
        _options = options;
        _disk = disk;
        _logger = logger;
        _housekeeping = new StoreHousekeeping(directory, options, disk, logger);
    }

    /// <summary>The background work, for tests.</summary>
    internal StoreHousekeeping Housekeeping => _housekeeping;

    /// <summary>Opens or creates the store of a data directory and keeps others out until disposed.</summary>
    /// <param name="dataDirectory">Exists.</param>
    /// <param name="options">Sizes and paces.</param>
    /// <param name="logger">Is told of what a crash left, and of background work that failed.</param>
    /// <param name="disk">The disk; the machine's when null.</param>
    /// <exception cref="StoreException">Another process has the store open, a newer version wrote it, or its files cannot be used.</exception>
    /// <exception cref="StoreCorruptException">A file is damaged.</exception>
    public static FileCommitLog Open(string dataDirectory, CommitLogOptions? options = null, ILogger? logger = null, StoreDisk? disk = null)
    {
        logger ??= NullLogger.Instance;
        disk ??= StoreDisk.Real;
        options ??= new CommitLogOptions();
        var @lock = StoreLock.Take(dataDirectory);
        try
        {
            string directory = StoreFormat.StoreDirectory(dataDirectory);
            StoreUpgrade.Run(dataDirectory, disk, logger);
            if (!Directory.Exists(directory))
            {
                StoreCreation.Create(dataDirectory, disk, StoreState.Empty);
            }

            return new FileCommitLog(directory, @lock, options, disk, logger);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            @lock.Dispose();
            throw new StoreException($"opening the store in '{dataDirectory}' failed: {exception.Message}", exception);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long Load(Action<LogEntry> restore, Action<LogEntry> replay)
    {
        try
        {
            var reader = new StoreReader(_directory);
            EntryDecoder.Run(reader.Blocks(), (block, entries) =>
            {
                Action<LogEntry> take = block.Kind == ChunkKind.Objects ? restore : replay;
                foreach (LogEntry entry in entries)
                {
                    take(entry);
                }
            });
            Resume(reader.Contents);
            return reader.Contents.SnapshotVersion;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"opening the store in '{_directory}' failed: {exception.Message}", exception);
        }
        catch (FormatException exception)
        {
            // Every checksum is right, and yet objects are not in order: it was written so.
            throw new StoreCorruptException(_directory, offset: null, exception.Message, exception);
        }
    }

    /// <inheritdoc/>
    public void Append(IReadOnlyList<LogEntry> entries)
    {
        if (_isInDoubt)
        {
            throw new StoreException($"writing to '{_directory}' failed, and what the disk holds is not known yet; writes go on by themselves once it takes a new snapshot", isRetriable: true);
        }

        LogSegment segment = _current!;
        long version = entries[^1].ResourceVersion;
        int size = Encode(segment, entries);
        if (segment.End + size > segment.Length && segment.End > StoreFormat.Block && _housekeeping.TakePrepared() is { } next)
        {
            _housekeeping.Retire(segment, _version);
            _current = segment = Begin(next);
            size = Encode(segment, entries);
        }

        // A file's first commit goes with its header.
        int skip = segment.End == 0 ? 0 : StoreFormat.Block;
        try
        {
            _disk.Write(segment.File, _record.WrittenSpan[skip..size], segment.End);
            _disk.Sync(segment.File);
        }
        catch (IOException exception)
        {
            throw Undo(segment, size - skip, exception);
        }

        segment.End += size - skip;
        segment.Length = Math.Max(segment.Length, segment.End);
        _version = version;
        WriteMark(segment);
        _housekeeping.Appended(segment, size - skip);
    }

    /// <inheritdoc/>
    public void Committed(StoreState state) => _housekeeping.Committed(state);

    /// <inheritdoc/>
    public void Recover(StoreState state)
    {
        try
        {
            if (_isInDoubt)
            {
                StartAfresh(state);
            }
            else
            {
                MakeRoom(_current!);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failure(_current!.Path, exception, isUndone: !_isInDoubt);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _housekeeping.Dispose();
        if (_tail is not null)
        {
            try
            {
                _disk.Sync(_tail);
            }
            catch (IOException)
            {
                // An older mark only says less.
            }

            _tail.Dispose();
        }

        _current?.Dispose();
        _lock.Dispose();
    }

    private void Resume(StoreContents contents)
    {
        _version = contents.Version;
        _mark = contents.Tail;
        _tail = _disk.Open(Path.Combine(_directory, StoreFormat.TailName));
        foreach ((long sequence, string path) in contents.Prepared)
        {
            SafeFileHandle file = _disk.Open(path);
            _housekeeping.AddPrepared(new LogSegment(sequence, path, file, RandomAccess.GetLength(file)));
        }

        for (int i = 0; i < contents.Segments.Count - 1; i++)
        {
            _housekeeping.AddOld(contents.Segments[i].Path, contents.Segments[i + 1].Header.BaseVersion);
        }

        if (contents.Segments.Count > 0)
        {
            (long sequence, string path, SegmentHeader header) = contents.Segments[^1];
            SafeFileHandle file = _disk.Open(path);
            _current = new LogSegment(sequence, path, file, RandomAccess.GetLength(file)) { Header = header, End = contents.EndOffset };
            if (contents.IsTorn)
            {
                Log.TailCut(_logger, path, contents.EndOffset, contents.Version);
                Erase(_current, _current.Length - _current.End);
            }

            // What is read now must also survive: a commit that was written but not synced by a process that was killed is acknowledged by being served.
            _disk.Sync(file);
        }
        else
        {
            _current = Begin(_housekeeping.TakePrepared() ?? _housekeeping.Prepare(_mark.Sequence + 1, _options.FirstSegmentBytes));
        }

        _housekeeping.Start(_current, _tail, contents);
    }

    private LogSegment Begin(LogSegment segment)
    {
        segment.Header = SegmentHeader.Begin(_mark.StoreId, segment.Sequence, _version);
        segment.End = 0;
        return segment;
    }

    /// <summary>Encodes a commit behind a block with the file's header; returns the length of both, padded.</summary>
    private int Encode(LogSegment segment, IReadOnlyList<LogEntry> entries)
    {
        _record.ResetWrittenCount();
        Span<byte> head = _record.GetSpan(StoreFormat.Block + RecordHeader.Length)[..(StoreFormat.Block + RecordHeader.Length)];
        head.Clear();
        _record.Advance(head.Length);
        foreach (LogEntry entry in entries)
        {
            LogCodec.Write(_record, entry);
        }

        int bytes = _record.WrittenCount - head.Length;
        int padding = (int)(StoreFormat.Blocks(_record.WrittenCount) - _record.WrittenCount);
        _record.GetSpan(padding)[..padding].Clear();
        _record.Advance(padding);
        Span<byte> all = MemoryMarshal.AsMemory(_record.WrittenMemory).Span;
        segment.Header.Write(all);
        uint checksum = Checksum.Compute(all.Slice(head.Length, bytes), segment.Header.Seed);
        new RecordHeader(entries[0].ResourceVersion, entries[^1].ResourceVersion, bytes, checksum).Write(all[StoreFormat.Block..], segment.Header.Seed);
        return all.Length;
    }

    /// <summary>Takes back a commit that failed, and says how that went.</summary>
    private StoreException Undo(LogSegment segment, int size, IOException exception)
    {
        try
        {
            Erase(segment, size);
        }
        catch (IOException)
        {
            _isInDoubt = true;
        }

        // A disk that failed to write, not one that is full, may not hold what it says it does.
        _isInDoubt |= !IsFull(exception);
        return Failure(segment.Path, exception, isUndone: !_isInDoubt);
    }

    /// <summary>Makes sure that no commit begins at a file's end.</summary>
    private void Erase(LogSegment segment, long size)
    {
        if (segment.End + size > segment.Length || RandomAccess.GetLength(segment.File) > segment.Length)
        {
            _disk.SetLength(segment.File, Math.Max(segment.Length, segment.End));
        }

        if (segment.End < segment.Length)
        {
            StoreHousekeeping.Fill(_disk, segment.File, segment.End, Math.Min(segment.Length, segment.End + size), pace: null);
        }

        _disk.Sync(segment.File);
    }

    /// <summary>Takes the room for some commits: that it can be had is what shows that the disk is not full any more.</summary>
    private void MakeRoom(LogSegment segment)
    {
        long wanted = Math.Max(_options.FirstSegmentBytes, segment.End + _record.WrittenCount);
        if (segment.Length - segment.End >= wanted)
        {
            return;
        }

        try
        {
            StoreHousekeeping.Fill(_disk, segment.File, segment.Length, segment.End + wanted, pace: null);
            segment.Length = segment.End + wanted;
        }
        catch (IOException)
        {
            _disk.SetLength(segment.File, segment.Length);
            throw;
        }
    }

    /// <summary>Leaves all log files behind for a snapshot of what was acknowledged and a new log file.</summary>
    private void StartAfresh(StoreState state)
    {
        _housekeeping.Pause();
        try
        {
            _housekeeping.WriteSnapshot(state, isPaced: false);
            _current!.Dispose();
            long sequence = _housekeeping.DropLog() + 1;
            _current = Begin(_housekeeping.Prepare(sequence, _options.FirstSegmentBytes));
            _isInDoubt = false;
        }
        finally
        {
            _housekeeping.Resume();
        }
    }

    private void WriteMark(LogSegment segment)
    {
        _mark = _mark with { Format = StoreFormat.Version, Counter = _mark.Counter + 1, Sequence = segment.Sequence, Offset = segment.End, Version = _version };
        _mark.Write(_markBytes);
        try
        {
            _disk.Write(_tail!, _markBytes, _mark.Position);
        }
        catch (IOException)
        {
            // The commit is on the disk; an older mark only says less.
        }
    }

    private static bool IsFull(Exception exception) => exception.HResult is 28 or 122 or 27; // ENOSPC, EDQUOT, EFBIG

    private static StoreException Failure(string path, Exception exception, bool isUndone)
    {
        string outcome = isUndone ? "Nothing of it was stored" : "Whether it was stored shows only when the disk answers again";
        return IsFull(exception)
            ? new StoreException($"no room left on the disk of '{path}': free some or enlarge it. {outcome}; reads and watches go on, and so do writes by themselves as soon as there is room", exception, isRetriable: true)
            : new StoreException($"writing '{path}' failed: {exception.Message}. {outcome}; reads and watches go on, and so do writes by themselves as soon as the disk takes them", exception, isRetriable: true);
    }

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Warning, "{File}: an unfinished commit at offset {Offset} was cut off; the last whole one is version {Version}")]
        public static partial void TailCut(ILogger logger, string file, long offset, long version);
    }
}
