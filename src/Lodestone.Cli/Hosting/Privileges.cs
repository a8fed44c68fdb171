using System.Globalization;

namespace Lodestone.Cli.Hosting;

/// <summary>What this process may do.</summary>
internal static class Privileges
{
    /// <summary>CAP_NET_ADMIN: devices, routes, tc and XDP.</summary>
    public const int NetAdmin = 12;

    /// <summary>CAP_SYS_ADMIN: mounts and network namespaces.</summary>
    public const int SysAdmin = 21;

    /// <summary>CAP_PERFMON: packet programs that read kernel memory.</summary>
    public const int Perfmon = 38;

    /// <summary>CAP_BPF: maps and programs.</summary>
    public const int Bpf = 39;

    /// <summary>Whether the process has a capability in effect.</summary>
    public static bool Has(int capability) => (Effective() >> capability & 1) == 1;

    /// <summary>Ends the command with one line unless the process may load and attach packet programs.</summary>
    /// <param name="command">The command, as in <c>server</c>.</param>
    /// <param name="otherwise">What works without; null if nothing does.</param>
    public static void RequireDatapath(string command, string? otherwise = null)
    {
        if (!Has(Bpf) || !Has(NetAdmin))
        {
            throw Missing(command, "loads eBPF programs and attaches them to devices (CAP_BPF, CAP_NET_ADMIN)", otherwise);
        }
    }

    /// <summary>Ends the command with one line unless the process may make network namespaces and fill them.</summary>
    public static void RequireLab(string command)
    {
        if (!Has(Bpf) || !Has(NetAdmin) || !Has(SysAdmin))
        {
            throw Missing(command, "makes network namespaces and loads eBPF programs (CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_BPF)", otherwise: null);
        }
    }

    private static CommandException Missing(string command, string why, string? otherwise) =>
        new($"'{command}' needs root: it {why}. Run it with sudo{(otherwise is null ? "" : ", or " + otherwise)}.", ExitCodes.MissingPrivilege);

    private static ulong Effective()
    {
        const string Field = "CapEff:";
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Field, StringComparison.Ordinal));
        return ulong.Parse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
