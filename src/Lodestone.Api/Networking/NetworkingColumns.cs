using Lodestone.Api.Resources;

namespace Lodestone.Api.Networking;

/// <summary>Tables of the networking kinds: IronCore's columns, and ours with <c>-o wide</c>.</summary>
internal static class NetworkingColumns
{
    private const string None = "<none>";
    private const int Wide = 1;
    private const int ShownTargets = 3;

    public static IReadOnlyList<PrinterColumn> LoadBalancer { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<LoadBalancer>("IPs", "Allocated addresses.", lb => Join(lb.Status?.Ips, "None"), path: ".status.ips"),
        PrinterColumn.Age,
        PrinterColumn.Text<LoadBalancer>("Type", "Public or Internal.", lb => lb.Spec.Type, Wide, path: ".spec.type"),
        PrinterColumn.Text<LoadBalancer>("Targets", "Network interfaces that take new flows, of those selected.", lb => lb.Status?.ReadyTargets, Wide, path: ".status.readyTargets"),
        PrinterColumn.Text<LoadBalancer>("State", "Ready, or what is missing; Deleting.", StateOf, Wide, path: ".status.state"),
        PrinterColumn.Text<LoadBalancer>("Network", "Network of the load balancer and its targets.", lb => lb.Spec.NetworkRef?.Name, Wide, path: ".spec.networkRef.name"),
        PrinterColumn.Text<LoadBalancer>("Ports", "What is let through.", lb => FormatPorts(lb.Spec.Ports), Wide, path: ".spec.ports[*].port"),
    ];

    public static IReadOnlyList<PrinterColumn> LoadBalancerRouting { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<LoadBalancerRouting>("Targets", "Addresses that take new flows.", r => FormatTargets(r.Destinations), path: ".destinations[*].ip"),
        PrinterColumn.Age,
        PrinterColumn.Text<LoadBalancerRouting>("Network", "Network of the targets.", r => r.NetworkRef?.Name, Wide, path: ".networkRef.name"),
        PrinterColumn.Number<LoadBalancerRouting>("Draining", "Targets that take no new flows.", r => r.Draining?.Count ?? 0, Wide),
        PrinterColumn.Number<LoadBalancerRouting>("Ring", "Generation of the ring.", r => r.RingGeneration, Wide, path: ".ringGeneration"),
    ];

    public static IReadOnlyList<PrinterColumn> Network { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<Network>("State", "Pending, Available or Error.", n => OrElse(n.Status?.State, "<unknown>"), path: ".status.state"),
        PrinterColumn.Text<Network>("ProviderID", "What realises the network.", n => n.Spec?.ProviderID ?? "", path: ".spec.providerID"),
        PrinterColumn.Age,
    ];

    public static IReadOnlyList<PrinterColumn> NetworkInterface { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<NetworkInterface>("Network", "Network the interface is in.", nic => OrElse(nic.Spec.NetworkRef?.Name, None), path: ".spec.networkRef.name"),
        PrinterColumn.Text<NetworkInterface>("Machine", "Machine that uses the interface.", nic => OrElse(nic.Spec.MachineRef?.Name, None), path: ".spec.machineRef.name"),
        PrinterColumn.Text<NetworkInterface>("IPs", "Addresses in use.", nic => Join(nic.Status?.Ips, None), path: ".status.ips"),
        PrinterColumn.Text<NetworkInterface>("Prefixes", "Prefixes in use.", nic => Join(nic.Status?.Prefixes, None), path: ".status.prefixes"),
        PrinterColumn.Text<NetworkInterface>("VirtualIP", "Virtual IP in use.", nic => OrElse(nic.Status?.VirtualIP, None), path: ".status.virtualIP"),
        PrinterColumn.Text<NetworkInterface>("State", "Pending, Available or Error.", nic => OrElse(nic.Status?.State, None), path: ".status.state"),
        PrinterColumn.Age,
        PrinterColumn.Text<NetworkInterface>("ProviderID", "Where the interface lives.", nic => OrElse(nic.Spec.ProviderID, None), Wide, path: ".spec.providerID"),
    ];

    private static string StateOf(LoadBalancer lb) => lb.IsBeingDeleted ? "Deleting" : OrElse(lb.Status?.State, "<unknown>");

    private static string FormatTargets(List<LoadBalancerDestination>? destinations)
    {
        if (destinations is not { Count: > 0 })
        {
            return "<unset>";
        }

        string shown = string.Join(',', destinations.Take(ShownTargets).Select(d => d.Ip ?? d.Name));
        return destinations.Count <= ShownTargets ? shown : $"{shown} + {destinations.Count - ShownTargets} more";
    }

    private static string FormatPorts(List<LoadBalancerPort>? ports) =>
        ports is not { Count: > 0 }
            ? "all"
            : string.Join(',', ports.Select(p => (p.EndPort is { } end ? $"{p.Port}-{end}" : $"{p.Port}") + "/" + (p.Protocol ?? "TCP")));

    private static string Join(List<string>? values, string otherwise) => values is { Count: > 0 } ? string.Join(',', values) : otherwise;

    private static string OrElse(string? value, string otherwise) => string.IsNullOrEmpty(value) ? otherwise : value;
}
