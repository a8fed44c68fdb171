using Lodestone.Api.Cluster;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Hosts;

namespace Lodestone.Controllers.Services;

/// <summary>Which nodes take the traffic of a Service. Pure.</summary>
/// <param name="Targets">Hosts that take new flows, by name.</param>
/// <param name="Live">Names of hosts that can go on with the flows they have.</param>
/// <param name="Finding">Why there are none; null where there are.</param>
/// <param name="LookAgain">When time alone may change it; null: never.</param>
/// <remarks>
/// A node takes part when an agent runs on it, whose Host has its name: packets reach it encapsulated, and the agent hands them to the node's
/// own network stack, where kube-proxy, or what stands for it, does what it does for every address in <c>status.loadBalancer</c>.
/// <para>
/// As Kubernetes' own service controller does, nodes are left out that are not Ready, are being deleted, are about to be removed by the autoscaler, or
/// carry the label that says so. With <c>externalTrafficPolicy: Local</c> a node needs a ready endpoint, which is also what its
/// <c>healthCheckNodePort</c> answers by; EndpointSlices tell it sooner.
/// </para>
/// </remarks>
internal sealed record NodeSelection(IReadOnlyList<Host> Targets, IReadOnlySet<string> Live, (string Reason, string Message)? Finding, TimeSpan? LookAgain)
{
    internal const string ExcludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers";
    internal const string RemovalTaint = "ToBeDeletedByClusterAutoscaler";

    /// <param name="service">The Service.</param>
    /// <param name="nodes">All nodes.</param>
    /// <param name="hostOf">The Host of a name; null where there is none.</param>
    /// <param name="slices">The Service's EndpointSlices.</param>
    /// <param name="grace">How long an agent may be silent while its node is well: packets flow on without it.</param>
    /// <param name="now">The time.</param>
    internal static NodeSelection Of(
        Service service,
        IReadOnlyCollection<Node> nodes,
        Func<string, Host?> hostOf,
        IReadOnlyCollection<EndpointSlice> slices,
        TimeSpan grace,
        DateTimeOffset now)
    {
        bool isLocal = service.Spec.ExternalTrafficPolicy == "Local";
        HashSet<string> ready = NodesOf(slices, e => e.Conditions?.Ready != false && e.Conditions?.Terminating != true);
        HashSet<string> serving = NodesOf(slices, e => e.Conditions?.Serving ?? e.Conditions?.Ready ?? true);
        var targets = new SortedDictionary<string, Host>(StringComparer.Ordinal);
        var sick = new SortedDictionary<string, Host>(StringComparer.Ordinal);
        var live = new HashSet<string>(StringComparer.Ordinal);
        TimeSpan? lookAgain = null;
        int withAgent = 0;
        foreach (Node node in nodes)
        {
            string name = node.Metadata.Name ?? "";
            if (hostOf(name) is not { IsBeingDeleted: false, Spec.UnderlayAddresses.Count: > 0 } host)
            {
                continue;
            }

            withAgent++;
            TimeSpan? left = SilentFor(host) is { } since ? since + grace - now : null;
            if (left > TimeSpan.Zero && (lookAgain is null || left < lookAgain))
            {
                lookAgain = left;
            }

            bool isWell = IsReady(node) && left is null or { Ticks: > 0 };
            if (isWell && (!isLocal || serving.Contains(name)))
            {
                live.Add(name);
            }

            if (!IsExcluded(node) && (!isLocal || ready.Contains(name)))
            {
                (isWell ? targets : sick)[name] = host;
            }
        }

        if (targets.Count == 0 && sick.Count > 0)
        {
            // More likely something is between us and all of them than that all are down: leaving them in loses nothing.
            targets = sick;
            live.UnionWith(sick.Keys);
        }

        (string, string)? finding = targets.Count > 0 ? null
            : withAgent == 0 ? ("NoNodes", "no Node has a Host of its name: run the agents, as the DaemonSet lodestone-agent does")
            : isLocal ? ("NoEndpoints", "externalTrafficPolicy is Local and no node with an agent has a ready endpoint")
            : ("NoNodes", $"all nodes with an agent are excluded, by the label {ExcludeLabel} or because they are about to go");
        return new NodeSelection([.. targets.Values], live, finding, lookAgain);
    }

    /// <summary>Whether a change of a Node can change a selection.</summary>
    internal static bool Matters(Node? old, Node? current) =>
        old is null || current is null || old.Metadata.Uid != current.Metadata.Uid || IsReady(old) != IsReady(current) || IsExcluded(old) != IsExcluded(current);

    /// <summary>Whether a change of a Host can change a selection.</summary>
    internal static bool Matters(Host? old, Host? current) =>
        old is null
        || current is null
        || old.Metadata.Uid != current.Metadata.Uid
        || old.IsBeingDeleted != current.IsBeingDeleted
        || SilentFor(old) != SilentFor(current)
        || !(old.Spec.UnderlayAddresses ?? []).SequenceEqual(current.Spec.UnderlayAddresses ?? []);

    private static bool IsReady(Node node) => node.Status?.Conditions?.Find(c => c.Type == "Ready")?.Status == "True";

    private static bool IsExcluded(Node node) =>
        node.IsBeingDeleted
        || node.Metadata.Labels?.ContainsKey(ExcludeLabel) == true
        || node.Spec?.Taints?.Exists(t => t.Key == RemovalTaint) == true;

    /// <summary>Since when the agent has not renewed its Lease; null: it does.</summary>
    private static DateTimeOffset? SilentFor(Host host) => host.Status?.Conditions.Of("Ready") is { Status: "False", Reason: HostController.LeaseExpired } silent
        ? silent.LastTransitionTime ?? DateTimeOffset.MinValue
        : null;

    private static HashSet<string> NodesOf(IReadOnlyCollection<EndpointSlice> slices, Func<Endpoint, bool> where) =>
        [.. slices.SelectMany(s => s.Endpoints ?? []).Where(where).Select(e => e.NodeName).OfType<string>()];
}
