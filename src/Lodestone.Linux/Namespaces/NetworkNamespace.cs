using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Namespaces;

/// <summary>A network namespace, kept alive while this object is open.</summary>
/// <remarks>
/// <para>Named ones are bind mounts under <c>/run/netns</c>, as <c>ip netns</c> keeps them, so either tool sees the other's.</para>
/// <para>A socket belongs for ever to the namespace it was created in, and a process to the one of the thread that started it:
/// create them in <see cref="Run{T}(Func{T})"/>, use them from anywhere.</para>
/// <para>Thread-safe.</para>
/// </remarks>
public sealed class NetworkNamespace : IDisposable
{
    private const string Directory = "/run/netns";
    private const string CallingThread = "/proc/thread-self/ns/net";

    private readonly FileDescriptor _descriptor;

    private NetworkNamespace(string name, string path)
    {
        Name = name;
        int descriptor = Libc.open(path, LibcConstants.OpenReadOnly | LibcConstants.OpenCloexec);
        if (descriptor < 0)
        {
            throw LinuxException.ForLastError($"open network namespace '{name}' ({path})");
        }

        _descriptor = new FileDescriptor(descriptor);
    }

    /// <summary>Its name under <c>/run/netns</c>, or a description of one that has none (<c>pid 17</c>, <c>current</c>).</summary>
    public string Name { get; }

    /// <summary>The descriptor, for netlink attributes that move a device here.</summary>
    internal FileDescriptor Descriptor => _descriptor;

    /// <summary>Opens a named namespace.</summary>
    /// <exception cref="LinuxException">There is none of that name.</exception>
    public static NetworkNamespace Open(string name) => new(name, PathOf(name));

