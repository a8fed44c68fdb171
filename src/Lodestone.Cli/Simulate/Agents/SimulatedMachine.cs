using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using Lodestone.Agent;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Status;
using Lodestone.Api.Platform;
using Lodestone.Client.Events;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Microsoft.Extensions.Logging.Abstractions;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Cli.Simulate.Agents;

/// <summary>An agent's plans and tables on one machine: the real ones, over maps in memory and devices and neighbours that are only said to be there.</summary>
internal sealed class SimulatedMachine
{
    private const int MtuBytes = 9000;

    private static readonly FlowSeed Seed = new(0x1234_5678_9abc_def0, 0x0fed_cba9_8765_4321);

    private readonly WorldInformers _informers;
    private readonly SimulatedTime _time;
    private readonly DatapathCapacities _capacities;
    private readonly UnderlayModel _underlay;
    private readonly string _name;
    private readonly bool _isGateway;
    private readonly Dictionary<string, LocalDevice> _devices;
    private readonly Dictionary<IPAddress, MacAddress> _nextHops = [];
    private readonly MemoryDatapathMaps _maps;
    private readonly DatapathApplier _applier;
    private readonly GatewayEntryWriter _entries;
    private HashSet<string>? _ready;
    private DesiredState _desired = DesiredState.Empty;

    /// <param name="site">The site.</param>
    /// <param name="host">Which of its hosts.</param>
    /// <param name="caches">What it knows of the site.</param>
    /// <param name="capacities">How large its maps are.</param>
    /// <param name="time">The clock.</param>
    public SimulatedMachine(SiteObjects site, int host, AgentCaches caches, DatapathCapacities capacities, SimulatedTime time)
    {
        _informers = caches.Informers;
        _time = time;
        _capacities = capacities;
        _name = SiteObjects.HostName(host);
        _isGateway = host < site.Scale.Gateways;
        _underlay = new UnderlayModel(
            new LocalDevice("eth0", 1, IsVeth: false, IsUp: true, MtuBytes, MacOf(host)), SiteObjects.UnderlayAddressOf(host), IPNetwork.Parse(SiteObjects.UnderlayPrefixOf(host)));
        _devices = _isGateway ? [] : site.InterfacesOn(host).ToDictionary(
            SiteObjects.DeviceOf,
            nic => new LocalDevice(SiteObjects.DeviceOf(nic), (uint)nic + 2, IsVeth: true, IsUp: true, MtuBytes, MacOf(nic)),
            StringComparer.Ordinal);
        for (int other = 0; other < site.Scale.Hosts; other++)
        {
            _nextHops[SiteObjects.UnderlayAddressOf(other)] = MacOf(other);
        }

        _maps = new MemoryDatapathMaps(capacities);
        _applier = new DatapathApplier(_maps, time);
        _applier.Configure(Seed, _underlay);
        _entries = new GatewayEntryWriter(caches.Client, _informers.LoadBalancers, new EventRecorder(caches.Client, "lodestone-agent", _name, NullLogger.Instance, time), _name);
    }

    /// <summary>The state as planned last.</summary>
    public DesiredState Desired => _desired;

    /// <summary>The maps.</summary>
    public MemoryDatapathMaps Maps => _maps;

    /// <summary>The first plan, and the first time that maps are written.</summary>
    public async Task<PlanResult> BeginAsync()
    {
        long heap = await Stopwatches.HeapAsync();
        double plan = Stopwatches.Ms(Plan);
        ApplyResult? applied = null;
        double apply = Stopwatches.Ms(() => applied = _applier.Apply(_desired, _underlay));
        string? refused = applied!.Problems.IsEmpty ? null : $"{applied.Problems.Length:N0}: {applied.Problems[0].Message}";
        return new PlanResult(plan, apply, await Stopwatches.HeapAsync() - heap, _desired.Vips.Length, _desired.Reals.Length, _desired.Routes.Count, refused, [.. MapsInUse()], []);
    }

