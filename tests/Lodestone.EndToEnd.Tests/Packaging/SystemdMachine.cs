using System.Diagnostics;
using System.Globalization;

using Lodestone.Cli.Lab;

namespace Lodestone.EndToEnd.Tests.Packaging;

/// <summary>
/// A host of a lab with a Debian of its own (<c>eng/debian-root</c>) that a real systemd has started: process 1 of its pid, mount, control group, UTS and IPC
/// namespaces, in the host's network namespace. It writes to a layer in memory.
/// </summary>
/// <remarks>
/// As in a container (<c>container=</c>), <c>/proc/sys</c> but for <c>net</c> is read-only, since the kernel is the machine's, and devices are few. Beyond that
/// nothing is taken away: it has the machine's capabilities and no filter of system calls, so what a unit may not do, the unit forbids.
/// </remarks>
internal sealed class SystemdMachine : IAsyncDisposable
{
    // 1 directory of the root, 2 a directory to build on, 3 the control group to live in, 4 host name.
    private const string Boot = """
        set -eu
        mount -t tmpfs -o mode=0755 tmpfs "$2"
        mkdir "$2/upper" "$2/work" "$2/root"
        mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/root"
        cd "$2/root"
        echo "$4" >etc/hostname
        printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$4" >etc/hosts
        mount -t proc -o nosuid,nodev,noexec proc proc
        mount --bind proc/sys proc/sys
        mount --bind proc/sys/net proc/sys/net
        mount -o remount,bind,ro,nosuid,nodev,noexec proc/sys
        mount -t sysfs -o nosuid,nodev,noexec sysfs sys
        mount -t bpf -o nosuid,nodev,noexec,mode=0700 bpf sys/fs/bpf
        echo 0 >"$3/cgroup.procs"
        mount -t tmpfs -o nosuid,mode=0755 tmpfs dev
        mkdir dev/pts dev/shm
        mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
        mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs dev/shm
        ln -s pts/ptmx dev/ptmx
        ln -s /proc/self/fd dev/fd
        for device in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
            mknod -m 0666 "dev/${device% *}" c 1 "${device#* }"
        done
        mknod -m 0666 dev/tty c 5 0
        exec unshare --cgroup -- sh -eu -c '
            mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
            pivot_root . .
            umount -l .
            exec env -i container=lodestone-test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /sbin/init'
        """;

    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _layers;
    private readonly string _controlGroup;

    private SystemdMachine(Process process, string layers, string controlGroup)
    {
        _process = process;
        _layers = layers;
        _controlGroup = controlGroup;
    }

    /// <summary>Process 1, by the number it has outside.</summary>
    public int Init { get; private set; }

    /// <summary>Its root directory, seen from outside.</summary>
    public string Root => string.Create(CultureInfo.InvariantCulture, $"/proc/{Init}/root");

    /// <summary>Starts one, and returns when systemd says that the system runs.</summary>
    public static async Task<SystemdMachine> BootAsync(NetworkLab lab, LabHost host, CancellationToken cancellationToken)
    {
        string root = (await DebianPackage.RunAsync($"{DebianPackage.Repository}/eng/debian-root")).Trim();
        string hierarchy = (await DebianPackage.RunAsync("findmnt", "--noheadings", "--first-only", "--output", "TARGET", "--types", "cgroup2")).Trim();
        string controlGroup = Directory.CreateDirectory($"{hierarchy}/lodestone-{lab.Id}-{host.Name}").FullName;
        string layers = Directory.CreateTempSubdirectory("lodestone-machine-").FullName;
        var info = new ProcessStartInfo(
            "unshare",
            ["--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--", "sh", "-c", Boot, "boot", root, layers, controlGroup, host.Name])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var machine = new SystemdMachine(lab.Start(host, info), layers, controlGroup);
        try
        {
            await machine.WaitForSystemAsync(cancellationToken);
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }

        return machine;
    }

    /// <summary>Runs a program inside that has to succeed.</summary>
    /// <returns>What it wrote to stdout.</returns>
    public async Task<string> RunAsync(params string[] command)
    {
        (int code, string output, string error) = await TryRunAsync(command);
        Assert.True(code == 0, $"{string.Join(' ', command)}: {code}\n{output}\n{error}");
        return output;
    }

    /// <summary>Runs a program inside.</summary>
    public Task<(int Code, string Output, string Error)> TryRunAsync(params string[] command) => DebianPackage.TryRunAsync(
        "nsenter",
        [
            $"--target={Init.ToString(CultureInfo.InvariantCulture)}", "--all", "--",
            "/usr/bin/env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", .. command,
        ]);

    /// <summary>A property of a unit, as systemd has it.</summary>
    public async Task<string> PropertyAsync(string unit, string name) => (await RunAsync("systemctl", "show", "--value", "--property", name, unit)).Trim();

    /// <summary>What the kernel says of a unit's main process, by the names in <c>/proc/PID/status</c>.</summary>
    public async Task<Dictionary<string, string>> StatusOfAsync(string unit)
    {
        string[] lines = await File.ReadAllLinesAsync($"{Root}/proc/{await PropertyAsync(unit, "MainPID")}/status", TestContext.Current.CancellationToken);
        return lines.Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1].Trim());
    }

    /// <summary>Ends all of it at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_layers);

        // Processes of the namespace are still ending.
        long start = Stopwatch.GetTimestamp();
        while (File.ReadAllText($"{_controlGroup}/cgroup.events").Contains("populated 1", StringComparison.Ordinal) && Stopwatch.GetElapsedTime(start) < BootLimit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }

        foreach (string directory in Directory.EnumerateDirectories(_controlGroup, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).Append(_controlGroup))
        {
            Directory.Delete(directory);
        }
    }

    private async Task WaitForSystemAsync(CancellationToken cancellationToken)
    {
        // Before, commands would see the machine that the test runs on.
        Init = await FirstProcess.WaitAsync(_process, "systemd", () => _process.HasExited ? _process.StandardError.ReadToEnd() : "", BootLimit, cancellationToken);
        string state = "";
        for (long start = Stopwatch.GetTimestamp(); state != "running";)
        {
            Assert.False(_process.HasExited, "systemd has ended");
            Assert.True(Stopwatch.GetElapsedTime(start) < BootLimit, $"systemd says '{state}' after {BootLimit.TotalSeconds} s");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            (_, string output, string error) = await TryRunAsync("systemctl", "is-system-running");
            state = output.Length == 0 ? error.Trim() : output.Trim();
            Assert.False(state == "degraded", state == "degraded" ? (await TryRunAsync("systemctl", "--failed", "--no-legend", "--plain")).Output : "");
        }
    }
}
