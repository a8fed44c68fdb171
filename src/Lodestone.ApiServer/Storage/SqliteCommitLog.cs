using System.Buffers;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Lodestone.ApiServer.Storage;

/// <summary>An append log in one SQLite file: a row per commit group, and now and then a snapshot that lets old rows go.</summary>
/// <remarks>
/// <para>WAL with synchronous=FULL: a commit is one append and one fsync, and SQLite cuts a tail torn by a power loss at
/// the last whole commit. What is before it is covered by our own checks: every row has a checksum, and the rows'
/// versions must follow each other without a gap.</para>
/// <para>A snapshot is written in chunks, a few each time the store is idle or along with a commit, and counts only once
/// its last row says how many chunks it has. Log rows and chunks it replaces are then deleted in small steps too; SQLite
/// reuses their pages.</para>
/// </remarks>
internal sealed class SqliteCommitLog : ICommitLog
{
    private const int FormatVersion = 1;
    private const int ChunkBytes = 256 << 10;
    private const int DeleteBatch = 64;
    private const int SqliteFull = 13;

    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _append;
    private readonly SqliteCommand _addChunk;
    private readonly ArrayBufferWriter<byte> _record = new(64 << 10);
    private readonly ArrayBufferWriter<byte> _chunk = new(ChunkBytes + (64 << 10));
    private readonly long _snapshotAfterBytes;
    private FileStream? _lock;
    private long _lastVersion;
    private long _logBytes;
    private long _snapshotBytes;
    private SnapshotRun? _snapshot;
    private long _obsoleteThrough = -1;

    private SqliteCommitLog(string path, FileStream @lock, SqliteConnection connection, long snapshotAfterBytes)
    {
        _path = path;
        _lock = @lock;
        _connection = connection;
        _snapshotAfterBytes = snapshotAfterBytes;
        _append = Prepare("INSERT INTO log (version, first, checksum, entries) VALUES ($version, $first, $checksum, $entries)", "$version", "$first", "$checksum", "$entries");
        _addChunk = Prepare("INSERT INTO chunk (snapshot, checksum, entries) VALUES ($snapshot, $checksum, $entries)", "$snapshot", "$checksum", "$entries");
    }

    /// <inheritdoc/>
    public bool HasMaintenance => _snapshot is not null || _obsoleteThrough >= 0 || WantsSnapshot;

    /// <inheritdoc/>
    public bool IsMaintenanceOverdue => _logBytes > 2 * Math.Max(_snapshotAfterBytes, _snapshotBytes);

    private bool WantsSnapshot => _logBytes > Math.Max(_snapshotAfterBytes, _snapshotBytes);

