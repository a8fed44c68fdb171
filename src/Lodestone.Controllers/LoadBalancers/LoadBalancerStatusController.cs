using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Selection;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>Tells in a <see cref="LoadBalancer"/>'s status whether its network and its targets are there.</summary>
/// <remarks>
/// Reads LoadBalancer, Network, NetworkInterface, LoadBalancerRouting, LoadBalancerRoutingSlice. Writes the conditions NetworkReady and TargetsReady, the counts
/// and observedGeneration in LoadBalancer/status, and Events, nothing else. Conditions of other writers stay.
/// </remarks>
internal sealed class LoadBalancerStatusController(
    ILister<LoadBalancer> loadBalancers,
    ILister<Network> networks,
    ILister<LoadBalancerRouting> routings,
    ILister<LoadBalancerRoutingSlice> slices,
    TargetSelection targets,
    ApiClient client,
    EventRecorder events,
    TimeProvider timeProvider) : IReconciler
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!loadBalancers.TryGet(key, out LoadBalancer? lb) || lb.IsBeingDeleted)
        {
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
        if (IsSaid(lb, readiness))
        {
            return ReconcileResult.Done;
        }

        LoadBalancer? written = await client.UpdateStatusAsync(
            lb,
            current =>
            {
                DateTimeOffset now = timeProvider.GetUtcNow();
                LoadBalancerStatus status = current.Status ??= new LoadBalancerStatus();
                status.Targets = readiness.Targets;
                status.DrainingTargets = readiness.Draining;
                status.ObservedGeneration = lb.Metadata.Generation;
                status.Conditions = status.Conditions
                    .With("NetworkReady", readiness.Network.IsTrue, readiness.Network.Reason, readiness.Network.Message, lb.Metadata.Generation, now)
                    .With("TargetsReady", readiness.Ready.IsTrue, readiness.Ready.Reason, readiness.Ready.Message, lb.Metadata.Generation, now);
            },
            cancellationToken);
        if (written is not null)
        {
            Tell(lb, "NetworkReady", readiness.Network);
            Tell(lb, "TargetsReady", readiness.Ready);
        }

        return ReconcileResult.Done;
    }

    /// <summary>Whether the status says so already. Found out here, without writing it out as JSON, for most reconciles change nothing.</summary>
    private static bool IsSaid(LoadBalancer lb, LoadBalancerReadiness readiness) =>
        lb.Status is { } status
        && status.Targets == readiness.Targets
        && status.DrainingTargets == readiness.Draining
        && status.ObservedGeneration == lb.Metadata.Generation
        && status.Conditions.Say("NetworkReady", readiness.Network, lb.Metadata.Generation)
        && status.Conditions.Say("TargetsReady", readiness.Ready, lb.Metadata.Generation);

    private void Tell(LoadBalancer lb, string type, Finding finding)
    {
        if (lb.Status?.Conditions.Of(type)?.Reason != finding.Reason)
        {
            events.Record(lb, finding.IsTrue ? EventType.Normal : EventType.Warning, finding.Reason, finding.Message);
        }
    }
}
