using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>What a store's files need beside commits, done by a thread of its own: the next log file, snapshots, and deleting what these replace.</summary>
/// <remarks>The writer hands over facts and takes prepared files, under a lock that is never held while the disk works.</remarks>
internal sealed partial class StoreHousekeeping : IDisposable
{
    private const int FillBytes = 256 << 10;
    private const int LeastRestMs = 1;
    private const int TailSyncMs = 1000;
    private const int RetryMs = 5000;
    private static readonly byte[] Zeros = new byte[FillBytes];

    private readonly string _directory;
    private readonly CommitLogOptions _options;
    private readonly StoreDisk _disk;
    private readonly ILogger _logger;
    private readonly object _gate = new();
    private readonly Lock _work = new();
    private readonly ManualResetEventSlim _abort = new();
    private readonly Queue<LogSegment> _prepared = new();
    private readonly List<(string Path, long LastVersion)> _old = [];
    private Thread? _thread;
    private SafeFileHandle? _tail;
    private Guid _storeId;
    private StoreState? _state;
    private bool _stopping;
    private bool _isTailUnsynced;
    private long _sequence;
    private long _currentEnd;
    private long _currentLength;
    private long _logBytes;
    private long _snapshotBytes;
    private long _snapshotVersion;
    private long _tailSyncedAt;
    private long _prepareNotBefore;
    private long _snapshotNotBefore;

    /// <summary>Housekeeping of a store's directory; nothing happens before <see cref="Start"/>.</summary>
    public StoreHousekeeping(string directory, CommitLogOptions options, StoreDisk disk, ILogger logger)
    {
        _directory = directory;
        _options = options;
        _disk = disk;
        _logger = logger;
    }

    /// <summary>Snapshots taken by this process, for tests.</summary>
    public int SnapshotsTaken { get; private set; }

    /// <summary>A log file found prepared.</summary>
    public void AddPrepared(LogSegment segment) => _prepared.Enqueue(segment);

    /// <summary>A log file that is not written to any more.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lastVersion">The version of its last write.</param>
    public void AddOld(string path, long lastVersion) => _old.Add((path, lastVersion));

    /// <summary>Starts the thread.</summary>
    public void Start(LogSegment current, SafeFileHandle tail, StoreContents contents)
    {
        foreach (string left in Directory.EnumerateFiles(_directory, "*.new"))
        {
            File.Delete(left);
        }

        _tail = tail;
        _storeId = contents.StoreId;
        (_sequence, _currentEnd, _currentLength) = (current.Sequence, current.End, current.Length);
        _logBytes = contents.LogBytes;
        _snapshotBytes = contents.SnapshotBytes;
        _snapshotVersion = contents.SnapshotVersion;
        while (_prepared.TryPeek(out LogSegment? next) && next.Sequence != current.Sequence + 1)
        {
            // Left from a start that never came to a commit.
            _prepared.Dequeue().Dispose();
            File.Delete(next.Path);
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "lodestone store housekeeping" };
        _thread.Start();
    }

    /// <summary>A log file to go on in; null if none is ready.</summary>
    public LogSegment? TakePrepared()
    {
        lock (_gate)
        {
            if (!_prepared.TryDequeue(out LogSegment? segment))
            {
                return null;
            }

            // At once, not with its first commit: or the thread would think that this file is still to be made.
            (_sequence, _currentEnd, _currentLength) = (segment.Sequence, 0, segment.Length);
            return segment;
        }
    }

    /// <summary>The writer leaves a log file.</summary>
    public void Retire(LogSegment segment, long lastVersion)
    {
        segment.Dispose();
        lock (_gate)
        {
            _old.Add((segment.Path, lastVersion));
        }
    }

