using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Access;

namespace Lodestone.Controllers.Routing;

/// <summary>Gives every <see cref="LoadBalancer"/> that has a selector its <see cref="LoadBalancerRouting"/>.</summary>
/// <remarks>
/// Reads LoadBalancer, Network, NetworkInterface, LoadBalancerPolicy, LoadBalancerRouting, LoadBalancerRoutingSlice. Writes LoadBalancerRouting and
/// LoadBalancerRoutingSlice, nothing else.
/// A routing first appears once the Network is Available; a Network that flaps later doesn't tear it down. A load balancer without
/// selector is somebody else's to route: its routing is never touched.
/// </remarks>
internal sealed class RoutingController(
    ILister<LoadBalancer> loadBalancers,
    ILister<Network> networks,
    ILister<LoadBalancerRouting> routings,
    RoutingSlices slices,
    RoutingDecision decision,
    ApiClient client,
    ControllerOptions options,
    TimeProvider timeProvider) : IDeclaresPermissions
{
    /// <inheritdoc/>
    public static Permissions Permissions { get; } = Permissions.None
        .Reads<LoadBalancer>().Reads<Network>().Reads<NetworkInterface>().Reads<LoadBalancerPolicy>().Reads<LoadBalancerRouting>().Reads<LoadBalancerRoutingSlice>()
        .Creates<LoadBalancerRouting>().Changes<LoadBalancerRouting>()
        .Creates<LoadBalancerRoutingSlice>().Deletes<LoadBalancerRoutingSlice>();

    private static readonly Dictionary<string, LoadBalancerRoutingSlice> NoSlices = [];

    private readonly OwnWrites<LoadBalancerRouting> _own = new(routings);

    /// <summary>Lost races against other writers of a routing before the reconcile starts over.</summary>
    private const int UpdateAttempts = 5;

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!loadBalancers.TryGet(key, out LoadBalancer? lb) || lb.IsBeingDeleted || lb.Spec.NetworkInterfaceSelector is null || lb.Spec.NetworkRef is null)
        {
            return ReconcileResult.Done;
        }

        _own.TryRead(key, out LoadBalancerRouting? routing);
        if (!networks.TryGet(new ObjectKey(key.Namespace, lb.Spec.NetworkRef.Name), out Network? network)
            || (!IsAvailable(network) && routing?.NetworkRef?.Uid != network.Metadata.Uid))
        {
            return ReconcileResult.Done;
        }

        if (routing is null)
        {
            routing = await CreateAsync(lb, network, cancellationToken);
        }

        // One of another's is told by condition TargetsReady. One left by a predecessor of the same name the garbage collector removes,
        // and that wakes us.
        return IsOwnedByAnother(routing, lb) ? ReconcileResult.Done : await UpdateAsync(lb, network, routing, cancellationToken);
    }

    /// <summary>Whether a change of a routing tells the controller something.</summary>
    internal bool IsNews(LoadBalancerRouting? old, LoadBalancerRouting? current) => _own.IsNews(old, current);

    internal static bool IsAvailable(Network network) => network.Status?.State == "Available";

    /// <summary>Whether the routing has another controller. One without any is ours to adopt, as IronCore's forced apply does.</summary>
    internal static bool IsOwnedByAnother(LoadBalancerRouting routing, LoadBalancer lb) =>
        routing.Metadata.Controller is { } owner && owner.Uid != lb.Metadata.Uid;

    private async Task<LoadBalancerRouting> CreateAsync(LoadBalancer lb, Network network, CancellationToken cancellationToken)
    {
        var routing = new LoadBalancerRouting { Metadata = new ObjectMeta { Namespace = lb.Metadata.Namespace, Name = lb.Metadata.Name } };
        RoutingPlan plan = decision.Plan(lb, network, null);
        RoutingLayout layout = decision.Lay(plan, routing, NoSlices);
        if (layout.Slices.Count > 0)
        {
            // Slices belong to the routing, so it must be there before them. Nobody is replaced by the first set: there are no flows yet.
            plan = plan with { Destinations = [] };
            layout = decision.Lay(plan, routing, NoSlices);
        }

        RoutingDecision.Apply(routing, lb, network, plan, layout);
        try
        {
            return await client.CreateAsync(routing, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            if (await client.TryGetAsync<LoadBalancerRouting>(lb.Key, cancellationToken) is { } existing)
            {
                return existing;
            }

            // One of a predecessor, which has gone meanwhile: the runner tries again.
            throw;
        }
    }

    private async Task<ReconcileResult> UpdateAsync(LoadBalancer lb, Network network, LoadBalancerRouting routing, CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= UpdateAttempts; attempt++)
        {
            Dictionary<string, LoadBalancerRoutingSlice> known = await slices.ReadAsync(routing, cancellationToken);
            if (known.Count < (routing.Slices?.Count ?? 0))
            {
                // Seldom: our cache of the routing lags, or a slice was deleted. That is written anew, by what is known of it.
                LoadBalancerRouting? fresh = await client.TryGetAsync<LoadBalancerRouting>(routing.Key, cancellationToken);
                if (fresh is null || IsOwnedByAnother(fresh, lb))
                {
                    return ReconcileResult.Done;
                }

                // One and the same version is kept: it may have been put together before.
                routing = fresh.Metadata.ResourceVersion == routing.Metadata.ResourceVersion ? routing : fresh;
                known = await slices.ReadAsync(routing, cancellationToken);
            }

            if (!RoutingAssembly.TryAssemble(routing, known.GetValueOrDefault, out LoadBalancerRouting whole, out _))
            {
                whole = RoutingAssembly.Assemble(routing, known.Values);
            }

            RoutingPlan plan = decision.Plan(lb, network, whole);
            RoutingLayout layout = decision.Lay(plan, routing, known);
            LoadBalancerRouting? written = routing;
            ReconcileResult next = ReconcileResult.Done;
            if (routing.Metadata.Controller is null || routing.NetworkRef?.Uid != network.Metadata.Uid || !routing.Says(layout, plan))
            {
                if (layout.NewSlices.Count > 0)
                {
                    // What is written and, for whatever reason, never listed is cleared away then.
                    await slices.CreateAsync(routing, layout.NewSlices, cancellationToken);
                    next = ReconcileResult.RequeueAfter(options.SliceGrace);
                }

                LoadBalancerRouting seen = routing;
                LoadBalancerRouting? changed = null;
                written = await client.UpdateAsync(
                    routing,
                    current =>
                    {
                        // What was planned is for the routing that was read.
                        changed = current.Metadata.ResourceVersion == seen.Metadata.ResourceVersion ? null : current;
                        if (changed is null)
                        {
                            RoutingDecision.Apply(current, lb, network, plan, layout);
                        }
                    },
                    cancellationToken);
                if (changed is not null && written is not null && !IsOwnedByAnother(changed, lb))
                {
                    routing = changed;
                    continue;
                }
            }

            if (written is null || IsOwnedByAnother(written, lb))
            {
                return ReconcileResult.Done;
            }

            if (written != routing)
            {
                _own.Note(written);
            }

            // A second later than the deadline: one that has just been reached is still in force by the clock of the last whole second.
            if (plan.NextDeadline is { } time)
            {
                next = next.Or(ReconcileResult.RequeueAfter(time - timeProvider.GetUtcNow() + TimeSpan.FromSeconds(1)));
            }

            return next.Or(await slices.SweepAsync(written, cancellationToken));
        }

        throw new ApiException($"LoadBalancerRouting {routing.Key} was changed by others {UpdateAttempts} times while it was being written");
    }
}
