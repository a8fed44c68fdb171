namespace Lodestone.Linux.Kernel;

/// <summary>The capabilities Lodestone asks about, by their numbers (capabilities(7)).</summary>
public enum Capability
{
    /// <summary>CAP_NET_ADMIN: change links, addresses, routes, attach XDP and tc programs.</summary>
    NetAdmin = 12,

    /// <summary>CAP_NET_RAW: packet sockets.</summary>
    NetRaw = 13,

    /// <summary>CAP_SYS_ADMIN: mount, make and enter namespaces.</summary>
    SysAdmin = 21,

    /// <summary>CAP_SYS_RESOURCE: raise limits.</summary>
    SysResource = 24,

    /// <summary>CAP_PERFMON: what the verifier allows tracing programs; needed for some map types and pointers.</summary>
    PerfMon = 38,

    /// <summary>CAP_BPF: create maps, load programs.</summary>
    Bpf = 39,
}