    /// <summary>Opens the namespace that a process lives in.</summary>
    /// <exception cref="LinuxException">No such process, or not ours to look at.</exception>
    public static NetworkNamespace OpenProcess(int processId) =>
        new($"pid {processId}", string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/ns/net"));

    /// <summary>Creates a named namespace and opens it. Its loopback device is down.</summary>
    /// <exception cref="LinuxException">The name is taken, or the privilege is missing.</exception>
    public static NetworkNamespace Create(string name)
    {
        string path = PathOf(name);
        EnsureDirectory();
        try
        {
            File.Open(path, FileMode.CreateNew).Dispose();
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new InvalidOperationException($"create network namespace '{name}': it exists already ({path})", e);
        }

        try
        {
            _ = OnNewThread(() =>
            {
                Check(Libc.unshare(LibcConstants.CloneNewNet), $"create network namespace '{name}'", "needs root or CAP_SYS_ADMIN");
                Bind(CallingThread, path);
                return 0;
            });
            return new NetworkNamespace(name, path);
        }
        catch
        {
            Delete(name);
            throw;
        }
    }

    /// <summary>Takes the name away. The namespace itself and its devices go when nothing uses them any more. Does nothing when there is no such name.</summary>
    /// <exception cref="LinuxException">It could not be unmounted.</exception>
    public static void Delete(string name)
    {
        string path = PathOf(name);
        if (!File.Exists(path))
        {
            return;
        }

        // EINVAL: the file is there and nothing is mounted on it, as after an interrupted create.
        if (Libc.umount2(path, LibcConstants.UnmountDetach) != 0
            && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Errno.Invalid)
        {
            throw LinuxException.ForLastError($"delete network namespace '{name}'");
        }

        File.Delete(path);
    }

    /// <summary>The names under <c>/run/netns</c>, sorted.</summary>
    public static IReadOnlyList<string> List()
    {
        if (!System.IO.Directory.Exists(Directory))
        {
            return [];
        }

        List<string> names = [.. System.IO.Directory.EnumerateFiles(Directory).Select(path => Path.GetFileName(path))];
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Whether there is one of that name.</summary>
    public static bool Exists(string name) => File.Exists(PathOf(name));

    /// <summary>Runs a function on a thread of its own that is in this namespace, and waits for it. What it throws is thrown here.</summary>
    /// <remarks>Meant for opening sockets and starting processes: tasks awaited inside would go on elsewhere, in the process's own namespace.</remarks>
    public T Run<T>(Func<T> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return OnNewThread(() =>
        {
            Check(Libc.setns(_descriptor, LibcConstants.CloneNewNet), $"enter network namespace '{Name}'", "needs root or CAP_SYS_ADMIN");
            return function();
        });
    }

    /// <summary>Runs an action on a thread of its own that is in this namespace, and waits for it.</summary>
    public void Run(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        _ = Run(() =>
        {
            action();
            return 0;
        });
    }

    /// <summary>Starts a process inside. The caller owns it.</summary>
    /// <remarks>A child is born in the namespace of the thread that forks, so no helper stands between: its pid is the program's, and it sees the same mounts.</remarks>
    /// <exception cref="System.ComponentModel.Win32Exception">The program could not be started.</exception>
    public Process Start(ProcessStartInfo startInfo)
    {
        ArgumentNullException.ThrowIfNull(startInfo);
        return Run(() => Process.Start(startInfo))
            ?? throw new InvalidOperationException($"start '{startInfo.FileName}' in network namespace '{Name}': no process was started");
    }

    /// <summary>The processes that live inside, by pid; of this process, whose threads may visit, only where it lives itself.</summary>
    public IReadOnlyList<int> ListProcesses()
    {
        string? self = Run(() => IdentityOf("thread-self"));
        return
        [
            .. System.IO.Directory.EnumerateDirectories("/proc")
                .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)
                .Where(pid => pid > 0 && IdentityOf(pid.ToString(CultureInfo.InvariantCulture)) == self),
        ];

        // net:[4026531840], proc(5); null for a process that has ended.
        static string? IdentityOf(string process)
        {
            try
            {
                return new FileInfo($"/proc/{process}/ns/net").LinkTarget;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Sets a variable of <c>/proc/sys</c> as seen in this namespace.</summary>
    /// <param name="path">Below <c>/proc/sys</c>, with slashes: <c>net/ipv6/conf/all/accept_dad</c>.</param>
    /// <param name="value">What to write.</param>
    public void SetVariable(string path, string value) => Run(() => File.WriteAllText("/proc/sys/" + path, value));

    /// <summary>Lets go of the namespace. A named one stays.</summary>
    public void Dispose() => _descriptor.Dispose();

    // A thread that has moved must not return to the pool, so each call gets its own. Creating one costs some 100 us.
    private static T OnNewThread<T>(Func<T> function)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = function();
            }
#pragma warning disable CA1031 // Every exception goes to the caller's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            IsBackground = true,
            Name = "network namespace",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    // As ip(8) does: the directory is a shared mount, so that a name made or removed in one mount namespace is so in all.
    private static unsafe void EnsureDirectory()
    {
        if (!System.IO.Directory.Exists(Directory))
        {
            _ = System.IO.Directory.CreateDirectory(Directory);
        }

        if (Libc.mount("", Directory, "none", LibcConstants.MountShared | LibcConstants.MountRecursive, null) == 0)
        {
            return;
        }

        // EINVAL: not a mount point yet.
        string operation = $"make {Directory} a shared mount";
        Check(Libc.mount(Directory, Directory, "none", LibcConstants.MountBind | LibcConstants.MountRecursive, null), operation, "needs root or CAP_SYS_ADMIN");
        Check(Libc.mount("", Directory, "none", LibcConstants.MountShared | LibcConstants.MountRecursive, null), operation, null);
    }

    private static unsafe void Bind(string source, string target) =>
        Check(Libc.mount(source, target, "none", LibcConstants.MountBind, null), $"mount {source} at {target}", "needs root or CAP_SYS_ADMIN");

    private static void Check(int result, string operation, string? remedy)
    {
        if (result != 0)
        {
            throw LinuxException.ForLastError(operation, remedy);
        }
    }

    private static string PathOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name is "." or ".." || name.Contains('/', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' is not a name for a network namespace.", nameof(name));
        }

        return $"{Directory}/{name}";
    }
}
