using Lodestone.Agent.Desired;
using Lodestone.Agent.Heartbeat;
using Lodestone.Agent.Kernel;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Client.Leases;
using Microsoft.Extensions.Logging;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent;

/// <summary>Watches all that the desired state is a function of, and takes snapshots of it.</summary>
/// <remarks>Reads Host, Lease (of <c>lodestone-system</c>), Network, NetworkInterface, Prefix, LoadBalancer and LoadBalancerRouting.</remarks>
internal sealed class WorldObserver
{
    private readonly NodeAgentOptions _options;
    private readonly UnderlayModel _underlay;
    private readonly SharedInformer<Host> _hosts;
    private readonly SharedInformer<Lease> _leases;
    private readonly SharedInformer<Network> _networks;
    private readonly SharedInformer<LoadBalancerRouting> _routings;
    private readonly SharedInformer<Prefix> _prefixes;
    private readonly HostLiveness _liveness;
    private readonly DeviceTable _devices;
    private readonly NextHopTable _nextHops;

    /// <param name="options">The machine.</param>
    /// <param name="underlay">The machine on the underlay, as it was at start.</param>
    /// <param name="client">The API.</param>
    /// <param name="changed">Called after every change, from any thread.</param>
    /// <param name="loggers">Where to tell of trouble.</param>
    /// <param name="time">The clock.</param>
    public WorldObserver(NodeAgentOptions options, UnderlayModel underlay, ApiClient client, Action changed, ILoggerFactory loggers, TimeProvider time)
    {
        _options = options;
        _underlay = underlay;
        _liveness = new HostLiveness(options.HostName, time);
        _devices = new DeviceTable(changed);
        _nextHops = new NextHopTable(() => Underlay.Uplink.Index, changed, loggers.CreateLogger<NextHopTable>(), time);
        _hosts = Inform<Host>();
        _networks = Inform<Network>();
        NetworkInterfaces = Inform<NetworkInterface>();
        LoadBalancers = Inform<LoadBalancer>();
        _routings = Inform<LoadBalancerRouting>();
        _prefixes = Inform<Prefix>();
        _leases = new SharedInformer<Lease>(
            client, new InformerOptions { Namespace = LeaseOptions.SystemNamespace }, loggers.CreateLogger<SharedInformer<Lease>>(), time);
        _leases.AddHandler((old, lease) =>
        {
            if (lease is null)
            {
                _liveness.Forget(old!.Metadata.Name ?? "");
            }
            else if (_liveness.Observe(lease))
            {
                changed();
            }
        });

        SharedInformer<T> Inform<T>()
            where T : KubernetesObject
        {
            var informer = new SharedInformer<T>(client, null, loggers.CreateLogger<SharedInformer<T>>(), time);
            informer.AddHandler((_, _) => changed());
            return informer;
        }
    }

    /// <summary>All network interfaces.</summary>
    public SharedInformer<NetworkInterface> NetworkInterfaces { get; }

    /// <summary>All load balancers.</summary>
    public SharedInformer<LoadBalancer> LoadBalancers { get; }

    /// <summary>The machine on the underlay; its uplink as it is, or last was.</summary>
    public UnderlayModel Underlay =>
        _devices.Devices.TryGetValue(_options.UplinkDevice, out LocalDevice? uplink) ? _underlay with { Uplink = uplink } : _underlay;

    /// <summary>Watches until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _hosts.RunAsync(cancellationToken),
        _leases.RunAsync(cancellationToken),
        _networks.RunAsync(cancellationToken),
        NetworkInterfaces.RunAsync(cancellationToken),
        LoadBalancers.RunAsync(cancellationToken),
        _routings.RunAsync(cancellationToken),
        _prefixes.RunAsync(cancellationToken),
        _devices.RunAsync(cancellationToken),
        _nextHops.RunAsync(cancellationToken),
        _nextHops.RetryAsync(cancellationToken));

    /// <summary>Returns once every kind has been listed. Until then nothing is known, and nothing may be concluded.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _hosts.WaitForSyncAsync(cancellationToken),
        _leases.WaitForSyncAsync(cancellationToken),
        _networks.WaitForSyncAsync(cancellationToken),
        NetworkInterfaces.WaitForSyncAsync(cancellationToken),
        LoadBalancers.WaitForSyncAsync(cancellationToken),
        _routings.WaitForSyncAsync(cancellationToken),
        _prefixes.WaitForSyncAsync(cancellationToken));

    /// <summary>The world as it is known now.</summary>
    /// <param name="until">How long a host that is ready may stay so without being heard of. Null: nobody else's readiness counts.</param>
    public WorldSnapshot Snapshot(out TimeSpan? until)
    {
        IReadOnlyCollection<Host> hosts = _hosts.All;
        var others = new HashSet<IPAddress>();
        foreach (Host host in hosts)
        {
            if (host.Metadata.Name != _options.HostName && RealResolver.UnderlayAddressOf(host) is { } address)
            {
                others.Add(address);
            }
        }

        _nextHops.Want(others);
        return new WorldSnapshot
        {
            HostName = _options.HostName,
            IsGateway = _options.Roles.Contains("Gateway", StringComparer.Ordinal),
            Underlay = Underlay,
            ReadyHosts = _liveness.ReadyHosts(hosts, out until),
            Hosts = hosts,
            Networks = _networks.All,
            NetworkInterfaces = NetworkInterfaces.All,
            Prefixes = _prefixes.All,
            LoadBalancers = LoadBalancers.All,
            Routings = _routings.All,
            Devices = _devices.Devices,
            NextHops = _nextHops.NextHops,
        };
    }
}
