using Lodestone.Linux.Kernel;

namespace Lodestone.Cli.Doctor;

/// <summary>Whether the running kernel has what the packet programs need.</summary>
internal static class KernelChecks
{
    private const string Area = "kernel";

    // docs/kernel-support.md says what needs which.
    private static readonly KernelRelease Needed = new(5, 15);
    private static readonly KernelRelease FirstWithTcx = new(6, 6);

    /// <summary>Looks.</summary>
    public static IEnumerable<Finding> Check()
    {
        KernelRelease release = KernelRelease.Current;
        yield return Finding.When(
            release >= Needed,
            Area,
            "release",
            release >= FirstWithTcx
                ? $"Linux {release}: XDP links and tcx are there"
                : $"Linux {release}: XDP links are there; no tcx (6.6), so tc programs are clsact filters",
            FindingLevel.Broken,
            $"Linux {release} is too old",
            $"boot Linux {Needed.Major}.{Needed.Minor} or newer");
        yield return Finding.When(
            File.Exists("/sys/kernel/btf/vmlinux"),
            Area,
            "BTF",
            "the kernel describes its types (/sys/kernel/btf/vmlinux)",
            FindingLevel.Broken,
            "/sys/kernel/btf/vmlinux is missing",
            "use a kernel built with CONFIG_DEBUG_INFO_BTF=y");
        yield return Jit();
        yield return Finding.When(
            BpfFileSystem.IsMountedAt(),
            Area,
            "bpffs",
            $"mounted at {BpfFileSystem.DefaultPath}; maps and links are pinned there",
            FindingLevel.Warning,
            $"no bpf file system at {BpfFileSystem.DefaultPath}",
            $"mount -t bpf bpf {BpfFileSystem.DefaultPath} (the agent does it itself when it is root)");
        yield return Memlock(release);
    }

    // Kernels built with CONFIG_BPF_JIT_ALWAYS_ON may lack the variable or refuse to change it; readable only for root on some.
    private static Finding Jit()
    {
        const string Path = "/proc/sys/net/core/bpf_jit_enable";
        string? value = ReadLine(Path);
        return value switch
        {
            "1" => new Finding(Area, "BPF JIT", FindingLevel.Ok, "on"),
            "2" => new Finding(Area, "BPF JIT", FindingLevel.Warning, "on, in its debugging mode", "sysctl -w net.core.bpf_jit_enable=1"),
            "0" => new Finding(Area, "BPF JIT", FindingLevel.Warning, "off: packet programs are interpreted, many times slower", "sysctl -w net.core.bpf_jit_enable=1"),
            _ => new Finding(Area, "BPF JIT", FindingLevel.Ok, "always on, or not ours to read"),
        };
    }

    // Since 5.11 maps are charged to the memory cgroup and RLIMIT_MEMLOCK no longer matters to them.
    private static Finding Memlock(KernelRelease release) => Finding.When(
        release >= new KernelRelease(5, 11),
        Area,
        "memlock",
        "maps are charged to the memory cgroup, RLIMIT_MEMLOCK does not limit them",
        FindingLevel.Warning,
        "maps count against RLIMIT_MEMLOCK on this kernel",
        "ulimit -l unlimited");

    private static string? ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
