namespace Lodestone.ApiServer.Storage;

/// <summary>Where committed writes go. Used by one thread at a time.</summary>
internal interface ICommitLog : IDisposable
{
    /// <summary>True while there is background work: a snapshot to take, a log to shorten.</summary>
    public bool HasMaintenance { get; }

    /// <summary>True when background work cannot wait for a quiet moment any longer.</summary>
    public bool IsMaintenanceOverdue { get; }

    /// <summary>Reads everything back: first the entries of the snapshot, in any order, then the writes after it in order.</summary>
    /// <param name="restore">Takes an object of the snapshot.</param>
    /// <param name="replay">Takes a write after the snapshot.</param>
    /// <returns>The version of the snapshot; 0 if there is none.</returns>
    /// <exception cref="StoreCorruptException">What is read is not what was written.</exception>
    public long Load(Action<LogEntry> restore, Action<LogEntry> replay);

    /// <summary>Writes entries with consecutive versions, all or none; they are durable when this returns.</summary>
    /// <exception cref="StoreException">Nothing was written.</exception>
    public void Append(IReadOnlyList<LogEntry> entries);

    /// <summary>Does one small step of background work.</summary>
    /// <param name="state">Gives the committed state, for a snapshot that begins now.</param>
    public void Maintain(Func<StoreState> state);
}
