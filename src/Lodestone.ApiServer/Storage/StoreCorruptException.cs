namespace Lodestone.ApiServer.Storage;

/// <summary>The files of the store are not what was written; the store is not opened, so that nothing wrong is served.</summary>
public sealed class StoreCorruptException : Exception
{
    /// <summary>Names the file and what is wrong in it.</summary>
    public StoreCorruptException(string file, string problem, Exception? innerException = null)
        : base($"store '{file}' is damaged: {problem}. Nothing was changed. Restore the file from a backup, or move it away to start empty.", innerException)
    {
        File = file;
    }

    /// <summary>The damaged file.</summary>
    public string File { get; }
}
