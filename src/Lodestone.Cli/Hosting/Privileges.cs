using Lodestone.Linux.Kernel;

namespace Lodestone.Cli.Hosting;

/// <summary>Ends a command with one line when it lacks a privilege, before it has touched anything.</summary>
internal static class Privileges
{
    /// <summary>The process must be able to load and attach packet programs.</summary>
    /// <param name="command">The command, as in <c>server</c>.</param>
    /// <param name="otherwise">What works without; null if nothing does.</param>
    public static void RequireDatapath(string command, string? otherwise = null)
    {
        var capabilities = Capabilities.ReadEffective();
        if (!capabilities.Has(Capability.Bpf) || !capabilities.Has(Capability.NetAdmin))
        {
            throw Missing(command, "loads eBPF programs and attaches them to devices (CAP_BPF, CAP_NET_ADMIN)", otherwise);
        }
    }

    /// <summary>The process must be able to make network namespaces and fill them.</summary>
    /// <param name="command">The command, as in <c>demo</c>.</param>
    public static void RequireLab(string command)
    {
        var capabilities = Capabilities.ReadEffective();
        if (!capabilities.Has(Capability.Bpf) || !capabilities.Has(Capability.NetAdmin) || !capabilities.Has(Capability.SysAdmin))
        {
            throw Missing(command, "makes network namespaces and loads eBPF programs (CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_BPF)", otherwise: null);
        }
    }

    /// <summary>The process must be able to open pinned maps and programs, and to run programs on packets of its own.</summary>
    /// <param name="command">The command, as in <c>trace</c>.</param>
    public static void RequireInspection(string command)
    {
        var capabilities = Capabilities.ReadEffective();
        if (!capabilities.Has(Capability.Bpf) || !capabilities.Has(Capability.NetAdmin) || !capabilities.Has(Capability.SysAdmin))
        {
            throw Missing(command, "opens the agent's eBPF maps and programs (CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_BPF)", otherwise: null);
        }
    }

    private static CommandException Missing(string command, string why, string? otherwise) =>
        new($"'{command}' needs root: it {why}. Run it with sudo{(otherwise is null ? "" : ", or " + otherwise)}.", ExitCodes.MissingPrivilege);
}
