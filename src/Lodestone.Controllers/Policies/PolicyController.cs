using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Access;
using Lodestone.Controllers.LoadBalancers;
using Lodestone.Controllers.Routing;

namespace Lodestone.Controllers.Policies;

/// <summary>Says of every <see cref="LoadBalancerPolicy"/> whether it counts, and whether the gateways are told.</summary>
/// <remarks>
/// Reads LoadBalancerPolicy, LoadBalancer, LoadBalancerRouting. Writes LoadBalancerPolicy/status and Events, nothing else. What a policy
/// asks for the routing controller writes into the routing.
/// </remarks>
internal sealed class PolicyController(
    ILister<LoadBalancerPolicy> policies,
    PolicySelection selection,
    ILister<LoadBalancer> loadBalancers,
    ILister<LoadBalancerRouting> routings,
    ApiClient client,
    EventRecorder events,
    TimeProvider timeProvider) : IDeclaresPermissions
{
    /// <inheritdoc/>
    public static Permissions Permissions { get; } = Permissions.None
        .Reads<LoadBalancerPolicy>().Reads<LoadBalancer>().Reads<LoadBalancerRouting>()
        .ChangesStatus<LoadBalancerPolicy>();

    private const string Accepted = "Accepted";
    private const string Attached = "Attached";
    private const string ServerIDsUnique = "ServerIDsUnique";

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!policies.TryGet(key, out LoadBalancerPolicy? policy) || policy.IsBeingDeleted)
        {
            return ReconcileResult.Done;
        }

        ObjectKey target = Indexes.LoadBalancerOf(policy);
        LoadBalancerPolicy? counting = selection.Of(target);
        Finding accepted = Judge(policy, counting);
        loadBalancers.TryGet(target, out LoadBalancer? lb);
        routings.TryGet(target, out LoadBalancerRouting? routing);
        Finding attached = Judge(policy, accepted, target, lb, routing);
        Finding? unique = attached.IsTrue ? ServerIDJudgement.Judge(routing) : null;
        Condition? before = policy.Status?.Conditions.Of(Accepted);
        Condition? uniqueBefore = policy.Status?.Conditions.Of(ServerIDsUnique);
        LoadBalancerPolicy? written = await client.UpdateStatusAsync(
            policy,
            current =>
            {
                current.Status ??= new LoadBalancerPolicyStatus();
                Set(current, Accepted, accepted, policy.Metadata.Generation);
                Set(current, Attached, attached, policy.Metadata.Generation);
                if (unique is { } finding)
                {
                    Set(current, ServerIDsUnique, finding, policy.Metadata.Generation);
                }
                else
                {
                    current.Status.Conditions = current.Status.Conditions.Without(ServerIDsUnique);
                }
            },
            cancellationToken);
        if (written is not null && !accepted.IsTrue && before?.Reason != accepted.Reason)
        {
            events.Record(written, EventType.Warning, accepted.Reason, accepted.Message);
        }

        if (written is not null && unique is { IsTrue: false, Message: var shared } && uniqueBefore?.Message != shared)
        {
            events.Record(written, EventType.Warning, "ServerIDsShared", shared);
        }

        return ReconcileResult.Done;
    }

    /// <summary>Whether the policy counts.</summary>
    internal static Finding Judge(LoadBalancerPolicy policy, LoadBalancerPolicy? counting) => counting is null || counting.Metadata.Uid == policy.Metadata.Uid
        ? new Finding(true, "Accepted", "the policy counts")
        : new Finding(false, "Conflicted", $"LoadBalancerPolicy {counting.Metadata.Name} is older and for the same LoadBalancer; merge the two and delete one");

    /// <summary>Whether gateways are told what it says.</summary>
    internal static Finding Judge(LoadBalancerPolicy policy, Finding accepted, ObjectKey target, LoadBalancer? lb, LoadBalancerRouting? routing)
    {
        if (!accepted.IsTrue)
        {
            return new Finding(false, "NotAccepted", accepted.Message);
        }

        if (lb is null || lb.IsBeingDeleted)
        {
            return new Finding(false, "LoadBalancerNotFound", $"there is no LoadBalancer {target}");
        }

        bool isTold = routing?.Policy is { } told && told.Uid == policy.Metadata.Uid && told.Generation == policy.Metadata.Generation;

        // A routing of a load balancer without selector that has the load balancer as its owner is one of ours, too: of a Service.
        bool isOurs = lb.Spec.NetworkInterfaceSelector is not null || routing?.Metadata.Controller?.Uid == lb.Metadata.Uid;
        if (!isOurs || (routing is not null && RoutingController.IsOwnedByAnother(routing, lb)))
        {
            return new Finding(false, "RoutingNotOurs", $"LoadBalancerRouting {target} is somebody else's to write: give the LoadBalancer a networkInterfaceSelector, or have that routing say what the policy should");
        }

        return isTold
            ? new Finding(true, "Attached", $"LoadBalancerRouting {target} tells gateways what the policy says")
            : new Finding(false, "RoutingPending", $"LoadBalancerRouting {target} does not yet say what the policy does; see the LoadBalancer's condition NetworkReady");
    }

    private void Set(LoadBalancerPolicy policy, string type, Finding finding, long? generation) => policy.Status!.Conditions =
        policy.Status.Conditions.With(type, finding.IsTrue, finding.Reason, finding.Message, generation, timeProvider.GetUtcNow());
}
