using System.Globalization;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Cluster;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Client.Leases;
using Lodestone.Controllers.Addresses;
using Lodestone.Controllers.Collection;
using Lodestone.Controllers.Hosts;
using Lodestone.Controllers.Ipam;
using Lodestone.Controllers.LoadBalancers;
using Lodestone.Controllers.Networks;
using Lodestone.Controllers.Policies;
using Lodestone.Controllers.Routing;
using Lodestone.Controllers.Selection;
using Lodestone.Controllers.Services;
using Microsoft.Extensions.Logging;

namespace Lodestone.Controllers;

/// <summary>The informers and controllers of one term of leadership, and which change wakes which controller.</summary>
internal sealed partial class ControllerSet : IDisposable
{
    private static readonly TimeSpan CountDelay = TimeSpan.FromMilliseconds(200);

    private readonly AddressIndex _addressIndex;
    private readonly AddressQueue _addressQueue = new();
    private readonly ApiClient _client;
    private readonly ApiClient _reader;
    private readonly ControllerOptions _options;
    private readonly EventRecorder _events;
    private readonly ILoggerFactory _loggerFactory;
    private readonly TimeProvider _time;
    private readonly List<IInformer> _informers = [];
    private readonly List<ControllerRunner> _controllers = [];
    private readonly OwnerGraph _graph = new();
    private readonly SharedInformer<LoadBalancer> _loadBalancers;
    private readonly SharedInformer<LoadBalancerRouting> _routings;
    private readonly SharedInformer<LoadBalancerRoutingSlice> _slices;
    private readonly SharedInformer<Network> _networks;
    private readonly SharedInformer<NetworkInterface> _interfaces;
    private readonly SharedInformer<AddressPool> _pools;
    private readonly SharedInformer<IPAddress> _addresses;
    private readonly SharedInformer<NetworkID> _networkIds;
    private readonly SharedInformer<Host> _hosts;
    private readonly SharedInformer<Lease> _leases;
    private readonly SharedInformer<Namespace> _namespaces;
    private readonly SharedInformer<Prefix> _prefixes;
    private readonly SharedInformer<PrefixAllocation> _allocations;
    private readonly SharedInformer<LoadBalancerPolicy> _policies;
    private readonly SharedInformer<BGPPeer> _peers;
    private readonly PolicySelection _selection;
    private readonly TargetSelection _targets;
    private ServiceController? _services;

