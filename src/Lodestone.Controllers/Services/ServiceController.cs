using Lodestone.Api.Cluster;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Access;
using Lodestone.Controllers.LoadBalancers;
using Lodestone.Controllers.Policies;
using Lodestone.Controllers.Routing;

namespace Lodestone.Controllers.Services;

/// <summary>Serves Services of type LoadBalancer whose class is ours, in clusters that have them: each gets a <see cref="LoadBalancer"/> with nodes as targets.</summary>
/// <remarks>
/// Reads Service, EndpointSlice, Node, Host, LoadBalancer, LoadBalancerRouting, LoadBalancerPolicy and Network. Writes the Service's finalizer
/// and status, LoadBalancer, LoadBalancerRouting, LoadBalancerPolicy and Network objects that it made itself, and Events, nothing else.
/// <para>
/// The load balancer has no selector, so its routing is nobody else's: its destinations are plain addresses of nodes, where packets reach the node's
/// own stack with the VIP as destination (docs/adr/0019-services.md). Services of other classes are never touched.
/// </para>
/// </remarks>
internal sealed class ServiceController(
    ILister<Service> services,
    ILister<EndpointSlice> slices,
    ILister<Node> nodes,
    ILister<Host> hosts,
    ILister<LoadBalancer> loadBalancers,
    ILister<LoadBalancerRouting> routings,
    PolicySelection policies,
    ILister<Network> networks,
    ApiClient client,
    EventRecorder events,
    ControllerOptions options,
    TimeProvider timeProvider) : IDeclaresPermissions, IDisposable
{
    /// <inheritdoc/>
    public static Permissions Permissions { get; } = Permissions.None
        .Reads<Service>().Reads<EndpointSlice>().Reads<Node>().Reads<Host>()
        .Reads<LoadBalancer>().Reads<LoadBalancerRouting>().Reads<LoadBalancerPolicy>().Reads<Network>()
        .Changes<Service>().ChangesStatus<Service>()
        .Creates<LoadBalancer>().Changes<LoadBalancer>().Deletes<LoadBalancer>()
        .Creates<LoadBalancerRouting>().Changes<LoadBalancerRouting>()
        .Creates<LoadBalancerPolicy>().Deletes<LoadBalancerPolicy>()
        .Creates<Network>().Deletes<Network>();

    /// <summary>Between a look whether a namespace's Network is still needed and what follows from it, nobody comes to need it.</summary>
    private readonly SemaphoreSlim _networkUse = new(1);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!services.TryGet(key, out Service? service))
        {
            return ReconcileResult.Done;
        }

        bool isOurs = ServiceNames.IsOurs(service);
        if (isOurs && !service.IsBeingDeleted)
        {
            return await EnsureAsync(service, cancellationToken);
        }

        if (isOurs ? service.Metadata.Finalizers?.Contains(ServiceNames.Finalizer) == true : ServiceReport.IsIn(service) || FindLoadBalancer(service) is not null)
        {
            await CleanUpAsync(service, cancellationToken);
        }

        return ReconcileResult.Done;
    }

    /// <inheritdoc/>
    public void Dispose() => _networkUse.Dispose();

    private async Task<ReconcileResult> EnsureAsync(Service service, CancellationToken cancellationToken)
    {
        // Before anything is made: a Service that went without it would leave a load balancer behind.
        if (await client.UpdateAsync(service, AddFinalizer, cancellationToken) is not { } kept)
        {
            return ReconcileResult.Done;
        }

        (Network network, LoadBalancer lb) = await EnsureLoadBalancerAsync(service, cancellationToken);
        if (!ServiceNames.IsMadeFor(lb, service))
        {
            var taken = new Finding(
                false,
                "NameTaken",
                $"LoadBalancer {lb.Metadata.Name} is not this Service's; delete it, or rename the Service");
            await ReportAsync(kept, null, taken, ServiceLoadBalancers.Ignored(service), cancellationToken);
            return ReconcileResult.Done;
        }

        NodeSelection selection = NodeSelection.Of(
            service,
            nodes.All,
            name => hosts.TryGet(new ObjectKey("", name), out Host? host) ? host : null,
            slices.ByIndex(Indexes.Service, service.Key.ToString()),
            options.HostGrace,
            timeProvider.GetUtcNow());
        LoadBalancerPolicy? policy = await EnsurePolicyAsync(service, lb, cancellationToken);
        ReconcileResult next = await EnsureRoutingAsync(lb, network, selection, policy, cancellationToken);
        Finding? obstacle = selection.Finding is { } none ? new Finding(false, none.Reason, none.Message) : null;
        await ReportAsync(kept, lb, obstacle, [.. ServiceLoadBalancers.Ignored(service), .. PolicyConflict(service, lb, policy)], cancellationToken);
        return selection.LookAgain is { } delay ? next.Or(ReconcileResult.RequeueAfter(delay)) : next;
    }

    private static void AddFinalizer(Service service)
    {
        if (service.Metadata.Finalizers?.Contains(ServiceNames.Finalizer) != true)
        {
            (service.Metadata.Finalizers ??= []).Add(ServiceNames.Finalizer);
        }
    }

    private async Task<(Network Network, LoadBalancer LoadBalancer)> EnsureLoadBalancerAsync(Service service, CancellationToken cancellationToken)
    {
        await _networkUse.WaitAsync(cancellationToken);
        try
        {
            Network network = await EnsureNetworkAsync(service.Metadata.Namespace ?? "", cancellationToken);
            ObjectKey key = ServiceNames.LoadBalancerOf(service);
            if (!loadBalancers.TryGet(key, out LoadBalancer? lb))
            {
                lb = await CreateAsync(ServiceLoadBalancers.Build(service), cancellationToken);
            }

            return (network, ServiceNames.IsMadeFor(lb, service) && !lb.IsBeingDeleted
                ? await client.UpdateAsync(lb, l => ServiceLoadBalancers.Apply(l, service), cancellationToken) ?? lb
                : lb);
        }
        finally
        {
            _networkUse.Release();
        }
    }

    private async Task<Network> EnsureNetworkAsync(string ns, CancellationToken cancellationToken) =>
        networks.TryGet(new ObjectKey(ns, ServiceNames.Network), out Network? network)
            ? network
            : await CreateAsync(
                new Network
                {
                    Metadata = new ObjectMeta { Namespace = ns, Name = ServiceNames.Network, Labels = new Dictionary<string, string> { [ServiceNames.Label] = "" } },
                },
                cancellationToken);

    /// <summary>Creates an object, or reads the one that our cache does not show yet.</summary>
    private async Task<T> CreateAsync<T>(T wanted, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        try
        {
            return await client.CreateAsync(wanted, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            return await client.GetAsync<T>(wanted.Key, cancellationToken);
        }
    }

    /// <summary>The policy that counts: somebody else's where there is one, else one for <c>sessionAffinity: ClientIP</c>, else none.</summary>
    private async Task<LoadBalancerPolicy?> EnsurePolicyAsync(Service service, LoadBalancer lb, CancellationToken cancellationToken)
    {
        LoadBalancerPolicy? counting = policies.Of(lb.Key);
        bool isWanted = WantsAffinity(service);
        if (counting is null && isWanted)
        {
            return await CreateAsync(
                new LoadBalancerPolicy
                {
                    Metadata = new ObjectMeta { Namespace = lb.Metadata.Namespace, Name = lb.Metadata.Name, OwnerReferences = [ServiceNames.Owner(lb)] },
                    Spec = new LoadBalancerPolicySpec
                    {
                        LoadBalancerRef = new LocalObjectReference { Name = lb.Metadata.Name ?? "" },
                        SessionAffinity = SessionAffinities.SourceAddress,
                    },
                },
                cancellationToken);
        }

        if (counting is not null && !isWanted && counting.Metadata.Controller?.Uid == lb.Metadata.Uid)
        {
            await client.DeleteAsync<LoadBalancerPolicy>(counting.Key, new DeleteOptions { Uid = counting.Metadata.Uid }, cancellationToken);
            return null;
        }

        return counting;
    }

    private static bool WantsAffinity(Service service) => service.Spec.SessionAffinity == "ClientIP";

    private static IEnumerable<string> PolicyConflict(Service service, LoadBalancer lb, LoadBalancerPolicy? policy) =>
        WantsAffinity(service) && policy is not null && policy.Spec.SessionAffinity is not (SessionAffinities.SourceAddress or SessionAffinities.SourcePrefix)
            ? [$"spec.sessionAffinity: LoadBalancerPolicy {policy.Metadata.Name} of LoadBalancer {lb.Metadata.Name} says otherwise; set its sessionAffinity to {SessionAffinities.SourceAddress}"]
            : [];

    private async Task<ReconcileResult> EnsureRoutingAsync(LoadBalancer lb, Network network, NodeSelection selection, LoadBalancerPolicy? policy, CancellationToken cancellationToken)
    {
        if (lb.IsBeingDeleted)
        {
            return ReconcileResult.Done;
        }

        if (!routings.TryGet(lb.Key, out LoadBalancerRouting? routing))
        {
            var wanted = new LoadBalancerRouting { Metadata = new ObjectMeta { Namespace = lb.Metadata.Namespace, Name = lb.Metadata.Name } };
            Apply(wanted, lb, network, Plan(null));
            routing = await CreateAsync(wanted, cancellationToken);
        }

        if (RoutingController.IsOwnedByAnother(routing, lb))
        {
            // A predecessor's, which is about to go and wakes us then, or one that condition TargetsReady tells of.
            return ReconcileResult.Done;
        }

        RoutingPlan plan = Plan(routing);
        var layout = new RoutingLayout(plan);
        if (routing.Metadata.Controller is null || routing.NetworkRef?.Uid != network.Metadata.Uid || !routing.Says(layout, plan))
        {
            string? seen = routing.Metadata.ResourceVersion;
            await client.UpdateAsync(
                routing,
                current =>
                {
                    // What was planned is for the routing that was read; another one wakes us.
                    if (current.Metadata.ResourceVersion == seen)
                    {
                        Apply(current, lb, network, plan);
                    }
                },
                cancellationToken);
        }

        // A second later than the deadline: one that has just been reached is still in force by the clock of the last whole second.
        return plan.NextDeadline is { } time ? ReconcileResult.RequeueAfter(time - timeProvider.GetUtcNow() + TimeSpan.FromSeconds(1)) : ReconcileResult.Done;

        RoutingPlan Plan(LoadBalancerRouting? current)
        {
            HashSet<string> live = [.. selection.Live
                .SelectMany(name => hosts.TryGet(new ObjectKey("", name), out Host? host) ? host.Spec.UnderlayAddresses ?? [] : [])
                .Select(Indexes.Canonical)
                .OfType<string>()];
            return RoutingPlanner.Plan(
                current,
                NodeDestinations.Of(selection.Targets, current),
                member => member.Uid.Length == 0 && live.Contains(member.Ip),
                timeProvider.GetUtcNow(),
                PolicyEffects.WindowOf(policy, options),
                PolicyEffects.UdpWindowOf(policy, options),
                PolicyEffects.DrainOf(policy, options),
                PolicyEffects.Publish(policy),
                slowStart: PolicyEffects.SlowStartOf(policy));
        }
    }

    private static void Apply(LoadBalancerRouting routing, LoadBalancer lb, Network network, RoutingPlan plan)
    {
        if (routing.Metadata.Controller is null)
        {
            (routing.Metadata.OwnerReferences ??= []).Add(ServiceNames.Owner(lb));
        }

        routing.NetworkRef = new LocalUidReference { Name = network.Metadata.Name ?? "", Uid = network.Metadata.Uid ?? "" };
        routing.Destinations = [.. plan.Destinations];
        routing.Total = null;
        routing.Slices = null;
        routing.RingGeneration = plan.Generation;
        routing.Policy = plan.Policy;
        routing.RingHistory = plan.History.Count > 0 ? [.. plan.History] : null;
        routing.Draining = plan.Draining.Count > 0 ? [.. plan.Draining] : null;
    }

    private async Task ReportAsync(Service service, LoadBalancer? lb, Finding? obstacle, IEnumerable<string> ignored, CancellationToken cancellationToken)
    {
        var report = ServiceReport.Of(service, lb, obstacle, ignored);
        string? servedBefore = service.Status?.Conditions.Of(ServiceReport.ServedType)?.Reason;
        string? honouredBefore = service.Status?.Conditions.Of(ServiceReport.HonouredType)?.Message;
        Service? written = await client.UpdateStatusAsync(
            service, s => report.Apply(s.Status ??= new ServiceStatus(), service.Metadata.Generation, timeProvider.GetUtcNow()), cancellationToken);
        if (written is null)
        {
            return;
        }

        if (report.Served.Reason != servedBefore && report.Served.Reason != ServiceReport.Pending)
        {
            events.Record(written, report.Served.IsTrue ? EventType.Normal : EventType.Warning, report.Served.Reason, report.Served.Message);
        }

        if (!report.Honoured.IsTrue && report.Honoured.Message != honouredBefore)
        {
            events.Record(written, EventType.Warning, report.Honoured.Reason, report.Honoured.Message);
        }
    }

    private LoadBalancer? FindLoadBalancer(Service service) =>
        loadBalancers.TryGet(ServiceNames.LoadBalancerOf(service), out LoadBalancer? lb) && ServiceNames.IsMadeFor(lb, service) ? lb : null;

    /// <summary>Of a Service that goes, or is no longer ours: first the load balancer, then what says that there was one.</summary>
    private async Task CleanUpAsync(Service service, CancellationToken cancellationToken)
    {
        // Past the cache, which may not show yet what was made a moment ago.
        LoadBalancer? lb = FindLoadBalancer(service) ?? await client.TryGetAsync<LoadBalancer>(ServiceNames.LoadBalancerOf(service), cancellationToken);
        if (lb is not null && ServiceNames.IsMadeFor(lb, service))
        {
            if (!lb.IsBeingDeleted)
            {
                await client.DeleteAsync<LoadBalancer>(lb.Key, new DeleteOptions { Uid = lb.Metadata.Uid }, cancellationToken);
            }

            return;
        }

        await ReleaseNetworkAsync(service.Metadata.Namespace ?? "", cancellationToken);

        // Another class' implementation uses the same finalizer.
        bool isOthers = service.Spec.Type == "LoadBalancer" && !ServiceNames.IsOurs(service);
        Service? current = isOthers ? service : await client.UpdateAsync(service, s => s.Metadata.Finalizers?.Remove(ServiceNames.Finalizer), cancellationToken);
        if (current is { IsBeingDeleted: false } && ServiceReport.IsIn(current))
        {
            await client.UpdateStatusAsync(current, s => ServiceReport.Clear(s.Status ??= new ServiceStatus()), cancellationToken);
        }
    }

    /// <summary>Deletes the Network of a namespace in which no Service of ours is left.</summary>
    private async Task ReleaseNetworkAsync(string ns, CancellationToken cancellationToken)
    {
        await _networkUse.WaitAsync(cancellationToken);
        try
        {
            if (networks.TryGet(new ObjectKey(ns, ServiceNames.Network), out Network? network)
                && !network.IsBeingDeleted
                && network.Metadata.Labels?.ContainsKey(ServiceNames.Label) == true
                && !services.InNamespace(ns).Any(s => ServiceNames.IsOurs(s) && !s.IsBeingDeleted))
            {
                await client.DeleteAsync<Network>(network.Key, new DeleteOptions { Uid = network.Metadata.Uid }, cancellationToken);
            }
        }
        finally
        {
            _networkUse.Release();
        }
    }
}
