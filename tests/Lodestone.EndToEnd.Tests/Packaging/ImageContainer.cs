using System.Diagnostics;
using System.Text;

using Lodestone.Cli.Lab;
using Lodestone.EndToEnd.Tests.Services;
using Lodestone.Linux.Processes;

namespace Lodestone.EndToEnd.Tests.Packaging;

/// <summary>
/// The container of the DaemonSet of <c>lodestone manifests agent --bgp</c>, from the files of an image, as a container runtime makes it: process 1 of its own pid, mount,
/// IPC, UTS and control group namespaces in the host's network namespace, root with the manifest's capabilities and no way to more, all files read-only but
/// what the manifest mounts.
/// </summary>
internal sealed class ImageContainer : IAsyncDisposable
{
    // 1 root, 2 directory that is mounted as the Secret is, 3 capabilities to lose, then the program's arguments.
    private const string Run = """
        set -eu
        cd "$1"
        mount --bind . .
        cd "$1"
        mount -t proc -o nosuid,nodev,noexec proc proc
        for path in bus fs irq sys sysrq-trigger; do
            [ -e "proc/$path" ] || continue
            mount --bind "proc/$path" "proc/$path"
            mount -o remount,bind,ro,nosuid,nodev,noexec "proc/$path"
        done
        mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
        mount -t cgroup2 -o ro,nosuid,nodev,noexec cgroup2 sys/fs/cgroup
        mount --bind /sys/fs/bpf sys/fs/bpf
        mount -t tmpfs -o nosuid,mode=0755 tmpfs dev
        for device in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
            mknod -m 0666 "dev/${device% *}" c 1 "${device#* }"
        done
        mkdir dev/shm
        mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 tmpfs dev/shm
        ln -s /proc/self/fd dev/fd
        mount -t tmpfs -o mode=0777 tmpfs run/lodestone-bgp
        mount --bind "$2" etc/lodestone
        mount -o remount,bind,ro etc/lodestone
        mount -o remount,bind,ro .
        root=$1 drop=$3
        shift 3
        exec env -i PATH=/usr/bin DOTNET_EnableDiagnostics=0 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$(command -v capsh)" \
            --no-new-privs "--chroot=$root" "--drop=$drop" --shell=/usr/bin/lodestone -- "$@"
        """;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly StringBuilder _log = new();
    private readonly Process _process;

    private ImageContainer(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>Process 1, by the number it has outside.</summary>
    public int Init { get; private set; }

    /// <summary>What it wrote.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Unpacks an OCI archive of one layer, and makes what a runtime makes: the directories to mount at.</summary>
    /// <returns>The root directory.</returns>
    public static async Task<string> UnpackAsync(string archive, string directory)
    {
        string layout = Directory.CreateDirectory(Path.Combine(directory, "layout")).FullName;
        string root = Directory.CreateDirectory(Path.Combine(directory, "root")).FullName;
        await DebianPackage.RunAsync("tar", "-xf", archive, "-C", layout);
        string layer = Directory.EnumerateFiles(Path.Combine(layout, "blobs", "sha256")).MaxBy(file => new FileInfo(file).Length)!;
        await DebianPackage.RunAsync("tar", "-xzf", layer, "-C", root);
        Directory.Delete(layout, recursive: true);
        foreach (string path in (string[])["run/lodestone-bgp", "etc/lodestone"])
        {
            Directory.CreateDirectory(Path.Combine(root, path));
        }

        return root;
    }

    /// <summary>Starts it.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="host">The node.</param>
    /// <param name="root">The image's files.</param>
    /// <param name="secret">What is mounted at <c>/etc/lodestone</c>.</param>
    /// <param name="arguments">The program's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ImageContainer> StartAsync(NetworkLab lab, LabHost host, string root, string secret, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        string bounding = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("CapBnd:", StringComparison.Ordinal)).Split('\t')[1];
        string decoded = (await DebianPackage.RunAsync("capsh", $"--decode={bounding}")).Trim();
        IEnumerable<string> drop = decoded[(decoded.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(',').Except(PodProcess.CapabilitiesOf(bgp: true).Select(name => $"cap_{name.ToLowerInvariant()}"));
        var info = new ProcessStartInfo(
            "unshare",
            ["--mount", "--uts", "--ipc", "--pid", "--cgroup", "--fork", "--kill-child", "--", "sh", "-c", Run, "run", root, secret, string.Join(',', drop), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        var container = new ImageContainer(lab.Start(host, info));
        container._process.StandardInput.Close();
        try
        {
            container.Init = await FirstProcess.WaitAsync(container._process, "lodestone", () => container.Log, StartLimit, cancellationToken);
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }

        return container;
    }

    /// <summary>SIGTERM to process 1, as a kubelet does.</summary>
    public void Terminate() => ProcessSignals.Terminate(Init);

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Add(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
