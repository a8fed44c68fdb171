using Lodestone.Api.Meta;
using Lodestone.Api.Resources;

namespace Lodestone.Api.Platform;

/// <summary>Tables of the kinds of <c>lodestone.dev</c>.</summary>
internal static class PlatformColumns
{
    private const int Wide = 1;

    public static IReadOnlyList<PrinterColumn> AddressPool { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<AddressPool>("Addresses", "What may be allocated.", p => string.Join(',', p.Spec.Addresses ?? []), path: ".spec.addresses"),
        PrinterColumn.Text<AddressPool>("Used", "Addresses that are allocated, IPv4 and IPv6.", p => PerFamily(p, u => u.Used)),
        PrinterColumn.Text<AddressPool>("Free", "Addresses that are left, IPv4 and IPv6.", p => PerFamily(p, u => u.Free)),
        PrinterColumn.Age,
        PrinterColumn.Number<AddressPool>("Priority", "Pools of higher priority are tried first.", p => p.Spec.Priority ?? 0, Wide, path: ".spec.priority"),
    ];

    public static IReadOnlyList<PrinterColumn> IPAddress { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<IPAddress>("Address", "The address.", a => a.Spec.Ip, path: ".spec.ip"),
        PrinterColumn.Text<IPAddress>("ClaimRef", "Who holds it.", a => Claim(a.Spec.ClaimRef), path: ".spec.claimRef.name"),
        PrinterColumn.Age,
        PrinterColumn.Text<IPAddress>("Pool", "The pool it came from.", a => a.Spec.PoolRef?.Name ?? "<none>", Wide, path: ".spec.poolRef.name"),
        PrinterColumn.Text<IPAddress>("Network", "The network it is unique in.", a => a.Spec.NetworkRef?.Name ?? "<none>", Wide, path: ".spec.networkRef.name"),
        PrinterColumn.Since<IPAddress>("Released", "How long ago its holder let go.", a => a.Status?.ReleasedAt, Wide, path: ".status.releasedAt"),
    ];

    public static IReadOnlyList<PrinterColumn> NetworkID { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<NetworkID>("ClaimRef", "Who holds it.", n => Claim(n.Spec.ClaimRef), path: ".spec.claimRef.name"),
        PrinterColumn.Age,
    ];

    public static IReadOnlyList<PrinterColumn> Host { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<Host>("Ready", "Whether its agent is alive and well.", h => Ready(h.Status?.Conditions), path: ".status.conditions[?(@.type==\"Ready\")].status"),
        PrinterColumn.Text<Host>("Roles", "What the machine does.", h => string.Join(',', h.Spec.Roles ?? []), path: ".spec.roles"),
        PrinterColumn.Age,
        PrinterColumn.Text<Host>("Underlay", "Addresses other machines reach it at.", h => string.Join(',', h.Spec.UnderlayAddresses ?? []), Wide, path: ".spec.underlayAddresses"),
        PrinterColumn.Text<Host>("Prefix", "Where the underlay addresses of its interfaces come from.", h => h.Spec.UnderlayPrefix, Wide, path: ".spec.underlayPrefix"),
        PrinterColumn.Text<Host>("Kernel", "Release of the running kernel.", h => h.Status?.KernelRelease, Wide, path: ".status.kernelRelease"),
        PrinterColumn.Text<Host>("Version", "Version of the agent.", h => h.Status?.AgentVersion, Wide, path: ".status.agentVersion"),
    ];

    public static IReadOnlyList<PrinterColumn> LoadBalancerRoutingSlice { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<LoadBalancerRoutingSlice>("Routing", "The routing it is a part of.", s => s.RoutingRef?.Name, path: ".routingRef.name"),
        PrinterColumn.Number<LoadBalancerRoutingSlice>("Targets", "Addresses that take new flows.", s => s.Destinations?.Count ?? 0),
        PrinterColumn.Age,
        PrinterColumn.Number<LoadBalancerRoutingSlice>("Draining", "Targets that take no new flows.", s => s.Draining?.Count ?? 0, Wide),
    ];

    private static string Ready(List<Condition>? conditions) => conditions?.Find(c => c.Type == "Ready")?.Status ?? "Unknown";

    private static string Claim(ClaimRef? claim) => claim switch
    {
        null => "<none>",
        { Namespace: { Length: > 0 } scope } => $"{claim.Resource}/{scope}/{claim.Name}",
        _ => $"{claim.Resource}/{claim.Name}",
    };

    private static string PerFamily(AddressPool pool, Func<AddressPoolUsage, string> number)
    {
        IEnumerable<AddressPoolUsage> usages = new[] { pool.Status?.Ipv4, pool.Status?.Ipv6 }.OfType<AddressPoolUsage>();
        return string.Join(',', usages.Select(number)) is { Length: > 0 } text ? text : "<unknown>";
    }
}
