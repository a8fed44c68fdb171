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

    /// <summary>How long to wait, after the last write, before background work begins.</summary>
    public TimeSpan MaintenanceDelay { get; init; } = TimeSpan.FromMilliseconds(20);
}