    /// <summary>Opens or creates the log <c>store.db</c> in a directory and keeps others out until disposed.</summary>
    /// <param name="directory">Exists.</param>
    /// <param name="snapshotAfterBytes">A snapshot is taken when the log has grown by this much, or by the size of the last snapshot if that is more.</param>
    /// <exception cref="StoreException">Another process has the store open, or the file cannot be used.</exception>
    /// <exception cref="StoreCorruptException">The file is damaged.</exception>
    public static SqliteCommitLog Open(string directory, long snapshotAfterBytes = 64 << 20)
    {
        string path = Path.Combine(directory, "store.db");
        FileStream? @lock = null;
        SqliteConnection? connection = null;
        try
        {
            @lock = TakeLock(Path.Combine(directory, "store.lock"));
            CreatePrivately(path);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            connection.Open();
            Execute(connection, "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=512; PRAGMA busy_timeout=5000;");
            CheckFormat(connection, path);
            return new SqliteCommitLog(path, @lock, connection, snapshotAfterBytes);
        }
        catch (SqliteException exception)
        {
            connection?.Dispose();
            @lock?.Dispose();
            throw Translate(path, exception);
        }
        catch
        {
            connection?.Dispose();
            @lock?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long Load(Action<LogEntry> restore, Action<LogEntry> replay)
    {
        try
        {
            (long snapshot, long chunks) = LatestSnapshot();
            _snapshotBytes = LoadChunks(snapshot, chunks, restore);
            _logBytes = LoadLog(snapshot, replay);
            // An interrupted run may have left rows that the snapshot covers, or chunks of a snapshot that never counted.
            _obsoleteThrough = snapshot;
            return snapshot;
        }
        catch (SqliteException exception)
        {
            throw Translate(_path, exception);
        }
    }

    /// <inheritdoc/>
    public void Append(IReadOnlyList<LogEntry> entries)
    {
        _record.ResetWrittenCount();
        foreach (LogEntry entry in entries)
        {
            LogCodec.Write(_record, entry);
        }

        byte[] bytes = _record.WrittenSpan.ToArray();
        long version = entries[^1].ResourceVersion;
        _append.Parameters[0].Value = version;
        _append.Parameters[1].Value = entries[0].ResourceVersion;
        _append.Parameters[2].Value = (long)Checksum.Compute(bytes);
        _append.Parameters[3].Value = bytes;
        try
        {
            // A single statement is its own transaction.
            _append.ExecuteNonQuery();
        }
        catch (SqliteException exception)
        {
            throw exception.SqliteErrorCode == SqliteFull
                ? new StoreException($"no room left on the disk of '{_path}'; writes go on when there is some", exception, isRetriable: true)
                : new StoreException($"writing '{_path}' failed: {exception.Message}; no write is accepted until the server is started again", exception);
        }

        _lastVersion = version;
        _logBytes += bytes.Length;
    }

    /// <inheritdoc/>
    public void Maintain(Func<StoreState> state)
    {
        try
        {
            if (_snapshot is not null)
            {
                ContinueSnapshot(_snapshot);
            }
            else if (_obsoleteThrough >= 0)
            {
                DeleteObsolete();
            }
            else if (WantsSnapshot)
            {
                _snapshot = new SnapshotRun(state(), _logBytes);
            }
        }
        catch (SqliteException)
        {
            // A snapshot is only an economy: give this one up, and try again when the log has grown by as much again.
            _snapshot = null;
            _obsoleteThrough = -1;
            _snapshotBytes += _logBytes;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _append.Dispose();
        _addChunk.Dispose();
        _connection.Dispose();
        _lock?.Dispose();
        _lock = null;
    }

    private static FileStream TakeLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new StoreException($"'{path}' is locked: another server has this store open", exception);
        }
    }

    /// <summary>Objects are for those the API lets read them. The files beside it (-wal, -shm) take the mode of this one.</summary>
    private static void CreatePrivately(string path)
    {
        if (!OperatingSystem.IsWindows() && !File.Exists(path))
        {
            new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).Dispose();
        }
    }

    private static void CheckFormat(SqliteConnection connection, string path)
    {
        long found = Scalar(connection, "PRAGMA user_version");
        if (found == 0)
        {
            Execute(connection, $"""
                BEGIN;
                CREATE TABLE log (version INTEGER PRIMARY KEY, first INTEGER NOT NULL, checksum INTEGER NOT NULL, entries BLOB NOT NULL);
                CREATE TABLE chunk (id INTEGER PRIMARY KEY, snapshot INTEGER NOT NULL, checksum INTEGER NOT NULL, entries BLOB NOT NULL);
                CREATE TABLE snapshot (version INTEGER PRIMARY KEY, chunks INTEGER NOT NULL);
                PRAGMA user_version = {FormatVersion.ToString(CultureInfo.InvariantCulture)};
                COMMIT;
                """);
        }
        else if (found != FormatVersion)
        {
            throw new StoreException($"'{path}' has format {found}, this version reads {FormatVersion}");
        }
    }

