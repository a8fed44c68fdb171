using System.Globalization;
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
        PrinterColumn.Text<Host>("Drain", "Whether it is to take no new flows.", h => h.Spec.Drain is { } drain ? (drain ? "true" : "false") : null, path: ".spec.drain"),
        PrinterColumn.Age,
        PrinterColumn.Text<Host>("Underlay", "Addresses other machines reach it at.", h => string.Join(',', h.Spec.UnderlayAddresses ?? []), Wide, path: ".spec.underlayAddresses"),
        PrinterColumn.Text<Host>("Prefix", "Where the underlay addresses of its interfaces come from.", h => h.Spec.UnderlayPrefix, Wide, path: ".spec.underlayPrefix"),
        PrinterColumn.Number<Host>("VIPs", "Addresses it announces on its segment.", h => h.Status?.AnnouncedAddresses, Wide, path: ".status.announcedAddresses"),
        PrinterColumn.Text<Host>("Kernel", "Release of the running kernel.", h => h.Status?.KernelRelease, Wide, path: ".status.kernelRelease"),
        PrinterColumn.Text<Host>("Version", "Version of the agent.", h => h.Status?.AgentVersion, Wide, path: ".status.agentVersion"),
        PrinterColumn.Text<Host>("Tables", "What its tables have in common with other gateways'.", h => h.Status?.TableFingerprint, Wide, path: ".status.tableFingerprint"),
    ];

    public static IReadOnlyList<PrinterColumn> LoadBalancerPolicy { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<LoadBalancerPolicy>("LoadBalancer", "The LoadBalancer it is for.", p => p.Spec.LoadBalancerRef?.Name, path: ".spec.loadBalancerRef.name"),
        PrinterColumn.Text<LoadBalancerPolicy>("Attached", "Whether the LoadBalancer's gateways are told to do as it says.", p => StatusOf(p.Status?.Conditions, "Attached"), path: ".status.conditions[?(@.type==\"Attached\")].status"),
        PrinterColumn.Text<LoadBalancerPolicy>("Affinity", "Which flows go to one target.", p => p.Spec.SessionAffinity ?? SessionAffinities.Flow, path: ".spec.sessionAffinity"),
        PrinterColumn.Age,
        PrinterColumn.Text<LoadBalancerPolicy>("Reason", "Why it is attached, or not.", p => p.Status?.Conditions?.Find(c => c.Type == "Attached")?.Reason, Wide, path: ".status.conditions[?(@.type==\"Attached\")].reason"),
    ];

    public static IReadOnlyList<PrinterColumn> LoadBalancerRoutingSlice { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<LoadBalancerRoutingSlice>("Routing", "The routing it is a part of.", s => s.RoutingRef?.Name, path: ".routingRef.name"),
        PrinterColumn.Number<LoadBalancerRoutingSlice>("Targets", "Addresses that take new flows.", s => s.Destinations?.Count ?? 0),
        PrinterColumn.Age,
        PrinterColumn.Number<LoadBalancerRoutingSlice>("Draining", "Targets that take no new flows.", s => s.Draining?.Count ?? 0, Wide),
    ];

    public static IReadOnlyList<PrinterColumn> BGPPeer { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<BGPPeer>("Peer", "The router.", p => p.Spec.PeerAddress ?? p.Spec.Interface),
        PrinterColumn.Number<BGPPeer>("ASN", "The router's autonomous system.", p => p.Spec.PeerASN ?? 0, path: ".spec.peerASN"),
        PrinterColumn.Text<BGPPeer>("Established", "Sessions that are up, of all.", Established),
        PrinterColumn.Text<BGPPeer>("Reason", "Why the first session that is not up is not.", p => p.Status?.Sessions?.Find(s => s.State != BGPSessionStates.Established)?.Reason),
        PrinterColumn.Age,
        PrinterColumn.Number<BGPPeer>("Local-ASN", "The gateways' autonomous system.", p => p.Spec.LocalASN ?? 0, Wide, path: ".spec.localASN"),
    ];

    private static string Established(BGPPeer peer) =>
        peer.Status?.Sessions is { Count: > 0 } sessions
            ? string.Create(CultureInfo.InvariantCulture, $"{sessions.Count(s => s.State == BGPSessionStates.Established)}/{sessions.Count}")
            : "0/0";

    private static string Ready(List<Condition>? conditions) => StatusOf(conditions, "Ready");

    private static string StatusOf(List<Condition>? conditions, string type) => conditions?.Find(c => c.Type == type)?.Status ?? "Unknown";

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
