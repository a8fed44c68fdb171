using System.Runtime.InteropServices;

namespace Lodestone.Linux.Interop;

/// <summary>libc, as it is: C's names, blittable arguments, no logic. Failures are -1 with errno set.</summary>
/// <remarks>Descriptors come back as int: a SafeHandle would read 64 bits where C returns 32, and take -1 for a valid descriptor.</remarks>
internal static unsafe partial class Libc
{
    private const string Library = "libc.so.6";

    /// <summary>Creates a socket in the network namespace of the calling thread.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    /// <summary>Gives a socket its local address.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int bind(SafeHandle socket, void* address, uint length);

    /// <summary>Gives a socket its destination.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int connect(SafeHandle socket, void* address, uint length);

    /// <summary>Sends one datagram; <paramref name="address"/> may be null on a socket that has a destination.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint sendto(SafeHandle socket, void* buffer, nuint length, int flags, void* address, uint addressLength);

    /// <summary>Sends up to <paramref name="length"/> datagrams; returns how many were.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sendmmsg(SafeHandle socket, MessageHeader* messages, uint length, int flags);

    /// <summary>Receives one datagram. With MSG_TRUNC the result is its full length, also when the buffer was shorter.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recv(SafeHandle socket, void* buffer, nuint length, int flags);

    /// <summary>Receives one datagram and what the kernel says about it; <paramref name="message"/> is a struct msghdr.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recvmsg(SafeHandle socket, void* message, int flags);

    /// <summary>Sets a socket option.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setsockopt(SafeHandle socket, int level, int name, void* value, uint length);

    /// <summary>Device request on a socket.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(SafeHandle descriptor, nuint request, void* argument);

    /// <summary>Opens a file.</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags);

    /// <summary>Gives a file to a user and a group.</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int chown(string path, uint owner, uint group);

    /// <summary>Locks or unlocks an open file, for all who ask.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int flock(SafeHandle descriptor, int operation);

    /// <summary>Closes a descriptor.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int close(int descriptor);

    /// <summary>Moves the calling thread into a namespace.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setns(SafeHandle descriptor, int type);

    /// <summary>Moves the calling thread into new namespaces.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int unshare(int flags);

    /// <summary>Mounts a file system, or with MS_BIND makes one path appear at another.</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mount(string source, string target, string? type, nuint flags, void* data);

    /// <summary>Unmounts what is mounted at a path.</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int umount2(string target, int flags);

    /// <summary>Describes the file system that a path is on. The buffer needs 120 bytes; f_type is its first word.</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statfs(string path, long* buffer);

    /// <summary>System call by number, for those that libc does not wrap.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, nint second, nint third);

    /// <summary>Sends a signal to a process.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int kill(int processId, int signal);

    /// <summary>Sets the processors of a thread; 0 is the calling one. A bit stands for a processor, the lowest of the first byte for 0.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sched_setaffinity(int threadId, nuint length, byte* mask);

    /// <summary>Writes a file's data, and what is needed to read it back, to the disk. Not its times, which fsync would write too.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fdatasync(SafeHandle descriptor);

    /// <summary>Writes a file or directory to the disk.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fsync(SafeHandle descriptor);
}
