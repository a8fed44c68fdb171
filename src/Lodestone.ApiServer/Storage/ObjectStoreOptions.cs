namespace Lodestone.ApiServer.Storage;

/// <summary>Bounds of a store.</summary>
internal sealed record ObjectStoreOptions
{
    /// <summary>Events held per resource for watches to start from.</summary>
    public int HistoryEvents { get; init; } = 100_000;

    /// <summary>Bytes held per resource of objects that only the history still needs.</summary>
    public long HistoryBytes { get; init; } = 256 << 20;

    /// <summary>Writes that may wait; one more is refused at once.</summary>
    public int QueueLength { get; init; } = 8192;

    /// <summary>Writes in one commit.</summary>
    public int GroupSize { get; init; } = 512;

    /// <summary>Bytes of objects in one commit, but for one larger object.</summary>
    public int GroupBytes { get; init; } = 4 << 20;

    /// <summary>How often to look whether a disk that failed, or was full, takes writes again.</summary>
    public TimeSpan RecoveryInterval { get; init; } = TimeSpan.FromSeconds(1);
}
