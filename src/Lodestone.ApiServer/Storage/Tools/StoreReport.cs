namespace Lodestone.ApiServer.Storage.Tools;

/// <summary>What <see cref="StoreCheck"/> found.</summary>
public sealed record StoreReport
{
    /// <summary>The data directory or backup.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it is a backup.</summary>
    public bool IsBackup { get; init; }

    /// <summary>The store's format.</summary>
    public int Format { get; init; }

    /// <summary>The store's identity; null when it could not be read.</summary>
    public Guid? StoreId { get; init; }

    /// <summary>The version of the snapshot; 0 if there is none.</summary>
    public long SnapshotVersion { get; init; }

    /// <summary>The version of the last write that is whole.</summary>
    public long Version { get; init; }

    /// <summary>Commits after the snapshot.</summary>
    public long Commits { get; init; }

    /// <summary>Bytes read.</summary>
    public long Bytes { get; init; }

    /// <summary>Objects by resource at the last version.</summary>
    public IReadOnlyDictionary<string, long> Objects { get; init; } = new Dictionary<string, long>();

    /// <summary>Files beside the objects that a backup holds.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Whether a commit is unfinished at the end: a server is writing it, or the next start will cut it off. No damage.</summary>
    public bool HasUnfinishedCommit { get; init; }

    /// <summary>Damage; empty when everything is as it was written.</summary>
    public IReadOnlyList<StoreFinding> Findings { get; init; } = [];
}