    private (long Version, long Chunks) LatestSnapshot()
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT version, chunks FROM snapshot ORDER BY version DESC LIMIT 1";
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), reader.GetInt64(1)) : (0, 0);
    }

    private long LoadChunks(long snapshot, long chunks, Action<LogEntry> restore)
    {
        long bytes = 0, found = 0;
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT id, checksum, entries FROM chunk WHERE snapshot = $snapshot ORDER BY id";
        command.Parameters.AddWithValue("$snapshot", snapshot);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            byte[] entries = (byte[])reader.GetValue(2);
            Read($"row {reader.GetInt64(0)} of table chunk", reader.GetInt64(1), entries, restore);
            bytes += entries.Length;
            found++;
        }

        return found == chunks || snapshot == 0
            ? bytes
            : throw new StoreCorruptException(_path, $"the snapshot of version {snapshot} has {found} of its {chunks} chunks");
    }

    private long LoadLog(long snapshot, Action<LogEntry> replay)
    {
        long bytes = 0, last = snapshot;
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT version, first, checksum, entries FROM log WHERE version > $snapshot ORDER BY version";
        command.Parameters.AddWithValue("$snapshot", snapshot);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            long version = reader.GetInt64(0), first = reader.GetInt64(1);
            if (first != last + 1)
            {
                throw new StoreCorruptException(_path, $"the log goes from version {last} to {first}: writes between them are missing");
            }

            byte[] entries = (byte[])reader.GetValue(3);
            Read($"row {version} of table log", reader.GetInt64(2), entries, entry =>
            {
                if (entry.ResourceVersion != ++last)
                {
                    throw new FormatException($"version {entry.ResourceVersion} where {last} belongs");
                }

                replay(entry);
            });
            if (last != version)
            {
                throw new StoreCorruptException(_path, $"row {version} of table log ends at version {last}");
            }

            bytes += entries.Length;
        }

        _lastVersion = last;
        return bytes;
    }

    private void Read(string where, long checksum, byte[] entries, Action<LogEntry> read)
    {
        if (Checksum.Compute(entries) != checksum)
        {
            throw new StoreCorruptException(_path, $"the checksum of {where} does not match its {entries.Length} bytes");
        }

        try
        {
            LogCodec.ReadAll(entries, read);
        }
        catch (FormatException exception)
        {
            throw new StoreCorruptException(_path, $"{where}: {exception.Message}", exception);
        }
    }

    private void ContinueSnapshot(SnapshotRun run)
    {
        _chunk.ResetWrittenCount();
        while (_chunk.WrittenCount < ChunkBytes && run.MoveNext())
        {
            LogCodec.Write(_chunk, new LogEntry(run.Resource, run.Current.Key, run.Current.ResourceVersion, run.Current));
        }

        if (_chunk.WrittenCount > 0)
        {
            byte[] bytes = _chunk.WrittenSpan.ToArray();
            _addChunk.Parameters[0].Value = run.State.ResourceVersion;
            _addChunk.Parameters[1].Value = (long)Checksum.Compute(bytes);
            _addChunk.Parameters[2].Value = bytes;
            _addChunk.ExecuteNonQuery();
            run.Chunks++;
            run.Bytes += bytes.Length;
            return;
        }

        Execute(_connection, string.Create(
            CultureInfo.InvariantCulture,
            $"INSERT INTO snapshot (version, chunks) VALUES ({run.State.ResourceVersion}, {run.Chunks})"));
        _logBytes -= run.ReplacedLogBytes;
        _snapshotBytes = run.Bytes;
        _obsoleteThrough = run.State.ResourceVersion;
        _snapshot = null;
    }

    private void DeleteObsolete()
    {
        int deleted = Execute(_connection, string.Create(CultureInfo.InvariantCulture, $"""
            DELETE FROM log WHERE version IN (SELECT version FROM log WHERE version <= {_obsoleteThrough} ORDER BY version LIMIT {DeleteBatch});
            """));
        deleted += Execute(_connection, string.Create(CultureInfo.InvariantCulture, $"""
            DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE snapshot <> {_obsoleteThrough} ORDER BY id LIMIT {DeleteBatch});
            """));
        if (deleted == 0)
        {
            Execute(_connection, string.Create(CultureInfo.InvariantCulture, $"DELETE FROM snapshot WHERE version < {_obsoleteThrough}"));
            _obsoleteThrough = -1;
        }
    }

    private SqliteCommand Prepare(string text, params ReadOnlySpan<string> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // The text is a constant of this file.
        command.CommandText = text;
#pragma warning restore CA2100
        foreach (string name in parameters)
        {
            command.Parameters.Add(name, name == "$entries" ? SqliteType.Blob : SqliteType.Integer);
        }

        command.Prepare();
        return command;
    }

    private static int Execute(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Numbers only are put into constants of this file.
        command.CommandText = text;
#pragma warning restore CA2100
        return Math.Max(0, command.ExecuteNonQuery());
    }

    private static long Scalar(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // A constant of this file.
        command.CommandText = text;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }

    private static Exception Translate(string path, SqliteException exception) => exception.SqliteErrorCode switch
    {
        // SQLITE_CORRUPT and SQLITE_NOTADB; a missing table or column of a file with our format number is damage too.
        11 or 26 or 1 => new StoreCorruptException(path, exception.Message, exception),
        _ => new StoreException($"opening '{path}' failed: {exception.Message}", exception),
    };
}