    /// <param name="client">What controllers read and write through; perhaps behind the fence of a term.</param>
    /// <param name="reader">What the caches follow the API through.</param>
    /// <param name="options">Policy.</param>
    /// <param name="events">Where controllers tell people what happened.</param>
    /// <param name="loggerFactory">Where everything logs to.</param>
    /// <param name="hasServices">Whether the API serves what <see cref="ServiceController"/> reads.</param>
    /// <param name="timeProvider">The clock.</param>
    internal ControllerSet(
        ApiClient client, ApiClient reader, ControllerOptions options, EventRecorder events, ILoggerFactory loggerFactory, bool hasServices, TimeProvider timeProvider)
    {
        _client = client;
        _reader = reader;
        _options = options;
        _events = events;
        _loggerFactory = loggerFactory;
        _time = timeProvider;
        _addressIndex = new AddressIndex(timeProvider);
        _loadBalancers = Informer<LoadBalancer>();
        _routings = Informer<LoadBalancerRouting>();
        _slices = Informer<LoadBalancerRoutingSlice>();
        _networks = Informer<Network>();
        _interfaces = Informer<NetworkInterface>();
        _pools = Informer<AddressPool>();
        _addresses = Informer<IPAddress>();
        _networkIds = Informer<NetworkID>();
        _hosts = Informer<Host>();
        _leases = Informer<Lease>(LeaseOptions.SystemNamespace);
        _namespaces = Informer<Namespace>();
        _prefixes = Informer<Prefix>();
        _allocations = Informer<PrefixAllocation>();
        _policies = Informer<LoadBalancerPolicy>();
        _peers = Informer<BGPPeer>();
        _selection = new PolicySelection(_policies);
        _loadBalancers.AddIndex(Indexes.Network, Indexes.ByNetwork);
        _loadBalancers.AddIndex(Indexes.InternalNetwork, Indexes.ByInternalNetwork);
        _policies.AddIndex(Indexes.LoadBalancer, Indexes.ByLoadBalancer);
        _routings.AddIndex(Indexes.Draining, Indexes.ByDraining);
        _slices.AddIndex(Indexes.Draining, Indexes.ByDraining);
        _slices.AddIndex(Indexes.Routing, Indexes.ByRouting);
        _interfaces.AddIndex(Indexes.Network, Indexes.ByNetwork);
        _loadBalancers.AddIndex(Indexes.Address, Indexes.ByAddress);
        _interfaces.AddIndex(Indexes.Host, Indexes.ByHost);
        _hosts.AddIndex(Indexes.Role, Indexes.ByRole);
        _interfaces.AddIndex(Indexes.Address, Indexes.ByAddress);
        _addresses.AddIndex(Indexes.Claimer, Indexes.ByClaimer);
        _networkIds.AddIndex(Indexes.Claimer, Indexes.ByClaimer);
        _targets = new TargetSelection(_loadBalancers, _interfaces);
        Decision = new RoutingDecision(_interfaces, _targets, _selection, options, timeProvider);
        _networks.AddIndex(Indexes.Peer, Indexes.ByPeer);
        _networks.AddIndex(Indexes.PeeringPrefix, Indexes.ByPeeringPrefix);
        _networks.AddIndex(Indexes.Waiting, Indexes.ByWaiting);
        _prefixes.AddIndex(Indexes.Parent, Indexes.ByParent);
        _prefixes.AddIndex(Indexes.Controller, Indexes.ByController);
        _prefixes.AddIndex(Indexes.Selecting, Indexes.BySelecting);
        _prefixes.AddIndex(Indexes.Candidate, Indexes.ByCandidate);
        _allocations.AddIndex(Indexes.Parent, Indexes.ByParent);
        _allocations.AddIndex(Indexes.Requester, Indexes.ByRequester);
        _allocations.AddIndex(Indexes.Unscheduled, Indexes.ByUnscheduled);

        AddRouting();
        AddPolicies();
        AddStatus();
        AddAddresses();
        AddNetworks();
        AddHosts();
        AddIpam();
        if (hasServices)
        {
            AddServices();
        }

        Collect(_loadBalancers);
        Collect(_routings);
        Collect(_slices);
        Collect(_networks);
        Collect(_interfaces);
        Collect(_pools);
        Collect(_addresses);
        Collect(_networkIds);
        Collect(_hosts);
        Collect(_prefixes);
        Collect(_allocations);
        Collect(_policies);
    }

    /// <summary>What routings are to say.</summary>
    internal RoutingDecision Decision { get; }

    /// <summary>Which load balancers select which network interfaces.</summary>
    internal TargetSelection Targets => _targets;

    /// <summary>All load balancers.</summary>
    internal ILister<LoadBalancer> LoadBalancers => _loadBalancers;

    /// <summary>All networks.</summary>
    internal ILister<Network> Networks => _networks;

    /// <summary>All network interfaces.</summary>
    internal ILister<NetworkInterface> Interfaces => _interfaces;

    /// <summary>All routings.</summary>
    internal ILister<LoadBalancerRouting> Routings => _routings;

    /// <summary>All caches.</summary>
    internal IReadOnlyList<IInformer> Informers => _informers;

    /// <summary>Runs everything until cancelled.</summary>
    /// <param name="term">What the controllers wait for before they work, with caches that are kept up to date meanwhile; null: nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task RunAsync(LeaderTerm? term, CancellationToken cancellationToken)
    {
        if (term is not null)
        {
            _controllers.ForEach(c => c.StandBy());
        }

        // Controllers first: each waits for its caches. Collectors judge by all kinds, so they wait for all.
        List<Task> tasks = [.. _informers.Select(i => i.RunAsync(cancellationToken))];
        try
        {
            await Task.WhenAll(_informers.Select(i => i.WaitForSyncAsync(cancellationToken)));
            if (term is not null)
            {
                await TakeOverAsync(term, cancellationToken);
            }

            _addressIndex.Fill(_addresses);
            tasks.AddRange(_controllers.Select(c => c.RunAsync(cancellationToken)));
            _options.PhaseChanged?.Invoke(ControllerPhase.Working);
            _options.Synced?.Invoke();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped before the first list was in.
        }

        await Task.WhenAll(tasks);
    }

