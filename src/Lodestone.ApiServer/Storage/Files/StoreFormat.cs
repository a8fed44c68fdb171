using System.Globalization;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>Names and numbers of the store's files, format 2. docs/adr/0006 says why they are as they are.</summary>
/// <remarks>
/// <code>
/// DATA/store.lock                 held by the one process that may write
/// DATA/store/tail                 how far writes were acknowledged
/// DATA/store/log-0000000007       commits, in order; the highest number is written to
/// DATA/store/snapshot-00000000000000012345   all objects at that version
/// </code>
/// Integers are little-endian. Checksums are CRC-32C, started from a number that the file's header gives, so that what an
/// earlier file left behind is never taken for this file's content.
/// </remarks>
internal static class StoreFormat
{
    /// <summary>The format this version writes. 1 was one SQLite file, <c>store.db</c>.</summary>
    public const int Version = 2;

    /// <summary>What is written together begins at a multiple of this many bytes, so that writing never touches a disk block that holds an earlier commit.</summary>
    public const int Block = 4096;

    /// <summary>The store's directory within the data directory.</summary>
    public const string DirectoryName = "store";

    /// <summary>The lock's file within the data directory.</summary>
    public const string LockName = "store.lock";

    /// <summary>The file of the <see cref="TailMark"/>.</summary>
    public const string TailName = "tail";

    private const string LogPrefix = "log-";
    private const string SnapshotPrefix = "snapshot-";

    /// <summary>The store's directory of a data directory.</summary>
    public static string StoreDirectory(string dataDirectory) => Path.Combine(dataDirectory, DirectoryName);

    /// <summary>The name of a log file.</summary>
    public static string LogName(long sequence) => LogPrefix + sequence.ToString("D10", CultureInfo.InvariantCulture);

    /// <summary>The name of a snapshot.</summary>
    public static string SnapshotName(long version) => SnapshotPrefix + version.ToString("D20", CultureInfo.InvariantCulture);

    /// <summary>The log files of a store by sequence number, lowest first.</summary>
    public static SortedDictionary<long, string> LogFiles(string storeDirectory) => Numbered(storeDirectory, LogPrefix, 10);

    /// <summary>The snapshots of a store by version, lowest first.</summary>
    public static SortedDictionary<long, string> Snapshots(string storeDirectory) => Numbered(storeDirectory, SnapshotPrefix, 20);

    /// <summary>Bytes rounded up to whole blocks.</summary>
    public static long Blocks(long bytes) => (bytes + Block - 1) / Block * Block;

    private static SortedDictionary<long, string> Numbered(string directory, string prefix, int digits)
    {
        var found = new SortedDictionary<long, string>();
        foreach (string path in Directory.EnumerateFiles(directory, prefix + "*"))
        {
            ReadOnlySpan<char> number = Path.GetFileName(path.AsSpan())[prefix.Length..];
            if (number.Length == digits && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            {
                found.Add(value, path);
            }
        }

        return found;
    }
}
