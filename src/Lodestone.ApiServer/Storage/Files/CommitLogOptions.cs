namespace Lodestone.ApiServer.Storage.Files;

/// <summary>Sizes and paces of a <see cref="FileCommitLog"/>.</summary>
internal sealed record CommitLogOptions
{
    /// <summary>A snapshot is taken when the log has grown by this many bytes, or by <see cref="SnapshotAfterSnapshot"/> if that is more.</summary>
    public long SnapshotAfterBytes { get; init; } = 64 << 20;

    /// <summary>How many times the size of the last snapshot the log must have for the next one: what snapshots may cost beside the log itself.</summary>
    public double SnapshotAfterSnapshot { get; init; } = 1;

    /// <summary>Bytes of a new store's first log file; each later one has twice as many, up to <see cref="LargestSegmentBytes"/>.</summary>
    public long FirstSegmentBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of a log file at most, but for one larger commit.</summary>
    public long LargestSegmentBytes { get; init; } = 64 << 20;

    /// <summary>Background work rests this many times as long as it kept the disk busy.</summary>
    public double RestPerWork { get; init; } = 3;
}
