using System.Runtime.InteropServices;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Files;

/// <summary>Makes what was written to files survive a power cut.</summary>
public static class FileSync
{
    /// <summary>Waits until a file's data is on the disk (fdatasync). Over space that was written before, that is one write without the file system's journal.</summary>
    /// <exception cref="IOException">The disk refused; its HResult is the errno. What was written since the last success may or may not be there.</exception>
    public static void Data(SafeHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (Libc.fdatasync(file) != 0)
        {
            throw ForLastError("fdatasync");
        }
    }

    /// <summary>Waits until a directory's entries are on the disk: files made, renamed or deleted in it.</summary>
    /// <exception cref="IOException">The disk refused, or there is no such directory; its HResult is the errno.</exception>
    public static void Directory(string path)
    {
        int descriptor = Libc.open(path, LibcConstants.OpenReadOnly | LibcConstants.OpenCloexec);
        if (descriptor < 0)
        {
            throw ForLastError($"open '{path}'");
        }

        using var directory = new FileDescriptor(descriptor);
        if (Libc.fsync(directory) != 0)
        {
            throw ForLastError($"fsync '{path}'");
        }
    }

    private static IOException ForLastError(string operation)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{operation}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
    }
}
