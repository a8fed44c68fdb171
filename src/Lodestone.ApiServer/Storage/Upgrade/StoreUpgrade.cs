using Lodestone.ApiServer.Storage.Files;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Storage.Upgrade;

/// <summary>Brings a store of an older format to this version's, and keeps the old file as it was.</summary>
/// <remarks>Steps: 1. read the old store whole; 2. make the new one, which counts as soon as its directory has its name; 3. rename the old file. A crash at any point is continued by the next start.</remarks>
internal static partial class StoreUpgrade
{
    /// <summary>The name of a store of format 1.</summary>
    public const string SqliteName = "store.db";

    /// <summary>The name that a store of format 1 is kept under after the upgrade.</summary>
    public const string SqliteBackupName = "store-format-1.db";

    /// <summary>Upgrades the store of a data directory if it is of an older format.</summary>
    /// <exception cref="StoreCorruptException">The old store is damaged.</exception>
    /// <exception cref="StoreException">The old store cannot be read, or an older version was started after an upgrade.</exception>
    public static void Run(string dataDirectory, StoreDisk disk, ILogger logger)
    {
        string path = Path.Combine(dataDirectory, SqliteName), backup = Path.Combine(dataDirectory, SqliteBackupName);
        if (!File.Exists(path))
        {
            return;
        }

        if (File.Exists(backup))
        {
            throw new StoreException(
                $"'{path}' was written by an older version of Lodestone after the upgrade that made '{backup}': move away the one of the two stores that is not wanted, "
                + $"'{path}' or '{StoreFormat.StoreDirectory(dataDirectory)}' with '{backup}'");
        }

        if (!Directory.Exists(StoreFormat.StoreDirectory(dataDirectory)))
        {
            StoreState state = Read(path);
            StoreCreation.Create(dataDirectory, disk, state);
            Log.Upgraded(logger, path, state.ResourceVersion, backup);
        }

        File.Move(path, backup);
        disk.SyncDirectory(dataDirectory);
    }

    private static StoreState Read(string path)
    {
        var state = new StateBuilder();
        using var store = new SqliteStore(path);
        return state.Build(store.Load(entry => state.Add(entry)));
    }

    private static partial class Log
    {
        [LoggerMessage(2022, LogLevel.Warning, "{File}: upgraded to store format 2 at version {Version}; the old file is kept as {Backup}")]
        public static partial void Upgraded(ILogger logger, string file, long version, string backup);
    }
}
