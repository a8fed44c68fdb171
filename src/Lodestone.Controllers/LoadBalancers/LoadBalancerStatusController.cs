using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Access;
using Lodestone.Controllers.Selection;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>Tells in a <see cref="LoadBalancer"/>'s status what is there and what is missing until traffic flows.</summary>
/// <remarks>
/// Reads LoadBalancer, Network, NetworkInterface, LoadBalancerRouting, LoadBalancerRoutingSlice and Host. Writes the conditions Accepted,
/// NetworkReady, TargetsReady, Programmed, GatewaysAgree and AddressesUncontested, the counts, state and observedGeneration in LoadBalancer/status, from which it takes away the
/// entries of gateways that are gone, and Events, nothing else. Conditions of other writers stay.
/// </remarks>
internal sealed class LoadBalancerStatusController(
    ILister<LoadBalancer> loadBalancers,
    ILister<Network> networks,
    ILister<LoadBalancerRouting> routings,
    ILister<LoadBalancerRoutingSlice> slices,
    ILister<Host> hosts,
    TargetSelection targets,
    ApiClient client,
    EventRecorder events,
    ControllerOptions options,
    TimeProvider timeProvider) : IDeclaresPermissions
{
    /// <inheritdoc/>
    public static Permissions Permissions { get; } = Permissions.None
        .Reads<LoadBalancer>().Reads<Host>().Reads<Network>().Reads<NetworkInterface>().Reads<LoadBalancerRouting>().Reads<LoadBalancerRoutingSlice>()
        .ChangesStatus<LoadBalancer>();

    private readonly GatewayPatience _patience = new(options.GatewayPatience, timeProvider);
    private readonly AgreementPatience _settling = new(options.TableSettling, timeProvider);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!loadBalancers.TryGet(key, out LoadBalancer? lb) || lb.IsBeingDeleted)
        {
            _patience.Forget(key);
            _settling.Forget(key);
            return ReconcileResult.Done;
        }

        networks.TryGet(new ObjectKey(key.Namespace, lb.Spec.NetworkRef?.Name ?? ""), out Network? network);
        if (routings.TryGet(key, out LoadBalancerRouting? routing)
            && !RoutingAssembly.TryAssemble(routing, name => slices.TryGet(new ObjectKey(key.Namespace, name), out LoadBalancerRoutingSlice? s) ? s : null, out routing, out _))
        {
            // What is missing wakes us when it comes.
            return ReconcileResult.Done;
        }

        LoadBalancerReadiness readiness = LoadBalancerReadiness.Of(lb, network, routing, targets.InterfacesOf(lb));
        Finding accepted = LoadBalancerAcceptance.Of(lb, network);
        HashSet<string> orphans = await FindOrphansAsync(lb, cancellationToken);
        GatewayReadiness? gateways = null;
        GatewayAgreement? agreement = null;
        List<(string Type, Finding Finding, Condition? Before)> findings = [];
        LoadBalancer? written = await client.UpdateStatusAsync(
            lb,
            current =>
            {
                LoadBalancerStatus status = current.Status ??= new LoadBalancerStatus();
                if (status.Gateways?.RemoveAll(g => orphans.Contains(g.Name)) > 0 && status.Gateways.Count == 0)
                {
                    status.Gateways = null;
                }

                gateways = GatewayReadiness.Of(Observed(lb, status), routing, ServersOf(lb), entry => _patience.Left(key, entry));
                findings.Clear();
                Set(status, LoadBalancerConditions.Accepted, accepted, lb.Metadata.Generation);
                Set(status, LoadBalancerConditions.NetworkReady, readiness.Network, lb.Metadata.Generation);
                Set(status, LoadBalancerConditions.TargetsReady, readiness.Ready, lb.Metadata.Generation);
                Set(status, LoadBalancerConditions.Programmed, gateways.Programmed, gateways.Generation);
                agreement = GatewayAgreement.Of(Observed(lb, status), lb.Spec.Type == "Internal" ? [] : ServersOf(lb), (one, other) => _settling.Left(key, one, other));
                if (agreement.Agree is { } agree)
                {
                    Set(status, LoadBalancerConditions.GatewaysAgree, agree, agreement.Generation);
                }

                if (AddressContest.Of(status) is { } contest)
                {
                    Set(status, LoadBalancerConditions.AddressesUncontested, contest, lb.Metadata.Generation);
                }

                status.Targets = readiness.Targets;
                status.DrainingTargets = readiness.Draining;
                status.SelectedTargets = readiness.Selected;
                status.ReadyTargets = $"{readiness.Targets}/{readiness.Selected}";
                status.ObservedGeneration = lb.Metadata.Generation;
                status.State = LoadBalancerConditions.StateOf(status.Conditions);
            },
            cancellationToken);
        if (written is not null)
        {
            findings.ForEach(f => Tell(lb, f.Finding, f.Before));
        }

        if (gateways?.IsAnyBehind != true)
        {
            _patience.Forget(key);
        }

        if (agreement?.IsAnyDifferent != true)
        {
            _settling.Forget(key);
        }

        ReconcileResult result = gateways?.RetryAfter is { } delay ? ReconcileResult.RequeueAfter(delay) : ReconcileResult.Done;
        return agreement?.RetryAfter is { } settled ? result.Or(ReconcileResult.RequeueAfter(settled)) : result;

        void Set(LoadBalancerStatus status, string type, Finding finding, long? generation)
        {
            Condition? before = status.Conditions.Of(type);
            findings.Add((type, finding, before is null ? null : new Condition { Status = before.Status, Reason = before.Reason }));
            status.Conditions = status.Conditions.With(type, finding.IsTrue, finding.Reason, finding.Message, generation, timeProvider.GetUtcNow());
        }
    }

    /// <summary>The spec that was seen with the status that is: gateways and addresses may have changed since.</summary>
    private static LoadBalancer Observed(LoadBalancer lb, LoadBalancerStatus status) => new() { Metadata = lb.Metadata, Spec = lb.Spec, Status = status };

    /// <summary>The Hosts that are to have a load balancer in their data path.</summary>
    private IEnumerable<Host> ServersOf(LoadBalancer lb) => lb.Spec.Type == "Internal"
        ? targets.HostsOf(lb).Select(name => hosts.TryGet(new ObjectKey("", name), out Host? host) ? host : null).OfType<Host>()
        : hosts.ByIndex(Indexes.Role, "Gateway");

    /// <summary>Gateways whose Host doesn't exist; confirmed by a direct read, since a cache may lag behind a create.</summary>
    private async Task<HashSet<string>> FindOrphansAsync(LoadBalancer lb, CancellationToken cancellationToken)
    {
        var orphans = new HashSet<string>(StringComparer.Ordinal);
        foreach (LoadBalancerGateway entry in lb.Status?.Gateways ?? [])
        {
            var key = new ObjectKey("", entry.Name);
            if (!hosts.TryGet(key, out _) && await client.TryGetAsync<Host>(key, cancellationToken) is null)
            {
                orphans.Add(entry.Name);
            }
        }

        return orphans;
    }

    /// <summary>Only news: another reason than before. What every load balancer goes through when it is new is none.</summary>
    private void Tell(LoadBalancer lb, Finding finding, Condition? before)
    {
        bool isUsual = before is null && (finding.IsTrue ? finding.Reason == "Accepted" : finding.Reason == GatewayReadiness.NoAddress);
        if (before?.Reason != finding.Reason && !isUsual && finding.Reason != GatewayReadiness.GatewayPending)
        {
            events.Record(lb, finding.IsTrue ? EventType.Normal : EventType.Warning, finding.Reason, finding.Message);
        }
    }
}
