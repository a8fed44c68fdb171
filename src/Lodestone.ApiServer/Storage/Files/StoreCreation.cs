using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>Makes the files of a new store: all of them, or none if the machine dies meanwhile.</summary>
internal static class StoreCreation
{
    /// <summary>Makes a store that holds a state.</summary>
    /// <param name="dataDirectory">Exists, and has no store.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="state">What it holds.</param>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void Create(string dataDirectory, StoreDisk disk, StoreState state)
    {
        string directory = StoreFormat.StoreDirectory(dataDirectory), temporary = directory + ".new";
        if (Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(temporary);
        }
        else
        {
            Directory.CreateDirectory(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var storeId = Guid.NewGuid();
        var bytes = new byte[TailMark.FileLength];
        new TailMark(StoreFormat.Version, storeId, Counter: 0, Sequence: 0, Offset: 0, state.ResourceVersion).Write(bytes);
        using (SafeFileHandle tail = disk.Create(Path.Combine(temporary, StoreFormat.TailName)))
        {
            disk.Write(tail, bytes, 0);
            disk.Sync(tail);
        }

        if (state.ResourceVersion > 0)
        {
            string path = Path.Combine(temporary, StoreFormat.SnapshotName(state.ResourceVersion));
            using var writer = new ArchiveWriter(disk, path, ArchiveHeader.Begin(isBackup: false, storeId, state.ResourceVersion));
            writer.Add(state);
            writer.Complete(state.ResourceVersion, overwrite: false);
        }

        disk.SyncDirectory(temporary);
        Directory.Move(temporary, directory);
        disk.SyncDirectory(dataDirectory);
    }
}
