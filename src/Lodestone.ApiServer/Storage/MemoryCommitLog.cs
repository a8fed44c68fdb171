namespace Lodestone.ApiServer.Storage;

/// <summary>Keeps nothing: a store for tests and for trying things out.</summary>
internal sealed class MemoryCommitLog : ICommitLog
{
    /// <inheritdoc/>
    public long Load(Action<LogEntry> restore, Action<LogEntry> replay) => 0;

    /// <inheritdoc/>
    public void Append(IReadOnlyList<LogEntry> entries)
    {
    }

    /// <inheritdoc/>
    public void Committed(StoreState state)
    {
    }

    /// <inheritdoc/>
    public void Recover(StoreState state)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
