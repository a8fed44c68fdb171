namespace Lodestone.ApiServer.Storage;

/// <summary>Where committed writes go. Used by one thread at a time.</summary>
internal interface ICommitLog : IDisposable
{
    /// <summary>Reads everything back: first the entries of the snapshot by resource and key, then the writes after it in order.</summary>
    /// <param name="restore">Takes an object of the snapshot.</param>
    /// <param name="replay">Takes a write after the snapshot.</param>
    /// <returns>The version of the snapshot; 0 if there is none.</returns>
    /// <exception cref="StoreCorruptException">What is read is not what was written.</exception>
    public long Load(Action<LogEntry> restore, Action<LogEntry> replay);

    /// <summary>Writes entries with consecutive versions, all or none; they are durable when this returns.</summary>
    /// <exception cref="StoreException">They are not. The message says whether they may turn up after a restart.</exception>
    public void Append(IReadOnlyList<LogEntry> entries);

    /// <summary>Tells of the state after each commit, from which background work may take a snapshot. Returns at once.</summary>
    public void Committed(StoreState state);

    /// <summary>After a failed <see cref="Append"/>: makes writing possible again, if the disk lets it.</summary>
    /// <param name="state">The state as acknowledged.</param>
    /// <exception cref="StoreException">It does not yet.</exception>
    public void Recover(StoreState state);
}
