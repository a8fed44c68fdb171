using System.Collections.Immutable;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Datapath.Layout;
using Microsoft.Extensions.Logging;

using IPAddress = System.Net.IPAddress;
using LinuxMac = Lodestone.Linux.MacAddress;
using MacAddress = Lodestone.Datapath.Layout.MacAddress;

namespace Lodestone.Agent;

/// <summary>Watches all that the desired state is a function of, and takes snapshots of it.</summary>
/// <remarks>Of the API what <see cref="WorldInformers"/> watch; of the machine its devices and next hops.</remarks>
internal sealed class WorldObserver
{
    private readonly NodeAgentOptions _options;
    private readonly Action _changed;
    private readonly UnderlayModel _underlay;
    private readonly WorldInformers _api;
    private readonly DeviceTable _devices;
    private readonly NextHopTable _nextHops;
    private HashSet<IPAddress> _wanted = [];
    private HashSet<IPAddress> _hostAddresses = [];

    /// <param name="options">The machine.</param>
    /// <param name="underlay">The machine on the underlay, as it was at start.</param>
    /// <param name="client">The API.</param>
    /// <param name="changed">Called after every change, from any thread.</param>
    /// <param name="inContact">Called, on a gateway, whenever this machine's own lease has come back by the watch.</param>
    /// <param name="loggers">Where to tell of trouble.</param>
    /// <param name="time">The clock.</param>
    public WorldObserver(NodeAgentOptions options, UnderlayModel underlay, ApiClient client, Action changed, Action inContact, ILoggerFactory loggers, TimeProvider time)
    {
        _options = options;
        _changed = changed;
        _underlay = underlay;
        _devices = new DeviceTable(changed);
        _nextHops = new NextHopTable(() => Underlay.Uplink.Index, changed, loggers.CreateLogger<NextHopTable>(), time);
        _api = new WorldInformers(options.HostName, IsGateway, client, changed, inContact, loggers, time);
    }

    /// <summary>All network interfaces.</summary>
    public SharedInformer<NetworkInterface> NetworkInterfaces => _api.NetworkInterfaces;

    /// <summary>All load balancers.</summary>
    public SharedInformer<LoadBalancer> LoadBalancers => _api.LoadBalancers;

    /// <summary>All routers that gateways speak BGP with.</summary>
    public SharedInformer<BGPPeer> BgpPeers => _api.BgpPeers;

    /// <summary>The machine on the underlay; its uplink as it is, or last was, whether it has a carrier or not.</summary>
    public UnderlayModel Underlay =>
        _devices.Devices.TryGetValue(_options.UplinkDevice, out LocalDevice? uplink) ? _underlay with { Uplink = uplink with { HasCarrier = true } } : _underlay;

    /// <summary>Whether the uplink is there and has a link partner.</summary>
    public bool HasCarrier => _devices.Devices.TryGetValue(_options.UplinkDevice, out LocalDevice? uplink) && uplink is { HasCarrier: true, IsUp: true };

    /// <summary>This machine's Host; null: none is known.</summary>
    public Host? OwnHost => _api.Hosts.TryGet(new ObjectKey("", _options.HostName), out Host? host) ? host : null;

    /// <summary>An underlay address, with the name of the Host that has it where one is known.</summary>
    public string Describe(IPAddress address)
    {
        string text = address.ToString();
        Host? host = _api.Hosts.All.FirstOrDefault(host => host.Spec.UnderlayAddresses?.Contains(text, StringComparer.Ordinal) == true);
        return host is null ? text : $"{text} ({host.Metadata.Name})";
    }

    /// <summary>Time since the server was last heard of, for each watched resource.</summary>
    public IReadOnlyDictionary<string, TimeSpan> EventAges() => _api.All.ToDictionary(informer => informer.Definition.Plural, informer => informer.Age);

    private bool IsGateway => _options.Roles.Contains("Gateway", StringComparer.Ordinal);

