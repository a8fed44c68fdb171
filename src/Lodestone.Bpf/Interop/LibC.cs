using System.Runtime.InteropServices;

namespace Lodestone.Bpf.Interop;

/// <summary>The few C library calls that .NET has no API for.</summary>
internal static partial class LibC
{
    internal const int ProtRead = 1;
    internal const int ProtWrite = 2;
    internal const int MapShared = 1;
    internal const int DupFdCloexec = 1030;

    /// <summary>Maps a file. Returns -1 and sets errno on failure.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint mmap(nint addr, nuint length, int prot, int flags, FdHandle fd, nint offset);

    [LibraryImport("libc")]
    internal static partial int munmap(nint addr, nuint length);

    [LibraryImport("libc")]
    internal static partial int close(int fd);

    /// <summary>With <see cref="DupFdCloexec"/> returns a second descriptor, or -1 and errno.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int fd, int command, int argument);

    /// <summary>Writes a device's name, at most 16 bytes. Returns 0 where there is none.</summary>
    [LibraryImport("libc")]
    internal static unsafe partial nint if_indextoname(uint ifindex, byte* name);
}
