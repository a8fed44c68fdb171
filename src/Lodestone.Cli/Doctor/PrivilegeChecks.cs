using Lodestone.Linux.Kernel;

namespace Lodestone.Cli.Doctor;

/// <summary>Whether this process may do what the commands do.</summary>
internal static class PrivilegeChecks
{
    private const string Area = "privileges";

    private static readonly (Capability Capability, string Name, string Use)[] Needed =
    [
        (Capability.Bpf, "CAP_BPF", "loads packet programs and makes maps"),
        (Capability.NetAdmin, "CAP_NET_ADMIN", "attaches them to devices"),
        (Capability.PerfMon, "CAP_PERFMON", "lets the programs use pointers freely"),
        (Capability.SysAdmin, "CAP_SYS_ADMIN", "makes the demo's network namespaces, mounts bpffs"),
    ];

    /// <summary>Looks.</summary>
    public static IEnumerable<Finding> Check()
    {
        var capabilities = Capabilities.ReadEffective();
        return Needed.Select(n => Finding.When(
            capabilities.Has(n.Capability),
            Area,
            n.Name,
            n.Use,
            FindingLevel.Broken,
            $"missing; it {n.Use}",
            "run as root (sudo), or use only 'server --no-agent', 'apiserver' and 'controller'"));
    }
}
