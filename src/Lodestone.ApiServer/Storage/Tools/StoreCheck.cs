using System.Text.Json;
using Lodestone.ApiServer.Storage.Files;

namespace Lodestone.ApiServer.Storage.Tools;

/// <summary>Verifies all of a store or backup: checksums, order, versions, and that objects are what their keys say. Changes nothing and needs no lock.</summary>
public static class StoreCheck
{
    /// <summary>Checks the store of a data directory, of a running server too, or a backup.</summary>
    /// <exception cref="StoreException">There is none, or a newer version wrote it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static StoreReport Run(string path, IProgress<StoreProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var source = StoreSource.Open(path);
        try
        {
            return source.Read(opened => Check(source, opened, progress, cancellationToken));
        }
        catch (StoreCorruptException exception)
        {
            // Not even its beginning can be read.
            return new StoreReport { Path = path, IsBackup = source.IsBackup, Findings = [.. new[] { Finding(exception) }.Concat(OtherFiles(source, exception.File))] };
        }
    }

    private static StoreReport Check(StoreSource source, StoreSource.Opened opened, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        var findings = new List<StoreFinding>();
        var keys = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var files = new List<string>();
        long bytes = 0, commits = 0, version = 0, total = source.TotalBytes;
        StoreCorruptException? damage = null;
        try
        {
            foreach (StoreBlock block in opened.Blocks())
            {
                cancellationToken.ThrowIfCancellationRequested();
                bytes += block.Content.Length;
                if (block.Kind == ChunkKind.File)
                {
                    files.Add(BackupFile.Parse(block).Name);
                }
                else
                {
                    commits += block.Kind == ChunkKind.Commit ? 1 : 0;
                    version = block.Last;
                    foreach (LogEntry entry in block.Decode())
                    {
                        if (Problem(keys, entry) is { } problem)
                        {
                            findings.Add(new StoreFinding(block.File, block.Offset, $"version {entry.ResourceVersion}, {entry.Resource} '{entry.Key}': {problem}"));
                        }
                    }
                }

                block.Return();
                progress?.Report(new StoreProgress(bytes, total));
            }
        }
        catch (StoreCorruptException exception) when (!opened.HasMoved)
        {
            damage = exception;
        }

        if (damage is not null)
        {
            findings.Add(Finding(damage));
            findings.AddRange(OtherFiles(source, damage.File));
        }

        return new StoreReport
        {
            Path = source.Path,
            IsBackup = source.IsBackup,
            Format = opened.Format,
            StoreId = opened.StoreId,
            SnapshotVersion = opened.SnapshotVersion,
            Version = damage is null ? opened.Version : version,
            Commits = commits,
            Bytes = bytes,
            Objects = keys.Where(k => k.Value.Count > 0).OrderBy(k => k.Key, StringComparer.Ordinal).ToDictionary(k => k.Key, k => (long)k.Value.Count),
            Files = files,
            HasUnfinishedCommit = damage is null && opened.HasUnfinishedCommit,
            Findings = findings,
        };
    }

    private static string? Problem(Dictionary<string, HashSet<string>> keys, LogEntry entry)
    {
        if (!keys.TryGetValue(entry.Resource, out HashSet<string>? ofResource))
        {
            keys.Add(entry.Resource, ofResource = new HashSet<string>(StringComparer.Ordinal));
        }

        if (entry.Object is null)
        {
            return ofResource.Remove(entry.Key) ? null : "the object it deletes does not exist";
        }

        ofResource.Add(entry.Key);
        if (entry.Object.Summary.Key != entry.Key)
        {
            return $"the object says that it is '{entry.Object.Summary.Key}'";
        }

        try
        {
            var reader = new Utf8JsonReader(entry.Object.Json);
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException exception)
        {
            return $"the object is not JSON: {exception.Message}";
        }
    }

    /// <summary>The first damage of each file beside the one that ended the reading.</summary>
    private static IEnumerable<StoreFinding> OtherFiles(StoreSource source, string known)
    {
        if (source.IsBackup)
        {
            yield break;
        }

        foreach (string path in StoreFormat.Snapshots(StoreFormat.StoreDirectory(source.Path)).Values.Where(p => p != known))
        {
            if (SnapshotDamage(path) is { } finding)
            {
                yield return finding;
            }
        }

        foreach (string path in StoreFormat.LogFiles(StoreFormat.StoreDirectory(source.Path)).Values.Where(p => p != known))
        {
            if (StoreReader.DamageWithin(path) is { } damage)
            {
                yield return Finding(damage);
            }
        }
    }

    private static StoreFinding? SnapshotDamage(string path)
    {
        try
        {
            using var reader = new ArchiveReader(path);
            foreach (StoreBlock block in reader.Blocks())
            {
                block.Decode();
                block.Return();
            }

            return null;
        }
        catch (StoreCorruptException exception)
        {
            return Finding(exception);
        }
    }

    private static StoreFinding Finding(StoreCorruptException exception) => new(exception.File, exception.Offset, exception.Problem);
}