    /// <summary>Plans and applies what the caches show.</summary>
    /// <param name="change">What has changed.</param>
    /// <param name="events">How many events told of it.</param>
    public ChangeResult Follow(string change, int events)
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        double plan = Stopwatches.Ms(Plan);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        ApplyResult? applied = null;
        double apply = Stopwatches.Ms(() => applied = _applier.Apply(_desired, _underlay));
        return new ChangeResult(change, events, plan, apply, _isGateway ? Stopwatches.Ms(() => Report(applied!)) : 0, applied!.Writes, allocated);
    }

    /// <summary>A host no longer counts as ready.</summary>
    public void Lose(string host)
    {
        _ready = _informers.ReadyHosts(_informers.Hosts.All);
        _ready.Remove(host);
    }

    private static MacAddress MacOf(int i) => MacAddress.Parse($"02:00:{i >> 24 & 255:x2}:{i >> 16 & 255:x2}:{i >> 8 & 255:x2}:{i & 255:x2}");

    private void Plan()
    {
        IReadOnlyCollection<Host> hosts = _informers.Hosts.All;
        var world = new WorldSnapshot
        {
            HostName = _name,
            IsGateway = _isGateway,
            Underlay = _underlay,
            ReadyHosts = _ready ?? _informers.ReadyHosts(hosts),
            Hosts = hosts,
            Networks = _informers.Networks.All,
            NetworkInterfaces = _informers.NetworkInterfaces.All,
            Prefixes = _informers.Prefixes.All,
            LoadBalancers = _informers.LoadBalancers.All,
            Routings = _informers.Routings.All,
            RoutingSlices = _informers.Slices.All,
            Devices = _devices,
            NextHops = _nextHops,
        };
        _desired = DesiredState.Compute(world, _desired, _time.GetUtcNow());
    }

    /// <summary>Which load balancers' statuses would have to say something else of this gateway.</summary>
    private void Report(ApplyResult applied) => _entries.Outdated(new GatewayReport(
        new AgentState(
            _desired,
            applied,
            ImmutableDictionary<uint, string>.Empty,
            _applier.VipIds,
            _applier.RealIndexes,
            _applier.Fingerprints,
            ImmutableDictionary<DatapathAddress, ContestedVip>.Empty),
        _name));

    private IEnumerable<MapResult> MapsInUse()
    {
        var standard = new DatapathCapacities();
        if (_isGateway)
        {
            long slots = _desired.Vips.Sum(vip => (long)(vip.Ring?.Slots.Length ?? 0));
            yield return new MapResult("vips", _desired.Vips.Length, 2L * _capacities.VipSlots * Unsafe.SizeOf<Vip>(), standard.VipSlots / 2);
            yield return new MapResult("rings", slots, slots * Unsafe.SizeOf<RingSlot>(), standard.RingSlots);
            yield return new MapResult("reals", _desired.Reals.Length, (long)_desired.Reals.Length * Unsafe.SizeOf<Real>(), standard.Reals);
            yield return new MapResult("path_mtus", _desired.Reals.Length, (long)_desired.Reals.Length * (Unsafe.SizeOf<PathMtu>() + Unsafe.SizeOf<DatapathAddress>()), standard.Reals);
        }
        else
        {
            yield return new MapResult("routes", _desired.Routes.Count, (long)_desired.Routes.Count * (Unsafe.SizeOf<RouteKey>() + Unsafe.SizeOf<Real>()), standard.Routes);
            yield return new MapResult(
                "nic_sources", _desired.NicSources.Count, (long)_desired.NicSources.Count * (Unsafe.SizeOf<NicSourceKey>() + Unsafe.SizeOf<NicSource>()), standard.NicSources);
            yield return new MapResult("underlay", _desired.Underlay.Count, (long)_desired.Underlay.Count * (Unsafe.SizeOf<DatapathAddress>() + Unsafe.SizeOf<UnderlayNic>()), standard.Nics);
        }
    }
}
