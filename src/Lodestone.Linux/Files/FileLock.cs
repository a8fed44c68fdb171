using System.Globalization;
using System.Runtime.InteropServices;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Files;

/// <summary>A lock on a file or directory that one process holds at a time (flock). Nothing is written, and a process that dies has let go.</summary>
public sealed class FileLock : IDisposable
{
    private readonly FileDescriptor _file;

    private FileLock(FileDescriptor file) => _file = file;

    /// <summary>Takes the lock, or returns null where another process has it.</summary>
    /// <param name="path">The file or directory, which exists.</param>
    /// <param name="holder">The process that has it; null where the kernel does not tell, as of another container.</param>
    /// <exception cref="LinuxException">There is no such file, or it can't be opened.</exception>
    public static FileLock? TryTake(string path, out int? holder)
    {
        holder = null;
        int descriptor = Libc.open(path, LibcConstants.OpenReadOnly | LibcConstants.OpenCloexec);
        if (descriptor < 0)
        {
            throw LinuxException.ForLastError($"open '{path}'");
        }

        var file = new FileDescriptor(descriptor);
        if (Libc.flock(file, LibcConstants.LockExclusive | LibcConstants.LockNonBlocking) == 0)
        {
            return new FileLock(file);
        }

        int error = Marshal.GetLastPInvokeError();
        if (error == Errno.Again)
        {
            holder = HolderOf(descriptor);
            file.Dispose();
            return null;
        }

        file.Dispose();
        throw new LinuxException($"lock '{path}'", error);
    }

    /// <summary>Lets go.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Who /proc/locks says has locked an open file.</summary>
    private static int? HolderOf(int descriptor)
    {
        Dictionary<string, string> info = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(field => field.Length == 2)
            .ToDictionary(field => field[0], field => field[1]);
        if (!info.TryGetValue("ino", out string? inode) || !info.TryGetValue("mnt_id", out string? mount) || DeviceOf(mount) is not { } device)
        {
            return null;
        }

        // 1: FLOCK  ADVISORY  WRITE 1234 00:21:77 0 EOF
        string[]? found = File.ReadLines("/proc/locks")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(words => words.Length >= 6 && words[1] == "FLOCK" && words[5] == $"{device}:{inode}");
        return found is not null && int.TryParse(found[4], CultureInfo.InvariantCulture, out int pid) && pid > 0 ? pid : null;
    }

    /// <summary>The device of a mount as /proc/locks writes it.</summary>
    private static string? DeviceOf(string mount)
    {
        // 29 23 0:33 / /sys/fs/bpf rw - bpf bpf rw
        string[]? found = File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')).FirstOrDefault(words => words[0] == mount);
        return found is null ? null : string.Join(':', found[2].Split(':').Select(part => int.Parse(part, CultureInfo.InvariantCulture).ToString("x2", CultureInfo.InvariantCulture)));
    }
}