    /// <summary>
    /// Waits for the term, then until the caches show all that the leader before has written: an address or a VNI that it gave out a moment
    /// ago must not be missing. Interfaces and routings, which are many and large, may be behind by what a watch is behind: what is
    /// decided by them carries the version that was seen, and is corrected by the next event.
    /// </summary>
    private async Task TakeOverAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        await term.BegunAsync(cancellationToken);
        _options.PhaseChanged?.Invoke(ControllerPhase.Syncing);
        long began = _time.GetTimestamp();
        await Task.WhenAll(_informers.Where(i => i != _interfaces && i != _routings).Select(i => i.RefreshAsync(term.BeganAt, cancellationToken)));
        Log.TakenOver(_loggerFactory.CreateLogger<ControllerSet>(), _time.GetElapsedTime(began).TotalSeconds);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ControllerRunner controller in _controllers)
        {
            controller.Dispose();
        }

        _services?.Dispose();
    }

    private void AddRouting()
    {
        var slices = new RoutingSlices(_slices, _client, _options, _time);
        var reconciler = new RoutingController(_loadBalancers, _networks, _routings, slices, Decision, _client, _options, _time);
        Runner("routing", reconciler)
            .Watch(_loadBalancers, (old, current) => IsSameWish(old, current) ? [] : [(current ?? old)!.Key])
            .Watch(_routings, (old, current) => reconciler.IsNews(old, current) ? [(current ?? old)!.Key] : [])
            // A slice that comes is our own doing; one that goes or is not as it was may be missed.
            .Watch(_slices, (old, _) => old is null ? [] : RoutingsThatList(old))
            .Watch(_networks, LoadBalancersOf)
            .Watch(_interfaces, LoadBalancersOf)
            .Watch(_policies, (old, current) => IsSameWish(old, current) ? [] : LoadBalancersOf(old, current));
    }

    private void AddPolicies() =>
        Runner("loadbalancer-policies", new PolicyController(_policies, _selection, _loadBalancers, _routings, _client, _events, _time))
            // One that comes, goes or turns to another load balancer may make another one count.
            .Watch(_policies, (old, current) => IsSameWish(old, current) ? [] : [(current ?? old)!.Key, .. LoadBalancersOf(old, current).SelectMany(_selection.Naming)])
            .Watch(_loadBalancers, (old, current) => IsSameWish(old, current) ? [] : _selection.Naming((current ?? old)!.Key))
            .Watch(_routings, (old, current) => old is not null && current is not null && RoutingComparison.Same(old.Policy, current.Policy) ? [] : _selection.Naming((current ?? old)!.Key));

    private static IEnumerable<ObjectKey> LoadBalancersOf(LoadBalancerPolicy? old, LoadBalancerPolicy? current) =>
        new[] { old, current }.OfType<LoadBalancerPolicy>().Select(Indexes.LoadBalancerOf).Distinct();

    private void AddStatus()
    {
        var reconciler = new LoadBalancerStatusController(_loadBalancers, _networks, _routings, _slices, _hosts, _targets, _client, _events, _options, _time);
        Runner("loadbalancer-status", reconciler)
            .Watch(_loadBalancers)
            .Watch(_routings)
            .Watch(_slices, RoutingsThatList)
            .Watch(_networks, LoadBalancersOf)
            // The routing follows in a moment and wakes it: what is said in between would be said again.
            .Watch(_interfaces, (old, current) => LoadBalancersOf(old, current).Union(InternalOf(old, current)), CountDelay)
            // Only what counts of a Host: whether it is a gateway, and why it is not Ready.
            .Watch(_hosts, (old, current) => ServedBy(old, current).Select(l => l.Key));
        Runner("loadbalancer-deletion", new LoadBalancerDeletionController(_loadBalancers, _hosts, _client, _events, _options, _time))
            .Watch(_loadBalancers)
            .Watch(_hosts, (_, _) => _loadBalancers.All.Where(l => l.IsBeingDeleted).Select(l => l.Key));
    }

    private void AddAddresses()
    {
        var claims = new AddressClaims(_client);
        var allocator = new PublicAllocator(_pools, _addresses, _namespaces, _addressIndex, _addressQueue, claims);
        ControllerRunner? served = null;
        ControllerRunner waiting = Runner("address-queue", new AddressQueueController(
            _loadBalancers, allocator, _addressQueue, _addressIndex, key => served!.Queue.Add(key)));
        void Look() => waiting.Queue.AddAfter(AddressQueueController.Key, AddressQueueController.Delay);
        void LookAtPools()
        {
            _addressQueue.PoolsChanged();
            Look();
        }

        var reconciler = new AddressController(
            _loadBalancers, _addresses, _networks, _interfaces, _prefixes, allocator, claims, _addressQueue, Look, _client, _events, _options, _time);
        served = Runner("addresses", reconciler)
            .Watch(_loadBalancers)
            .Watch(_prefixes, prefix => IpamWatches.OwnersOf(prefix).Where(k => _loadBalancers.TryGet(k, out _)))
            .Watch(_networks, LoadBalancersOf)
            .Watch(_interfaces, (old, _) => old is null ? [] : Indexes.ByAddress(old).SelectMany(Unserved))
            // An address that went, or is no longer its holder's, from under him; and an internal one for who waits for exactly this one.
            .Watch(_addresses, (old, current) => old is null ? [] : [.. ClaimerOf(old), .. current is null ? InternalWaitersFor(old) : []]);
        _pools.AddHandler((_, _) => LookAtPools());
        _namespaces.AddHandler((_, _) => LookAtPools());
        _addresses.AddHandler((old, current) =>
        {
            _addressIndex.Observe(old, current);
            if (current is null)
            {
                Look();
            }
        });

        var release = new AddressReleaseController(_addresses, _loadBalancers, _client, _options, _time);
        Runner("address-release", release)
            .Watch(_addresses)
            .Watch(_loadBalancers, (old, current) => current is null || (old is not null && old.Metadata.Uid != current.Metadata.Uid)
                ? _addresses.ByIndex(Indexes.Claimer, old!.Metadata.Uid ?? "").Select(a => a.Key)
                : []);

        // A pool that is being deleted may wait for another to hold its addresses.
        ControllerRunner counter = Runner("pools", new PoolController(_pools, _addresses, _addressIndex, _client, _events, _time))
            .Watch(_pools, pool => [pool.Key, .. _pools.All.Where(p => p.IsBeingDeleted).Select(p => p.Key)]);
        _addresses.AddHandler((old, current) =>
        {
            foreach (ObjectKey pool in old?.Metadata.Uid == current?.Metadata.Uid ? [] : PoolsWith(old).Concat(PoolsWith(current)))
            {
                // Addresses come in bursts; counting once after each is enough.
                counter.Queue.AddAfter(pool, CountDelay);
            }
        });
    }

    private void AddNetworks()
    {
        var space = new VniSpace(_options.MinVni, _options.MaxVni);
        var networks = new NetworkController(
            _networks, _networkIds, _interfaces, _loadBalancers, _client, _events, _options, space, new Random(), _time);
        ControllerRunner runner = Runner("networks", networks)
            .Watch(_networks, network => [network.Key, .. Peerings.Named(network).Where(IsBeingDeleted)])
            .Watch(_interfaces, (old, current) => current is null ? NetworkOf(old!, old!.Spec.NetworkRef) : [])
            .Watch(_loadBalancers, (old, current) => current is null ? NetworkOf(old!, old!.Spec.NetworkRef) : [])
            .Watch(_networkIds, (_, _) => []);
        _networkIds.AddHandler((old, current) =>
        {
            // First what is free, then who waits for it.
            if (int.TryParse((current ?? old)!.Metadata.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int vni))
            {
                space.Set(vni, current is not null);
            }

            foreach (Network network in current is null ? _networks.ByIndex(Indexes.Waiting, "") : [])
            {
                runner.Queue.Add(network.Key);
            }
        });
        Runner("networkid-release", new NetworkIDReleaseController(_networkIds, _networks, _client))
            .Watch(_networkIds)
            .Watch(_networks, network => _networkIds.ByIndex(Indexes.Claimer, network.Metadata.Uid ?? "").Select(i => i.Key));
        Runner("network-peering", new NetworkPeeringController(_networks, _prefixes, _client, _events, _time))
            .Watch(_networks, network => [network.Key, .. Peerings.Named(network), .. _networks.ByIndex(Indexes.Peer, network.Key.ToString()).Select(n => n.Key)])
            .Watch(_prefixes, prefix => _networks.ByIndex(Indexes.PeeringPrefix, prefix.Key.ToString()).Select(n => n.Key));
    }

    private bool IsBeingDeleted(ObjectKey network) => _networks.TryGet(network, out Network? value) && value.IsBeingDeleted;

    private void AddHosts()
    {
        Runner("hosts", new HostController(_hosts, _leases, new LeaseClock(_options, _time), _client, _events, _time))
            .Watch(_hosts)
            .Watch(_leases, lease => [new ObjectKey("", lease.Metadata.Name ?? "")]);
        Runner("interface-eviction", new InterfaceEvictionController(_hosts, _interfaces, _client, _events, _options, _time))
            .Watch(_hosts)
            .Watch(_interfaces, nic => Indexes.ByHost(nic).Select(h => new ObjectKey("", h)).Where(k => !_hosts.TryGet(k, out Host? host) || InterfaceEvictionController.IsOut(host)));
        Runner("bgp-sessions", new BgpSessionController(_peers, _hosts, _client, _events, _time))
            .Watch(_peers)
            .Watch(_hosts, (old, current) => BgpSessionController.Matters(old, current) ? _peers.All.Select(p => p.Key) : []);
    }

    private void AddIpam()
    {
        var watches = new IpamWatches(_prefixes, _allocations);
        Runner("prefixes", new PrefixController(_prefixes, _allocations, _client, _events, _time))
            .Watch(_prefixes, watches.PrefixesFor)
            .Watch(_allocations, IpamWatches.PrefixesFor);
        Runner("prefix-allocator", new PrefixAllocator(_prefixes, _allocations, _client, _events, _time))
            .Watch(_prefixes, IpamWatches.ParentsFor)
            .Watch(_allocations, IpamWatches.ParentsFor);
        Runner("prefix-scheduler", new PrefixAllocationController(_prefixes, _allocations, _client, _events, _time))
            .Watch(_allocations)
            .Watch(_prefixes, watches.WaitingFor);
        var interfaces = new InterfacePrefixStatus(_client, _time);
        Runner("loadbalancer-prefixes", new EphemeralPrefixController<LoadBalancer>(_loadBalancers, EphemeralPrefixes.Of, _prefixes, null, _client, _events))
            .Watch(_loadBalancers)
            .Watch(_prefixes, IpamWatches.OwnersOf);
        Runner("networkinterface-prefixes", new EphemeralPrefixController<NetworkInterface>(_interfaces, EphemeralPrefixes.Of, _prefixes, interfaces.WriteAsync, _client, _events))
            .Watch(_interfaces)
            .Watch(_prefixes, IpamWatches.OwnersOf);
    }

    private void AddServices()
    {
        SharedInformer<Service> services = Informer<Service>();
        SharedInformer<EndpointSlice> slices = Informer<EndpointSlice>();
        SharedInformer<Node> nodes = Informer<Node>();
        slices.AddIndex(Indexes.Service, slice => ServiceNames.ServiceOf(slice).Select(s => s.ToString()));
        IEnumerable<ObjectKey> Ours() => services.All.Where(ServiceNames.IsOurs).Select(s => s.Key);
        IEnumerable<ObjectKey> ServiceOf(ObjectKey lb) => _loadBalancers.TryGet(lb, out LoadBalancer? value) ? ServiceNames.ServiceOf(value) : [];
        _services = new ServiceController(
            services, slices, nodes, _hosts, _loadBalancers, _routings, _selection, _networks, _client, _events, _options, _time);
        Runner("services", _services)
            .Watch(services)
            .Watch(slices, ServiceNames.ServiceOf)
            .Watch(nodes, (old, current) => NodeSelection.Matters(old, current) ? Ours() : [])
            .Watch(_hosts, (old, current) => NodeSelection.Matters(old, current) ? Ours() : [])
            // One that is nobody's may have the name that a Service waits for.
            .Watch(_loadBalancers, lb => ServiceNames.ServiceOf(lb).Any()
                ? ServiceNames.ServiceOf(lb)
                : services.InNamespace(lb.Metadata.Namespace ?? "").Where(s => ServiceNames.IsOurs(s) && ServiceNames.LoadBalancerOf(s) == lb.Key).Select(s => s.Key))
            .Watch(_routings, routing => ServiceOf(routing.Key))
            .Watch(_policies, policy => ServiceOf(Indexes.LoadBalancerOf(policy)))
            .Watch(_networks, (old, current) => (current ?? old)!.Metadata is { Name: ServiceNames.Network, Namespace: { } ns } && (old is null || current is null)
                ? services.InNamespace(ns).Where(ServiceNames.IsOurs).Select(s => s.Key)
                : []);
    }

    private void Collect<T>(SharedInformer<T> informer)
        where T : KubernetesObject
    {
        ControllerRunner? runner = null;
        var kind = new OwnerKind(
            informer.Definition,
            key => informer.TryGet(key, out T? value) ? value : null,
            async (key, cancellationToken) => await _client.TryGetAsync<T>(key, cancellationToken),
            (seen, change, cancellationToken) => _client.UpdateAsync<T>((T)seen, change, cancellationToken),
            key => runner!.Queue.Add(key));
        runner = Runner($"collect-{informer.Definition.Plural}", new GarbageCollector(kind, _graph, _client, _events))
            .OnBegin(informer, item => _graph.Look(kind, item));
        _graph.Register(kind);
        informer.AddHandler((old, current) => _graph.Changed(kind, old, current));
    }

    private SharedInformer<T> Informer<T>(string? ns = null)
        where T : KubernetesObject
    {
        var informer = new SharedInformer<T>(_reader, _options.Informers with { Namespace = ns }, _loggerFactory.CreateLogger<SharedInformer<T>>(), _time);
        _informers.Add(informer);
        return informer;
    }

    private ControllerRunner Runner(string name, IReconciler reconciler)
    {
        var runner = new ControllerRunner(name, _options.Wrapper?.Invoke(reconciler) ?? reconciler, _options.Workers, _loggerFactory.CreateLogger<ControllerRunner>(), _time);
        _controllers.Add(runner);
        return runner;
    }

    /// <summary>
    /// The load balancers that select an interface or did before, and those where it drains. That a routing has it as a destination
    /// adds none: its load balancer selected it when that was written, and hears of every change since.
    /// </summary>
    private HashSet<ObjectKey> LoadBalancersOf(NetworkInterface? old, NetworkInterface? current)
    {
        if (!TargetSelection.Matters(old, current))
        {
            return [];
        }

        HashSet<ObjectKey> keys = [];
        foreach (NetworkInterface nic in new[] { old, current }.OfType<NetworkInterface>())
        {
            keys.UnionWith(_targets.LoadBalancersOf(nic));
            keys.UnionWith(_routings.ByIndex(Indexes.Draining, nic.Metadata.Uid ?? "").Select(r => r.Key));
            keys.UnionWith(_slices.ByIndex(Indexes.Draining, nic.Metadata.Uid ?? "").Select(Indexes.RoutingOf));
        }

        return keys;
    }

    private IEnumerable<ObjectKey> RoutingsThatList(LoadBalancerRoutingSlice slice) =>
        _routings.TryGet(Indexes.RoutingOf(slice), out LoadBalancerRouting? routing) && routing.Slices?.Exists(s => s.Name == slice.Metadata.Name) == true
            ? [routing.Key]
            : [];

    /// <summary>Whether nothing but what was observed has changed.</summary>
    private static bool IsSameWish(KubernetesObject? old, KubernetesObject? current) =>
        old is not null
        && current is not null
        && old.Metadata.Uid == current.Metadata.Uid
        && old.IsBeingDeleted == current.IsBeingDeleted
        && old.Metadata.Generation is not null
        && old.Metadata.Generation == current.Metadata.Generation;

    private IEnumerable<ObjectKey> LoadBalancersOf(Network network) =>
        _loadBalancers.ByIndex(Indexes.Network, Indexes.NetworkOf(network.Metadata.Namespace ?? "", network.Metadata.Name ?? "")).Select(l => l.Key);

    /// <summary>Load balancers that still want an internal address, by its value in the index.</summary>
    private IEnumerable<ObjectKey> Unserved(string address) => _loadBalancers
        .ByIndex(Indexes.Address, address)
        .Where(l => l.Status?.Conditions.IsTrue(AddressController.ConditionType) != true)
        .Select(l => l.Key);

    private IEnumerable<ObjectKey> InternalWaitersFor(IPAddress address) => address.Spec.NetworkRef is not { } network
        ? []
        : _networks.All
            .Where(n => n.Metadata.Uid == network.Uid)
            .SelectMany(n => Unserved(Indexes.AddressOf(n.Metadata.Namespace ?? "", network.Name, address.Spec.Ip)));

    /// <summary>The pools an address lies in or came from.</summary>
    private IEnumerable<ObjectKey> PoolsWith(IPAddress? address) =>
        address is { Spec.NetworkRef: null } && System.Net.IPAddress.TryParse(address.Spec.Ip, out System.Net.IPAddress? ip)
            ? _pools.All.Where(p => p.Metadata.Name == address.Spec.PoolRef?.Name || PoolAddresses.Of(p).Contains(ip)).Select(p => p.Key)
            : [];

    /// <summary>What load balancers' statuses say of a gateway; null for what is none.</summary>
    /// <summary>Whether a host, on which Internal load balancers may be served, is a gateway, and why it is not Ready; null: gone.</summary>
    private static (bool IsGateway, string? Status, string? Reason, string? Message)? ServerOf(Host? host)
    {
        if (host is null || host.IsBeingDeleted)
        {
            return null;
        }

        Condition? ready = host.Status?.Conditions.Of("Ready");
        return (host.Spec.Roles?.Contains("Gateway") == true, ready?.Status, ready?.Reason, ready?.Message);
    }

    /// <summary>The load balancers of which a change of a Host has to be told: those that it serves, or did.</summary>
    private IEnumerable<LoadBalancer> ServedBy(Host? old, Host? current)
    {
        (bool IsGateway, string? Status, string? Reason, string? Message)? before = ServerOf(old);
        (bool IsGateway, string? Status, string? Reason, string? Message)? after = ServerOf(current);
        if (current is not null && before == after)
        {
            return [];
        }

        return before?.IsGateway == true || after?.IsGateway == true || current is null
            ? _loadBalancers.All
            : _loadBalancers.All.Where(lb => lb.Spec.Type == "Internal");
    }

    /// <summary>The Internal load balancers of the network of an interface that came, went or moved: its host is to serve them, or no longer.</summary>
    private HashSet<ObjectKey> InternalOf(NetworkInterface? old, NetworkInterface? current)
    {
        if (!TargetSelection.Matters(old, current))
        {
            return [];
        }

        return [.. new[] { old, current }.OfType<NetworkInterface>()
            .SelectMany(Indexes.ByNetwork)
            .Distinct()
            .SelectMany(network => _loadBalancers.ByIndex(Indexes.InternalNetwork, network))
            .Select(lb => lb.Key)];
    }

    private static IEnumerable<ObjectKey> ClaimerOf(IPAddress address) => address.Spec.ClaimRef is { } claim ? [Indexes.KeyOf(claim)] : [];

    private static IEnumerable<ObjectKey> NetworkOf(KubernetesObject user, LocalObjectReference? network) =>
        network is null ? [] : [new ObjectKey(user.Metadata.Namespace ?? "", network.Name)];

    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Information, "Took over; the caches were brought up to date in {Seconds} s")]
        internal static partial void TakenOver(ILogger logger, double seconds);
    }
}
