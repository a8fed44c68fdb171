namespace Lodestone.ApiServer.Storage;

/// <summary>The store could not do what it was asked to. Reads go on; <see cref="IsRetriable"/> says whether writes may.</summary>
public sealed class StoreException : Exception
{
    /// <summary>A failure with its cause.</summary>
    public StoreException(string message, Exception? innerException = null, bool isRetriable = false)
        : base(message, innerException)
    {
        IsRetriable = isRetriable;
    }

    /// <summary>True when the same write may succeed later: the disk was full, the queue was long.</summary>
    public bool IsRetriable { get; }

    /// <summary>The file was written by a later version of Lodestone.</summary>
    internal static StoreException NewerFormat(string path, int format) => new(
        $"'{path}' has store format {format}, and this version of Lodestone reads up to {Files.StoreFormat.Version}: "
        + "start the version that wrote it, or 'lodestone store restore' a backup made by this version into a new data directory");
}