    /// <summary>Who on the segment has a link-layer address: other gateways are known by what their underlay addresses resolve to.</summary>
    public Claimant ClaimantOf(LinuxMac mac)
    {
        ImmutableDictionary<IPAddress, MacAddress> nextHops = _nextHops.NextHops;
        IReadOnlyCollection<Host> hosts = _api.Hosts.All;
        List<string> unresolved = [];
        foreach (Host host in hosts)
        {
            if (host.Metadata.Name == _options.HostName
                || host.Spec.Roles?.Contains("Gateway", StringComparer.Ordinal) != true
                || RealResolver.UnderlayAddressOf(host, _underlay.Address.AddressFamily) is not { } address)
            {
                continue;
            }

            if (!nextHops.TryGetValue(address, out MacAddress known))
            {
                unresolved.Add(host.Metadata.Name ?? "");
            }
            else if (Macs.ToLinux(known) == mac)
            {
                return _api.ReadyHosts(hosts).Contains(host.Metadata.Name ?? "") ? Claimant.Gateway : Claimant.LapsedGateway;
            }
        }

        // One that is dead claims nothing; whoever is taken for it would be told of late.
        return unresolved.Count > 0 && _api.ReadyHosts(hosts).Overlaps(unresolved) ? Claimant.Unknown : Claimant.Stranger;
    }

    /// <summary>Watches until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _api.RunAsync(cancellationToken),
        _devices.RunAsync(cancellationToken),
        _nextHops.RunAsync(cancellationToken),
        _nextHops.RetryAsync(cancellationToken));

    /// <summary>Returns once every kind has been listed. Until then nothing is known, and nothing may be concluded.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _api.WaitForSyncAsync(cancellationToken);

    /// <summary>Says which addresses packets are to go by; those of other hosts are resolved unasked.</summary>
    public void WantNextHops(IReadOnlyCollection<IPAddress> addresses)
    {
        if (!_wanted.SetEquals(addresses))
        {
            HashSet<IPAddress> added = [.. addresses.Except(_wanted).Except(_hostAddresses)];
            _wanted = [.. addresses];
            _nextHops.Want([.. _hostAddresses, .. _wanted]);

            // A router that is known already is news to nobody but us.
            if (_nextHops.NextHops.Keys.Any(added.Contains))
            {
                _changed();
            }
        }
    }

    /// <summary>The world as it is known now.</summary>
    /// <param name="silent">Addresses that this machine must not answer for.</param>
    public WorldSnapshot Snapshot(IReadOnlySet<DatapathAddress> silent)
    {
        IReadOnlyCollection<Host> hosts = _api.Hosts.All;
        var others = new HashSet<IPAddress>();
        foreach (Host host in hosts.Where(host => host.Metadata.Name != _options.HostName))
        {
            // IPv6 where both have it; where not, the desired state asks for what its reals need.
            if (RealResolver.UnderlayAddressOf(host, _underlay.Address.AddressFamily) is { } address)
            {
                others.Add(address);
            }
        }

        _hostAddresses = others;
        _nextHops.Want([.. others, .. _wanted]);
        return new WorldSnapshot
        {
            HostName = _options.HostName,
            TrustsAnySource = _options.TrustsAnySource,
            IsGateway = IsGateway,
            HasCarrier = HasCarrier,
            Silent = silent,
            Underlay = Underlay,
            ReadyHosts = _api.ReadyHosts(hosts),
            Hosts = hosts,
            Networks = _api.Networks.All,
            NetworkInterfaces = NetworkInterfaces.All,
            Prefixes = _api.Prefixes.All,
            BgpPeers = BgpPeersOf(hosts),
            LoadBalancers = LoadBalancers.All,
            Routings = _api.Routings.All,
            RoutingSlices = _api.Slices.All,
            Devices = _devices.Devices,
            NextHops = _nextHops.NextHops,
        };
    }

    /// <summary>The BGPPeers that select this machine, by name.</summary>
    private ImmutableArray<BGPPeer> BgpPeersOf(IReadOnlyCollection<Host> hosts) =>
        hosts.FirstOrDefault(host => host.Metadata.Name == _options.HostName) is { } own
            ? [.. BgpPeers.All.Where(peer => peer.Spec.Selects(own)).OrderBy(peer => peer.Metadata.Name, StringComparer.Ordinal)]
            : [];
}