    /// <summary>A commit is on the disk.</summary>
    public void Appended(LogSegment current, long bytes)
    {
        lock (_gate)
        {
            (_sequence, _currentEnd, _currentLength) = (current.Sequence, current.End, current.Length);
            _logBytes += bytes;
            if (!_isTailUnsynced || WantsFileLocked || WantsSnapshotLocked)
            {
                _isTailUnsynced = true;
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>The state after the last commit.</summary>
    public void Committed(StoreState state) => Volatile.Write(ref _state, state);

    /// <summary>Keeps the thread from starting anything until <see cref="Resume"/>, and ends what it does.</summary>
    public void Pause()
    {
        _abort.Set();
        _work.Enter();
        _abort.Reset();
    }

    /// <summary>Lets the thread go on.</summary>
    public void Resume() => _work.Exit();

    /// <summary>Makes a log file filled with zeros.</summary>
    /// <exception cref="IOException">The disk refused, or there is such a file.</exception>
    public LogSegment Prepare(long sequence, long bytes) => Prepare(sequence, bytes, pace: null);

    /// <summary>Writes zeros and waits until they are on the disk.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void Fill(StoreDisk disk, SafeFileHandle file, long from, long to, Action? pace)
    {
        for (long at = from; at < to; at += FillBytes)
        {
            disk.Write(file, Zeros.AsSpan(0, (int)Math.Min(FillBytes, to - at)), at);
            disk.Sync(file);
            pace?.Invoke();
        }
    }

    /// <summary>Writes a snapshot, and then deletes what it replaces.</summary>
    /// <param name="state">What was committed.</param>
    /// <param name="isPaced">With rests, so that commits hardly notice.</param>
    /// <exception cref="IOException">The disk refused; the old snapshot and the log are as they were.</exception>
    public void WriteSnapshot(StoreState state, bool isPaced)
    {
        long replaced;
        lock (_gate)
        {
            replaced = _logBytes;
        }

        if (state.ResourceVersion > _snapshotVersion)
        {
            string path = Path.Combine(_directory, StoreFormat.SnapshotName(state.ResourceVersion));
            using var writer = new ArchiveWriter(_disk, path, ArchiveHeader.Begin(isBackup: false, _storeId, state.ResourceVersion), isPaced ? Pacer() : null);
            writer.Add(state);
            writer.Complete(state.ResourceVersion, overwrite: true);
            lock (_gate)
            {
                _logBytes -= replaced;
                _snapshotBytes = writer.Length;
                _snapshotVersion = state.ResourceVersion;
            }

            SnapshotsTaken++;
        }

        DeleteReplaced();
    }

    /// <summary>Deletes every log file; what they held is in the snapshot. Returns the highest number there was.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public long DropLog()
    {
        long highest = _sequence;
        lock (_gate)
        {
            while (_prepared.TryDequeue(out LogSegment? prepared))
            {
                prepared.Dispose();
            }

            _old.Clear();
            _logBytes = 0;
        }

        foreach ((long sequence, string path) in StoreFormat.LogFiles(_directory))
        {
            File.Delete(path);
            highest = Math.Max(highest, sequence);
        }

        _disk.SyncDirectory(_directory);
        return highest;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            _abort.Set();
            Monitor.Pulse(_gate);
        }

        _thread?.Join();
        while (_prepared.TryDequeue(out LogSegment? prepared))
        {
            prepared.Dispose();
        }

        _abort.Dispose();
    }

    private bool WantsFileLocked =>
        _prepared.Count == 0 && 2 * _currentEnd > _currentLength && Environment.TickCount64 >= _prepareNotBefore;

    private bool WantsSnapshotLocked =>
        _state is not null && _logBytes > Math.Max(_options.SnapshotAfterBytes, _options.SnapshotAfterSnapshot * _snapshotBytes) && Environment.TickCount64 >= _snapshotNotBefore;

    private void Run()
    {
        while (true)
        {
            bool wantsFile, wantsSnapshot, wantsTail;
            lock (_gate)
            {
                while (true)
                {
                    if (_stopping)
                    {
                        return;
                    }

                    wantsFile = WantsFileLocked;
                    wantsSnapshot = WantsSnapshotLocked;
                    wantsTail = _isTailUnsynced && Environment.TickCount64 >= _tailSyncedAt + TailSyncMs;
                    if (wantsFile || wantsSnapshot || wantsTail)
                    {
                        break;
                    }

                    Monitor.Wait(_gate, _isTailUnsynced || _prepareNotBefore > 0 || _snapshotNotBefore > 0 ? TailSyncMs : Timeout.Infinite);
                }

                _isTailUnsynced &= !wantsTail;
            }

            lock (_work)
            {
                Work(wantsFile, wantsSnapshot, wantsTail);
            }
        }
    }

    private void Work(bool wantsFile, bool wantsSnapshot, bool wantsTail)
    {
        try
        {
            if (wantsTail)
            {
                _tailSyncedAt = Environment.TickCount64;
                _disk.Sync(_tail!);
            }

            if (wantsFile)
            {
                PrepareNext();
            }

            if (wantsSnapshot && Volatile.Read(ref _state) is { } state)
            {
                _snapshotNotBefore = Environment.TickCount64 + RetryMs;
                WriteSnapshot(state, isPaced: true);
                _snapshotNotBefore = state.ResourceVersion == _snapshotVersion ? 0 : _snapshotNotBefore;
            }
        }
        catch (OperationCanceledException)
        {
            // The store closes, or does without.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or StoreCorruptException or StoreException)
        {
            // The log has it all: what cannot be done now is only an economy, and is tried again.
            Log.Failed(_logger, _directory, exception.Message);
        }
    }

    private void PrepareNext()
    {
        _prepareNotBefore = Environment.TickCount64 + RetryMs;
        long sequence = _sequence + 1;
        LogSegment segment = Prepare(sequence, Math.Clamp(2 * _currentLength, _options.FirstSegmentBytes, _options.LargestSegmentBytes), Pacer());
        lock (_gate)
        {
            _prepared.Enqueue(segment);
        }

        _prepareNotBefore = 0;
    }

    private LogSegment Prepare(long sequence, long bytes, Action? pace)
    {
        string path = Path.Combine(_directory, StoreFormat.LogName(sequence));
        SafeFileHandle file = _disk.Create(path);
        try
        {
            Fill(_disk, file, 0, bytes, pace);
            _disk.SyncDirectory(_directory);
            return new LogSegment(sequence, path, file, bytes);
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    private void DeleteReplaced()
    {
        List<string> replaced;
        lock (_gate)
        {
            replaced = [.. _old.TakeWhile(o => o.LastVersion <= _snapshotVersion).Select(o => o.Path)];
            _old.RemoveRange(0, replaced.Count);
        }

        replaced.AddRange(StoreFormat.Snapshots(_directory).Where(s => s.Key < _snapshotVersion).Select(s => s.Value));
        foreach (string path in replaced)
        {
            File.Delete(path);
        }

        _disk.SyncDirectory(_directory);
    }

    /// <summary>Rests in proportion to the work since the last call; gives up when told to.</summary>
    private Action Pacer()
    {
        long begin = Stopwatch.GetTimestamp();
        return () =>
        {
            TimeSpan rest = Stopwatch.GetElapsedTime(begin) * _options.RestPerWork;
            if (_abort.Wait(Math.Max(LeastRestMs, (int)rest.TotalMilliseconds)))
            {
                throw new OperationCanceledException();
            }

            begin = Stopwatch.GetTimestamp();
        };
    }

    private static partial class Log
    {
        [LoggerMessage(2021, LogLevel.Warning, "{Directory}: a snapshot or the next log file could not be written, trying again in some seconds: {Reason}")]
        public static partial void Failed(ILogger logger, string directory, string reason);
    }
}
