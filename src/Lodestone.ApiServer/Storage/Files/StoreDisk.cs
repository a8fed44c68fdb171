using Lodestone.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>The calls through which the store changes the disk. A test puts a disk that fails in its place.</summary>
internal class StoreDisk
{
    /// <summary>The machine's.</summary>
    public static StoreDisk Real { get; } = new();

    /// <summary>Opens a file to read and write.</summary>
    public virtual SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Makes a file that is not there yet, readable by its owner only: it holds what the API shows to few.</summary>
    public virtual SafeFileHandle Create(string path)
    {
        // It is made with its mode, not given it afterwards: nobody gets a moment to look.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(path, options).Dispose();
        return Open(path);
    }

    /// <summary>Writes all bytes.</summary>
    /// <exception cref="IOException">Some or none are written.</exception>
    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(file, bytes, offset);

    /// <summary>Waits until what was written is on the disk.</summary>
    /// <exception cref="IOException">It may or may not be.</exception>
    public virtual void Sync(SafeFileHandle file) => FileSync.Data(file);

    /// <summary>Cuts a file, or lengthens it with a hole.</summary>
    public virtual void SetLength(SafeFileHandle file, long length) => RandomAccess.SetLength(file, length);

    /// <summary>Waits until the names in a directory are on the disk.</summary>
    public virtual void SyncDirectory(string path) => FileSync.Directory(path);
}
