using Lodestone.ApiServer.Storage.Files;
using Lodestone.ApiServer.Storage.Upgrade;

namespace Lodestone.ApiServer.Storage.Tools;

/// <summary>A store to read: the data directory of a server, running or not, or a backup.</summary>
internal sealed class StoreSource
{
    private const int Attempts = 5;
    private readonly string _directory;

    private StoreSource(string path, bool isBackup)
    {
        Path = path;
        IsBackup = isBackup;
        _directory = StoreFormat.StoreDirectory(path);
    }

    /// <summary>The data directory or backup.</summary>
    public string Path { get; }

    /// <summary>Whether it is a backup.</summary>
    public bool IsBackup { get; }

    /// <summary>Bytes of its files.</summary>
    public long TotalBytes => IsBackup
        ? new FileInfo(Path).Length
        : StoreFormat.Snapshots(_directory).Values.TakeLast(1).Concat(StoreFormat.LogFiles(_directory).Values).Sum(f => File.Exists(f) ? new FileInfo(f).Length : 0);

    /// <summary>Finds out what is at a path.</summary>
    /// <exception cref="StoreException">Nothing that can be read.</exception>
    public static StoreSource Open(string path)
    {
        if (File.Exists(path))
        {
            return new StoreSource(path, isBackup: true);
        }

        if (Directory.Exists(StoreFormat.StoreDirectory(path)))
        {
            return new StoreSource(path, isBackup: false);
        }

        throw new StoreException(File.Exists(System.IO.Path.Combine(path, StoreUpgrade.SqliteName))
            ? $"'{path}' has a store of format 1: the next start of the server brings it to format {StoreFormat.Version}, and then this command reads it"
            : $"there is no store in '{path}': name a data directory of 'lodestone server' or a file that 'lodestone store backup' made");
    }

    /// <summary>Reads everything, in order.</summary>
    /// <param name="read">What to do with the pieces; done again from the start if a running server replaced the files meanwhile.</param>
    /// <exception cref="StoreCorruptException">Something is damaged.</exception>
    public T Read<T>(Func<Opened, T> read)
    {
        for (int attempt = 1; ; attempt++)
        {
            string before = Listing();
            try
            {
                using var opened = new Opened(this, before);
                return read(opened);
            }
            catch (Exception exception) when (attempt < Attempts && exception is StoreCorruptException or FileNotFoundException && Listing() != before)
            {
                // A running server took a snapshot and deleted what it replaces: read that instead.
            }
        }
    }

    /// <summary>The files that come and go.</summary>
    private string Listing() => IsBackup ? "" : string.Join(' ', StoreFormat.Snapshots(_directory).Keys.Concat(StoreFormat.LogFiles(_directory).Keys));

    /// <summary>A source while it is read.</summary>
    internal sealed class Opened : IDisposable
    {
        private readonly StoreSource _source;
        private readonly string _listing;
        private readonly ArchiveReader? _archive;
        private readonly StoreReader? _store;

        /// <summary>Reads the beginning.</summary>
        public Opened(StoreSource source, string listing)
        {
            _source = source;
            _listing = listing;
            if (source.IsBackup)
            {
                _archive = new ArchiveReader(source.Path);
            }
            else
            {
                _store = new StoreReader(source._directory);
            }
        }

        /// <summary>Whether a running server replaced files since reading began: what looks like damage then is none.</summary>
        public bool HasMoved => _source.Listing() != _listing;

        /// <summary>The store's identity.</summary>
        public Guid StoreId => _archive?.Header.StoreId ?? _store!.Contents.StoreId;

        /// <summary>The format it was written in.</summary>
        public int Format => _archive?.Header.Format ?? _store!.Contents.Tail.Format;

        /// <summary>The snapshot's version; known once the first commit was read.</summary>
        public long SnapshotVersion => _archive?.Header.Version ?? _store!.Contents.SnapshotVersion;

        /// <summary>The version of the last write; known at the end.</summary>
        public long Version => _archive?.Version ?? _store!.Contents.Version;

        /// <summary>Whether a commit is unfinished at the end.</summary>
        public bool HasUnfinishedCommit => _store?.Contents.IsTorn ?? false;

        /// <summary>The pieces.</summary>
        public IEnumerable<StoreBlock> Blocks() => _archive?.Blocks() ?? _store!.Blocks();

        /// <inheritdoc/>
        public void Dispose() => _archive?.Dispose();
    }
}
