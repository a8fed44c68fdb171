using Microsoft.Data.Sqlite;

namespace Lodestone.ApiServer.Storage.Upgrade;

/// <summary>Reads store format 1: one SQLite file with a row per commit, and snapshots in chunks. Nothing writes it any more.</summary>
internal sealed class SqliteStore : IDisposable
{
    private const int FormatVersion = 1;
    private readonly string _path;
    private readonly SqliteConnection _connection;

    /// <summary>Opens a file. SQLite takes in what its write-ahead log holds.</summary>
    /// <exception cref="StoreCorruptException">It is damaged, or no SQLite file.</exception>
    /// <exception cref="StoreException">It is not of format 1, or cannot be opened.</exception>
    public SqliteStore(string path)
    {
        _path = path;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadWrite }.ToString());
        try
        {
            _connection.Open();
            long found = Scalar("PRAGMA user_version");
            // 0 is a file whose tables were never made: a first start that was cut off.
            if (found is not (FormatVersion or 0))
            {
                throw new StoreException($"'{path}' has store format {found}, which is unknown for this file: start the version of Lodestone that wrote it");
            }

            IsEmpty = found == 0;
        }
        catch (SqliteException exception)
        {
            _connection.Dispose();
            throw Translate(exception);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Whether nothing was ever written to it.</summary>
    public bool IsEmpty { get; }

    /// <summary>Reads all objects of the snapshot, then the writes after it in order.</summary>
    /// <returns>The version of the last write.</returns>
    /// <exception cref="StoreCorruptException">What is read is not what was written.</exception>
    public long Load(Action<LogEntry> read)
    {
        if (IsEmpty)
        {
            return 0;
        }

        try
        {
            (long snapshot, long chunks) = LatestSnapshot();
            LoadChunks(snapshot, chunks, read);
            return LoadLog(snapshot, read);
        }
        catch (SqliteException exception)
        {
            throw Translate(exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private (long Version, long Chunks) LatestSnapshot()
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT version, chunks FROM snapshot ORDER BY version DESC LIMIT 1";
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), reader.GetInt64(1)) : (0, 0);
    }

    private void LoadChunks(long snapshot, long chunks, Action<LogEntry> read)
    {
        long found = 0;
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT id, checksum, entries FROM chunk WHERE snapshot = $snapshot ORDER BY id";
        command.Parameters.AddWithValue("$snapshot", snapshot);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            Read($"row {reader.GetInt64(0)} of table chunk", reader.GetInt64(1), (byte[])reader.GetValue(2), read);
            found++;
        }

        if (found != chunks && snapshot != 0)
        {
            throw new StoreCorruptException(_path, offset: null, $"the snapshot of version {snapshot} has {found} of its {chunks} chunks");
        }
    }

    private long LoadLog(long snapshot, Action<LogEntry> read)
    {
        long last = snapshot;
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT version, first, checksum, entries FROM log WHERE version > $snapshot ORDER BY version";
        command.Parameters.AddWithValue("$snapshot", snapshot);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            long version = reader.GetInt64(0), first = reader.GetInt64(1);
            if (first != last + 1)
            {
                throw new StoreCorruptException(_path, offset: null, $"the log goes from version {last} to {first}: writes between them are missing");
            }

            Read($"row {version} of table log", reader.GetInt64(2), (byte[])reader.GetValue(3), read);
            last = version;
        }

        return last;
    }

    private void Read(string where, long checksum, byte[] entries, Action<LogEntry> read)
    {
        if (Checksum.Compute(entries) != checksum)
        {
            throw new StoreCorruptException(_path, offset: null, $"the checksum of {where} does not match its {entries.Length} bytes");
        }

        try
        {
            LogCodec.ReadAll(entries, read);
        }
        catch (FormatException exception)
        {
            throw new StoreCorruptException(_path, offset: null, $"{where}: {exception.Message}", exception);
        }
    }

    private long Scalar(string text)
    {
        using SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // A constant of this file.
        command.CommandText = text;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }

    private Exception Translate(SqliteException exception) => exception.SqliteErrorCode switch
    {
        // SQLITE_CORRUPT and SQLITE_NOTADB; a missing table or column of a file with our format number is damage too.
        11 or 26 or 1 => new StoreCorruptException(_path, offset: null, exception.Message, exception),
        _ => new StoreException($"opening '{_path}' failed: {exception.Message}", exception),
    };
}
