using Lodestone.ApiServer.Storage.Files;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Storage.Tools;

/// <summary>Makes a new data directory from a backup, or from what is whole in a damaged one.</summary>
/// <remarks>
/// Writes that came after the backup are gone, and clients may have seen their resourceVersions. The restored store therefore
/// goes on far above them (etcd's <c>--bump-revision</c>): every watch and every continued list of before gets 410 Expired
/// and starts over, and no resourceVersion ever means two things.
/// </remarks>
/// <param name="Objects">Objects restored.</param>
/// <param name="SourceVersion">The version they are of.</param>
/// <param name="Version">The version the restored store is at.</param>
/// <param name="Files">Files of the data directory that were restored too.</param>
/// <param name="Damage">Where a damaged source ended; null when all of it was whole.</param>
public sealed record StoreRestore(long Objects, long SourceVersion, long Version, IReadOnlyList<string> Files, StoreFinding? Damage)
{
    /// <summary>How far the restored store's version is above the backup's unless said otherwise: more than a day of writes at 10,000 a second.</summary>
    public const long DefaultAdvance = 1_000_000_000;

    /// <summary>Verifies the source whole, and only then writes.</summary>
    /// <param name="source">A backup, or a data directory whose server is not needed any more.</param>
    /// <param name="dataDirectory">Empty, or not there yet.</param>
    /// <param name="advance">What is added to the version.</param>
    /// <param name="upToDamage">Take what is whole before the first damage, instead of refusing a damaged source.</param>
    /// <param name="progress">Is told how far reading is.</param>
    /// <param name="cancellationToken">Gives up, before anything is written.</param>
    /// <exception cref="StoreCorruptException">The source is damaged.</exception>
    /// <exception cref="StoreException">There is no source, or the data directory is not empty.</exception>
    /// <exception cref="IOException">The disk refused.</exception>
    public static StoreRestore Run(
        string source, string dataDirectory, long advance, bool upToDamage, IProgress<StoreProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(advance);
        CheckEmpty(dataDirectory);
        var opened = StoreSource.Open(source);
        Taken taken = opened.Read(o => Take(opened, o, upToDamage, progress, cancellationToken));
        if (!opened.IsBackup)
        {
            taken.Files.AddRange(BackupFile.Of(source));
        }

        long version = checked(taken.Version + advance);
        Directory.CreateDirectory(dataDirectory);
        foreach (BackupFile file in taken.Files)
        {
            Write(dataDirectory, file);
        }

        StoreCreation.Create(dataDirectory, StoreDisk.Real, taken.State.Build(version));
        return new StoreRestore(taken.State.Count, taken.Version, version, [.. taken.Files.Select(f => f.Name)], taken.Damage);
    }

    private static void CheckEmpty(string dataDirectory)
    {
        if (File.Exists(dataDirectory))
        {
            throw new StoreException($"'{dataDirectory}' is a file; name a data directory that is empty or does not exist");
        }

        if (!Directory.Exists(dataDirectory) || !Directory.EnumerateFileSystemEntries(dataDirectory).Any())
        {
            return;
        }

        // A server that runs there says more than "not empty".
        if (File.Exists(Path.Combine(dataDirectory, StoreFormat.LockName)))
        {
            StoreLock.Take(dataDirectory).Dispose();
        }

        throw new StoreException($"'{dataDirectory}' is not empty; a store is restored into a new data directory, so that nothing is overwritten. Name another, or move this one away");
    }

    private static Taken Take(StoreSource source, StoreSource.Opened opened, bool upToDamage, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        var taken = new Taken();
        long done = 0, total = source.TotalBytes;
        try
        {
            foreach (StoreBlock block in opened.Blocks())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (block.Kind == ChunkKind.File)
                {
                    taken.Files.Add(BackupFile.Parse(block));
                }
                else
                {
                    foreach (LogEntry entry in block.Decode())
                    {
                        taken.State.Add(entry);
                    }

                    taken.Version = block.Last;
                }

                done += block.Content.Length;
                block.Return();
                progress?.Report(new StoreProgress(done, total));
            }

            taken.Version = opened.Version;
        }
        catch (StoreCorruptException exception) when (upToDamage && !opened.HasMoved)
        {
            taken.Damage = new StoreFinding(exception.File, exception.Offset, exception.Problem);
        }

        return taken;
    }

    private static void Write(string dataDirectory, BackupFile file)
    {
        string path = Path.Combine(dataDirectory, file.Name);
        using (SafeFileHandle handle = StoreDisk.Real.Create(path))
        {
            StoreDisk.Real.Write(handle, file.Content, 0);
            StoreDisk.Real.Sync(handle);
        }

        if (!OperatingSystem.IsWindows() && file.Mode != UnixFileMode.None)
        {
            File.SetUnixFileMode(path, file.Mode);
        }
    }

    private sealed class Taken
    {
        public StateBuilder State { get; } = new();

        public List<BackupFile> Files { get; } = [];

        public long Version { get; set; }

        public StoreFinding? Damage { get; set; }
    }
}
