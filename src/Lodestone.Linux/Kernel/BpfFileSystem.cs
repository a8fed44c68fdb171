using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Kernel;

/// <summary>The file system that pinned BPF maps, programs and links live in.</summary>
public static unsafe class BpfFileSystem
{
    /// <summary>Where everybody expects it.</summary>
    public const string DefaultPath = "/sys/fs/bpf";

    private const long Magic = 0xcafe4a11; // BPF_FS_MAGIC

    /// <summary>Whether a path is on a BPF file system; false when there is no such path.</summary>
    public static bool IsMountedAt(string path = DefaultPath)
    {
        // struct statfs is 120 bytes on 64-bit machines; room to spare.
        long* buffer = stackalloc long[32];
        return Libc.statfs(path, buffer) == 0 && *buffer == Magic;
    }

    /// <summary>Mounts one at a path, creating the directory. Does nothing when there is one.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Mount(string path = DefaultPath)
    {
        if (IsMountedAt(path))
        {
            return;
        }

        _ = Directory.CreateDirectory(path);
        if (Libc.mount("bpffs", path, "bpf", 0, null) != 0)
        {
            throw LinuxException.ForLastError($"mount a BPF file system at '{path}'", "needs root or CAP_SYS_ADMIN");
        }
    }

    /// <summary>Unmounts the one at a path; what is pinned in it alone is gone. Does nothing when there is none.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Unmount(string path)
    {
        if (IsMountedAt(path) && Libc.umount2(path, LibcConstants.UnmountDetach) != 0)
        {
            throw LinuxException.ForLastError($"unmount the BPF file system at '{path}'", "needs root or CAP_SYS_ADMIN");
        }
    }
}
