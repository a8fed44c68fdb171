namespace Lodestone.ApiServer.Storage.Files;

/// <summary>What a <see cref="StoreReader"/> found, once it came to the end.</summary>
internal sealed record StoreContents
{
    /// <summary>The store's identity.</summary>
    public required Guid StoreId { get; init; }

    /// <summary>How far writes were acknowledged when the mark was written.</summary>
    public required TailMark Tail { get; init; }

    /// <summary>The version of the snapshot; 0 if there is none.</summary>
    public long SnapshotVersion { get; set; }

    /// <summary>Bytes of the snapshot.</summary>
    public long SnapshotBytes { get; set; }

    /// <summary>The version of the last write.</summary>
    public long Version { get; set; }

    /// <summary>Bytes of the log that stand for writes after the snapshot.</summary>
    public long LogBytes { get; set; }

    /// <summary>Commits after the snapshot.</summary>
    public long Commits { get; set; }

    /// <summary>The log files that were begun, lowest first.</summary>
    public List<(long Sequence, string Path, SegmentHeader Header)> Segments { get; } = [];

    /// <summary>Log files prepared for later, lowest first.</summary>
    public List<(long Sequence, string Path)> Prepared { get; } = [];

    /// <summary>Where the last commit of the last log file ends.</summary>
    public long EndOffset { get; set; } = StoreFormat.Block;

    /// <summary>Whether an unfinished commit follows there: one that runs right now, or one that a crash left.</summary>
    public bool IsTorn { get; set; }
}
