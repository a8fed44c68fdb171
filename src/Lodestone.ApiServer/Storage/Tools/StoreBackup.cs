using Lodestone.ApiServer.Storage.Files;

namespace Lodestone.ApiServer.Storage.Tools;

/// <summary>Copies a store, of a running server too, into one file: consistent at one version, every checksum verified on the way.</summary>
/// <param name="File">The backup.</param>
/// <param name="Version">The version of the last write in it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Files">The files of the data directory in it.</param>
public sealed record StoreBackup(string File, long Version, long Bytes, IReadOnlyList<string> Files)
{
    /// <summary>Makes a backup; it is on the disk when this returns, readable by its owner only.</summary>
    /// <param name="dataDirectory">The server's; it may be running and is not disturbed.</param>
    /// <param name="file">Where to; must not exist.</param>
    /// <param name="withKeys">Whether the CA, certificates, keys and kubeconfigs of the data directory go with it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellationToken">Gives up; then there is no file.</param>
    /// <exception cref="StoreCorruptException">The store is damaged: there is no backup of it then.</exception>
    /// <exception cref="StoreException">There is no store, or the file exists.</exception>
    /// <exception cref="IOException">The disk refused.</exception>
    public static StoreBackup Create(
        string dataDirectory, string file, bool withKeys, TimeProvider time, IProgress<StoreProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(time);
        var source = StoreSource.Open(dataDirectory);
        if (source.IsBackup)
        {
            throw new StoreException($"'{dataDirectory}' is a file; name the data directory to back up");
        }

        if (System.IO.File.Exists(file) || Directory.Exists(file))
        {
            throw new StoreException($"'{file}' exists and is not overwritten; name a new file or move it away");
        }

        long createdMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        return source.Read(opened => Copy(source, opened, file, withKeys, createdMs, progress, cancellationToken));
    }

    private static StoreBackup Copy(
        StoreSource source, StoreSource.Opened opened, string file, bool withKeys, long createdMs, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        long done = 0, total = source.TotalBytes;
        ArchiveWriter? writer = null;
        try
        {
            foreach (StoreBlock block in opened.Blocks())
            {
                cancellationToken.ThrowIfCancellationRequested();
                writer ??= Begin(opened, file, block.Kind == ChunkKind.Objects ? block.Last : block.First - 1, createdMs);
                // What is restored one day should not only have the right checksum but also be what it says.
                block.Decode();
                writer.Add(block.Kind, block.Content);
                done += block.Content.Length;
                block.Return();
                progress?.Report(new StoreProgress(done, total));
            }

            writer ??= Begin(opened, file, opened.SnapshotVersion, createdMs);
            var files = new List<string>();
            foreach (BackupFile item in withKeys ? BackupFile.Of(source.Path) : [])
            {
                writer.Add(ChunkKind.File, item.ToBytes());
                files.Add(item.Name);
            }

            writer.Complete(opened.Version, overwrite: false);
            return new StoreBackup(file, opened.Version, writer.Length, files);
        }
        finally
        {
            writer?.Dispose();
        }
    }

    private static ArchiveWriter Begin(StoreSource.Opened opened, string file, long version, long createdMs) =>
        new(StoreDisk.Real, file, ArchiveHeader.Begin(isBackup: true, opened.StoreId, version, createdMs));
}
