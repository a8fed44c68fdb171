using System.Collections.Immutable;
using Lodestone.Agent.Heartbeat;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Client.Leases;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent;

/// <summary>What an agent watches of the API, and which hosts live as far as that tells. Nothing of the machine it runs on.</summary>
/// <remarks>
/// Reads Host, on a gateway Lease (of gateways, in <c>lodestone-system</c>), Network, NetworkInterface, Prefix, LoadBalancer, LoadBalancerRouting,
/// LoadBalancerRoutingSlice and BGPPeer.
/// </remarks>
internal sealed class WorldInformers
{
    private readonly HostLiveness _liveness;

    /// <param name="hostName">Name of this machine's Host.</param>
    /// <param name="isGateway">Whether it announces addresses.</param>
    /// <param name="client">The API.</param>
    /// <param name="changed">Called after every change, from any thread.</param>
    /// <param name="inContact">Called, on a gateway, whenever this machine's own lease has come back by the watch.</param>
    /// <param name="loggers">Where to tell of trouble.</param>
    /// <param name="time">The clock.</param>
    public WorldInformers(string hostName, bool isGateway, ApiClient client, Action changed, Action inContact, ILoggerFactory loggers, TimeProvider time)
    {
        _liveness = new HostLiveness(hostName, time);
        Hosts = Inform<Host>();
        Networks = Inform<Network>();
        NetworkInterfaces = Inform<NetworkInterface>();
        LoadBalancers = Inform<LoadBalancer>();
        BgpPeers = Inform<BGPPeer>();
        Routings = Inform<LoadBalancerRouting>();
        Slices = Inform<LoadBalancerRoutingSlice>();
        Prefixes = Inform<Prefix>();
        if (isGateway)
        {
            Leases = new SharedInformer<Lease>(
                client,
                new InformerOptions { Namespace = LeaseOptions.SystemNamespace, LabelSelector = $"{HostLease.GatewayLabel}=true", ReturnsWithServer = true },
                loggers.CreateLogger<SharedInformer<Lease>>(),
                time);

            // Lives are kept by the reader of the stream: a handler may run after the sync, and a gateway that plans before it knows no other's lease, and takes over all.
            bool isNews = false;
            Leases.AddTracker((old, lease) =>
            {
                if (lease is null)
                {
                    _liveness.Forget(old!.Metadata.Name ?? "");
                    Volatile.Write(ref isNews, true);
                }
                else if (_liveness.Observe(lease))
                {
                    Volatile.Write(ref isNews, true);
                }
            });
            Leases.AddHandler((_, lease) =>
            {
                if (Interlocked.Exchange(ref isNews, false))
                {
                    changed();
                }

                if (lease?.Metadata.Name == hostName)
                {
                    inContact();
                }
            });
        }

        All = [.. new IInformer?[] { Hosts, Leases, Networks, NetworkInterfaces, LoadBalancers, Routings, Slices, Prefixes, BgpPeers }.OfType<IInformer>()];

        SharedInformer<T> Inform<T>()
            where T : KubernetesObject
        {
            // Gateways that know each other's Leases and not yet who is drained, or where targets are, would not do the same.
            var informer = new SharedInformer<T>(client, new InformerOptions { ReturnsWithServer = isGateway }, loggers.CreateLogger<SharedInformer<T>>(), time);
            informer.AddHandler((_, _) => changed());
            return informer;
        }
    }

    /// <summary>All of them.</summary>
    public ImmutableArray<IInformer> All { get; }

    /// <summary>All hosts.</summary>
    public SharedInformer<Host> Hosts { get; }

    /// <summary>Leases of gateways; null on a machine that is none.</summary>
    public SharedInformer<Lease>? Leases { get; }

    /// <summary>All networks.</summary>
    public SharedInformer<Network> Networks { get; }

    /// <summary>All network interfaces.</summary>
    public SharedInformer<NetworkInterface> NetworkInterfaces { get; }

    /// <summary>All load balancers.</summary>
    public SharedInformer<LoadBalancer> LoadBalancers { get; }

    /// <summary>All routings.</summary>
    public SharedInformer<LoadBalancerRouting> Routings { get; }

    /// <summary>All slices of routings.</summary>
    public SharedInformer<LoadBalancerRoutingSlice> Slices { get; }

    /// <summary>All prefixes.</summary>
    public SharedInformer<Prefix> Prefixes { get; }

    /// <summary>All routers that gateways speak BGP with.</summary>
    public SharedInformer<BGPPeer> BgpPeers { get; }

    /// <summary>Watches until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(All.Select(informer => informer.RunAsync(cancellationToken)));

    /// <summary>Returns once every kind has been listed. Until then nothing is known, and nothing may be concluded.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.WhenAll(All.Select(informer => informer.WaitForSyncAsync(cancellationToken)));

    /// <summary>Names of the hosts that are ready and whose lease is kept.</summary>
    public HashSet<string> ReadyHosts(IEnumerable<Host> hosts) => _liveness.ReadyHosts(hosts);
}
