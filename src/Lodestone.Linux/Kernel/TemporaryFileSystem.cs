using System.Globalization;
using System.Text;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Kernel;

/// <summary>A file system in memory (tmpfs) of a size of its own.</summary>
public static unsafe class TemporaryFileSystem
{
    private const long Magic = 0x01021994; // TMPFS_MAGIC

    /// <summary>Mounts one at a directory, readable by its owner only.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="bytes">How much it holds; memory is taken only for what is in it.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Mount(string path, long bytes)
    {
        fixed (byte* data = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"size={bytes},mode=700\0")))
        {
            if (Libc.mount("tmpfs", path, "tmpfs", 0, data) != 0)
            {
                throw LinuxException.ForLastError($"mount a file system of {bytes} bytes in memory at '{path}'", "needs root or CAP_SYS_ADMIN");
            }
        }
    }

    /// <summary>Unmounts the one that is mounted at just this path, with all that is in it. Does nothing where there is none.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Unmount(string path)
    {
        if (IsMountPoint(path) && Libc.umount2(path, LibcConstants.UnmountDetach) != 0)
        {
            throw LinuxException.ForLastError($"unmount the file system in memory at '{path}'", "needs root or CAP_SYS_ADMIN");
        }
    }

    private static bool IsMountPoint(string path)
    {
        long* buffer = stackalloc long[32];
        return Libc.statfs(path, buffer) == 0 && *buffer == Magic
            && File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).Any(words => words[1] == path && words[2] == "tmpfs");
    }
}
