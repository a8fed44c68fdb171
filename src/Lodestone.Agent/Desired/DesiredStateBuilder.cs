using System.Collections.Immutable;
using System.Net.Sockets;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Health;
using Lodestone.Agent.Heartbeat;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>Computes one <see cref="DesiredState"/>: NICs, then VIPs, then the reals and sources that follow from both.</summary>
internal sealed class DesiredStateBuilder
{
    private const string InternalType = "Internal";
    private const uint PublicNetwork = 0;
    private const string GatewayRole = "Gateway";

    /// <summary>A routing and its slices come by watches of their own: that one is ahead for so long is no trouble.</summary>
    internal static readonly TimeSpan SliceLag = TimeSpan.FromSeconds(5);

    private readonly WorldSnapshot _world;
    private readonly DateTimeOffset _now;
    private readonly Dictionary<ObjectKey, LoadBalancerRouting> _routings = [];
    private readonly DesiredState _previous;
    private readonly PlanMemo? _memo;
    private readonly Dictionary<string, LoadBalancerPart> _previousParts;
    private readonly Dictionary<string, LoadBalancerPart> _parts;
    private readonly Dictionary<VipKey, VipModel> _vips;
    private readonly List<VipModel> _madeVips = [];
    private readonly List<Action> _peeredVips = [];
    private readonly Dictionary<ulong, RealPart> _reals;
    private readonly bool _isSameWorld;
    private readonly bool _hasSameInterfaces;
    private readonly Dictionary<NetworkInterface, RealModel> _ways = [];
    private readonly List<LoadBalancerModel> _loadBalancers = [];
    private readonly List<Problem> _problems = [];
    private readonly ImmutableDictionary<ObjectKey, DateTimeOffset> _previousIncomplete;
    private readonly ImmutableDictionary<ObjectKey, DateTimeOffset>.Builder _incomplete = ImmutableDictionary.CreateBuilder<ObjectKey, DateTimeOffset>();
    private readonly RealResolver _resolver;
    private readonly string[] _gateways;
    private readonly ImmutableArray<NicModel> _nics;
    private readonly OverlayNetworks _networks;
    private readonly NetworkAddresses? _addresses;
    private readonly HashSet<uint> _translating = [];
    private Dictionary<ObjectKey, LoadBalancerRoutingSlice>? _slices;
    private DateTimeOffset? _changesAt;
    private LoadBalancerPart? _part;

    public DesiredStateBuilder(WorldSnapshot world, DesiredState previous, DateTimeOffset now)
    {
        _world = world;
        _now = now;
        _previous = previous;
        _previousIncomplete = previous.Incomplete;
        _memo = previous.Memo is { } memo && memo.Vips == previous.Vips ? memo : null;
        _previousParts = _memo?.LoadBalancers ?? PartsOf(previous);
        _parts = new Dictionary<string, LoadBalancerPart>(world.LoadBalancers.Count, StringComparer.Ordinal);
        _vips = new Dictionary<VipKey, VipModel>(previous.Vips.Length);
        _reals = new Dictionary<ulong, RealPart>(previous.Reals.Length);
        _isSameWorld = _memo is not null && IsSameSite(_memo.World, world);
        _hasSameInterfaces = _memo is not null && ReferenceEquals(_memo.World.NetworkInterfaces, world.NetworkInterfaces);
        _resolver = _isSameWorld && _hasSameInterfaces ? _memo!.Resolver : new RealResolver(world with { LoadBalancers = [], Routings = [], RoutingSlices = [] });
        _gateways = [.. world.Hosts.Where(IsReadyGateway).Select(host => host.Metadata.Name!)];
        foreach (LoadBalancerRouting routing in world.Routings)
        {
            _routings[routing.Key] = routing;
        }

        _nics = NicBindings.Decide(world);
        _networks = new OverlayNetworks(world, _nics);
        _addresses = _networks.IsEmpty ? null : new NetworkAddresses(world);
    }

    public DesiredState Build()
    {
        bool hasSameGateways = _memo is not null && _memo.World.IsGateway == _world.IsGateway && _memo.World.HostName == _world.HostName
            && _memo.World.BgpPeers.IsEmpty == _world.BgpPeers.IsEmpty
            && _memo.Gateways.AsSpan().SequenceEqual(_gateways) && ReferenceEquals(_memo.World.Silent, _world.Silent);
        foreach (LoadBalancer lb in PlanOrder.ByAge(_world.LoadBalancers))
        {
            if (!hasSameGateways || !TryTakeOver(lb))
            {
                AddLoadBalancer(lb);
            }
        }

        // A network's own VIPs come before those of its peers.
        _part = null;
        _peeredVips.ForEach(add => add());
        ImmutableArray<VipModel> vips = SortedVips();
        ImmutableSortedDictionary<NicSourceKey, DatapathAddress> translations = MakeTranslations(vips);
        AddReals(vips);
        ImmutableSortedDictionary<RouteKey, RealModel?> routes = MakeRoutes();
        bool isTarget = IsTarget(vips);
        ImmutableArray<HealthTarget> healthTargets = MakeHealthTargets(vips);
        return new DesiredState
        {
            Vips = vips,
            LoadBalancers = [.. _loadBalancers],
            Reals = SortedReals(),
            Routes = routes,
            Nics = _nics,
            Underlay = UnderlayOf(_nics, isTarget),
            GeneveNics = GeneveOf(_nics, isTarget),
            UnderlaySources = _world.TrustsAnySource ? null : UnderlaySources(),
            NicSources = SourcesOf(_nics, vips),
            Translations = translations,
            HealthTargets = healthTargets,
            Problems = [.. _problems.Distinct().OrderBy(p => p.Kind, StringComparer.Ordinal)
                .ThenBy(p => p.Key.ToString(), StringComparer.Ordinal)
                .ThenBy(p => p.Reason, StringComparer.Ordinal)
                .ThenBy(p => p.Message, StringComparer.Ordinal)],
            Incomplete = _incomplete.ToImmutable(),
            ChangesAt = _changesAt,
            Memo = new PlanMemo
            {
                World = _world,
                Vips = vips,
                Gateways = _gateways,
                LoadBalancers = _parts,
                Reals = _reals,
                Resolver = _resolver,
            },
        };
    }

    /// <summary>Whether all that the ways to targets depend on, but for network interfaces, is the same.</summary>
    private static bool IsSameSite(WorldSnapshot one, WorldSnapshot other) =>
        one.HostName == other.HostName
        && one.TrustsAnySource == other.TrustsAnySource
        && one.Underlay == other.Underlay
        && ReferenceEquals(one.Devices, other.Devices)
        && (ReferenceEquals(one.NextHops, other.NextHops) || HaveSameEntries(one.NextHops, other.NextHops))
        && (ReferenceEquals(one.Hosts, other.Hosts) || one.Hosts.Zip(other.Hosts).All(hosts => IsSamePlace(hosts.First, hosts.Second)) && one.Hosts.Count == other.Hosts.Count);

    /// <summary>Whether a host is reached in the same way; what its agent reports of itself does not matter.</summary>
    private static bool IsSamePlace(Host one, Host other) =>
        ReferenceEquals(one, other)
        || (one.Metadata.Name == other.Metadata.Name
            && one.Spec.UnderlayPrefix == other.Spec.UnderlayPrefix
            && (one.Spec.UnderlayAddresses ?? []).SequenceEqual(other.Spec.UnderlayAddresses ?? []));

    private static bool HaveSameEntries(IReadOnlyDictionary<IPAddress, MacAddress> one, IReadOnlyDictionary<IPAddress, MacAddress> other) =>
        one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out MacAddress mac) && mac == entry.Value);

    /// <summary>What is known of load balancers from a state that has nothing else to say of them.</summary>
    private static Dictionary<string, LoadBalancerPart> PartsOf(DesiredState previous)
    {
        var parts = new Dictionary<string, LoadBalancerPart>(StringComparer.Ordinal);
        foreach (VipModel vip in previous.Vips)
        {
            if (!parts.TryGetValue(vip.LoadBalancerUid, out LoadBalancerPart? part))
            {
                parts[vip.LoadBalancerUid] = part = new LoadBalancerPart(new LoadBalancer(), null, default) { IsPure = false };
            }

            part.Vips.Add(vip);
        }

        return parts;
    }

    /// <summary>Takes over what a load balancer added to the last state, where it would add the same again.</summary>
    private bool TryTakeOver(LoadBalancer lb)
    {
        if (!_previousParts.TryGetValue(lb.Metadata.Uid ?? "", out LoadBalancerPart? part)
            || !part.IsStill(lb, _routings.GetValueOrDefault(lb.Key), _now)
            || part.Vips.Exists(vip => _vips.ContainsKey(vip.Key)))
        {
            return false;
        }

        _part = null;
        foreach (VipModel vip in part.Vips)
        {
            _vips.Add(vip.Key, vip);
        }

        if (part.Model is { } model)
        {
            _loadBalancers.Add(model);
        }

        _problems.AddRange(part.Problems);
        LookAgainAt(part.ChangesAt);
        _parts[lb.Metadata.Uid ?? ""] = part;
        return true;
    }

    /// <summary>All VIPs in order: that of the last state, with new ones where they belong; the same instance where all are as they were.</summary>
    private ImmutableArray<VipModel> SortedVips()
    {
        if (_memo is null)
        {
            return [.. _vips.Values.OrderBy(vip => vip.Key, LayoutOrder.Instance)];
        }

        return PlanOrder.Sorted(
            _previous.Vips, key => _vips.GetValueOrDefault(key), vip => vip.Key, _madeVips.OrderBy(vip => vip.Key, LayoutOrder.Instance), LayoutOrder.Instance);
    }

    private ImmutableArray<RealModel> SortedReals()
    {
        if (_memo is null)
        {
            return [.. _reals.Values.Select(part => part.Real).OrderBy(real => real.Target)];
        }

        return PlanOrder.Sorted(
            _previous.Reals,
            target => _reals.GetValueOrDefault(target)?.Real,
            real => real.Target,
            _reals.Where(real => !_memo.Reals.ContainsKey(real.Key)).Select(real => real.Value.Real).OrderBy(real => real.Target),
            Comparer<ulong>.Default);
    }

    private bool IsReadyGateway(Host host) =>
        host.Metadata.Name is { } name
        && _world.ReadyHosts.Contains(name)
        && host.Spec.Roles?.Contains(GatewayRole, StringComparer.Ordinal) == true
        && host.Spec.Drain != true
        && (name == _world.HostName ? _world.HasCarrier : host.Status?.Conditions?.Find(c => c.Type == HostConditions.DatapathReady)?.Status != "False");

    private bool IsAnnouncer(LoadBalancer lb, DatapathAddress address) =>
        _world.IsGateway && !_world.Silent.Contains(address) && GatewayElection.Elect(_gateways, lb.Metadata.Uid ?? "") == _world.HostName;

    private void AddLoadBalancer(LoadBalancer lb)
    {
        bool isInternal = lb.Spec.Type == InternalType;
        if (isInternal && !IsReachedFromHere(lb))
        {
            return;
        }

        // Which networks reach an Internal one depends on much else.
        _part = new LoadBalancerPart(lb, _routings.GetValueOrDefault(lb.Key), _now) { IsPure = !isInternal };
        _parts[lb.Metadata.Uid ?? ""] = _part;

        if (lb.IsBeingDeleted)
        {
            Report(lb, Reasons.Deleting, "the load balancer is being deleted");
            return;
        }

        List<DatapathAddress> addresses = ReadAddresses(lb, isInternal);
        bool portsAreGood = PortReader.TryRead(lb.Spec.Ports, out PortRules ports, out string portError);
        if (!portsAreGood)
        {
            Report(lb, Reasons.PortInvalid, portError);
        }

        RoutingModel routing = ReadRouting(lb);
        if ((isInternal || _world.IsGateway) && lb.Status?.Ips is { Count: > 0 })
        {
            _part.Model = new LoadBalancerModel(lb.Key, lb.Metadata.Uid ?? "", lb.Metadata.Generation, routing.RingGeneration);
            _loadBalancers.Add(_part.Model);
        }

        foreach (DatapathAddress address in addresses)
        {
            PortRules? given = portsAreGood ? ports : null;
            if (!isInternal)
            {
                AddVipOnce(lb, new VipKey(PublicNetwork, address), given, routing);
                continue;
            }

            ObjectKey network = NetworkKeyOf(lb);
            if (_networks.LocalVniOf(network) is { } own)
            {
                AddVipOnce(lb, new VipKey(own, address), given, routing);
            }

            foreach (uint peer in _networks.PeersReaching(network, address))
            {
                _peeredVips.Add(() => AddPeeredVip(lb, new VipKey(peer, address), given, routing));
            }
        }
    }

    /// <summary>Whether a network with an interface here has the load balancer's addresses, as its own or by a peering.</summary>
    private bool IsReachedFromHere(LoadBalancer lb)
    {
        ObjectKey network = NetworkKeyOf(lb);
        return _networks.LocalVniOf(network) is not null
            || (lb.Status?.Ips ?? []).Exists(text =>
                IpText.TryParse(text, out IPAddress? address) && _networks.PeersReaching(network, DatapathAddress.From(address)).Any());
    }

    private void AddVipOnce(LoadBalancer lb, VipKey key, PortRules? ports, RoutingModel routing)
    {
        VipModel? previous = PreviousOf(lb).Find(vip => vip.Key == key);
        if (ports is null && previous is null)
        {
            return;
        }

        if (_vips.TryGetValue(key, out VipModel? other))
        {
            Report(lb, Reasons.VipConflict, $"address {key.Address} is served for load balancer {other.LoadBalancer}");
            return;
        }

        AddVip(lb, key, ports ?? previous!.Ports, routing, previous);
    }

    private void AddPeeredVip(LoadBalancer lb, VipKey key, PortRules? ports, RoutingModel routing)
    {
        bool isTaken = _vips.ContainsKey(key)
            || _nics.Any(nic => nic.Network == key.Network && nic.Device is not null && _addresses!.Has(NicBindings.NetworkKeyOf(nic.Nic), key.Address));
        if (isTaken)
        {
            Report(lb, Reasons.PeeringOverlap, $"address {key.Address} is taken in the peered network {key.Network}, whose workloads don't reach the load balancer");
            return;
        }

        AddVipOnce(lb, key, ports, routing);
    }

    private void AddVip(LoadBalancer lb, VipKey key, PortRules ports, RoutingModel routing, VipModel? previous)
    {
        DatapathAddress address = key.Address;
        bool isInternal = key.Network != PublicNetwork;
        RingHistory history = address.IsIPv4 ? routing.IPv4 : routing.IPv6;
        if (history.Current.Length > MaglevRing.MaxTargets)
        {
            Report(lb, Reasons.TooManyTargets, $"{history.Current.Length} targets; a ring has at most {MaglevRing.MaxTargets}");
            if (previous is null)
            {
                return;
            }

            routing = previous.Routing;
            history = previous.History;
        }

        if (history.Current.IsEmpty)
        {
            Report(lb, Reasons.NoTargets, $"no target takes new flows of {address}");
        }

        FoldedRing? ring = null;
        if (isInternal || _world.IsGateway)
        {
            // A ring is a pure function of the routing and of which of its times have passed.
            bool isUnchanged = previous is { Ring: not null } && ReferenceEquals(previous.Routing, routing)
                && (previous.Ring.ChangesAt is not { } changes || _now < changes);
            ring = isUnchanged ? previous!.Ring : RingFold.Fold(history, _now);
        }

        ImmutableArray<ulong> alive = history.AliveAt(_now);

        LookAgainAt(history.NextEventAfter(_now));
        bool remembersChanges = history.SetsAt(_now).Length > 1;
        if (remembersChanges && routing.UdpUntil > _now)
        {
            LookAgainAt(routing.UdpUntil);
        }

        VipAnnouncement announcement = isInternal ? VipAnnouncement.None : AnnouncementOf(lb, address, routing, alive);
        var vip = new VipModel
        {
            LoadBalancer = lb.Key,
            LoadBalancerUid = lb.Metadata.Uid ?? "",
            Address = address,
            Network = key.Network,
            Ports = previous is not null && HaveSameRanges(previous.Ports, ports) ? previous.Ports : ports,
            Routing = routing,
            Ring = ring,
            Alive = previous is not null && previous.Alive.AsSpan().SequenceEqual(alive.AsSpan()) ? previous.Alive : alive,
            UdpToCurrent = remembersChanges && routing.UdpUntil <= _now,
            Announce = isInternal || announcement.HasFlag(VipAnnouncement.Layer2) || IsByBgpOnly(routing),
            Announcement = announcement,
        };

        // One that says the same is the same.
        vip = vip == previous ? previous : vip;
        _vips[key] = vip;
        _madeVips.Add(vip);
        _parts[lb.Metadata.Uid ?? ""].Vips.Add(vip);
    }

    /// <summary>How this machine tells of a public VIP. By BGP only one that has a target alive: routers then have another gateway, or say that there is none.</summary>
    private VipAnnouncement AnnouncementOf(LoadBalancer lb, DatapathAddress address, RoutingModel routing, ImmutableArray<ulong> alive)
    {
        bool isOnSegment = routing.Announcement != AnnouncementModes.Bgp && !IsByBgpOnly(routing);
        bool isByBgp = HasBgpPeers && routing.Announcement != AnnouncementModes.Layer2;
        return (isOnSegment && IsAnnouncer(lb, address) ? VipAnnouncement.Layer2 : VipAnnouncement.None)
            | (isByBgp && !alive.IsEmpty ? VipAnnouncement.Bgp : VipAnnouncement.None);
    }

    /// <summary>Whether nobody answers on the segment, so that every gateway may answer pings.</summary>
    private bool IsByBgpOnly(RoutingModel routing) => HasBgpPeers && routing.Announcement is AnnouncementModes.Auto or AnnouncementModes.Bgp;

    private bool HasBgpPeers => _world.IsGateway && !_world.BgpPeers.IsEmpty;

    private List<VipModel> PreviousOf(LoadBalancer lb) => _previousParts.TryGetValue(lb.Metadata.Uid ?? "", out LoadBalancerPart? part) ? part.Vips : [];

    private static bool HaveSameRanges(PortRules one, PortRules other) => one.Ranges.AsSpan().SequenceEqual(other.Ranges.AsSpan(), LayoutEquality<PortRange>.Instance);

    private void LookAgainAt(DateTimeOffset? time)
    {
        if (time is not null && (_changesAt is null || time < _changesAt))
        {
            _changesAt = time;
        }

        if (time is not null && _part is not null && (_part.ChangesAt is null || time < _part.ChangesAt))
        {
            _part.ChangesAt = time;
        }
    }

    /// <summary>The load balancer's addresses. One that cannot be read leaves those served before, which then are the last good.</summary>
    private List<DatapathAddress> ReadAddresses(LoadBalancer lb, bool isInternal)
    {
        var addresses = new List<DatapathAddress>();
        List<string> texts = lb.Status?.Ips ?? [];
        for (int i = 0; i < texts.Count; i++)
        {
            if (!IpText.TryParse(texts[i], out IPAddress? address))
            {
                Report(lb, Reasons.AddressInvalid, $"status.ips[{i}]: \"{texts[i]}\" is not an IPv4 or IPv6 address");
                return [.. PreviousOf(lb).Where(vip => vip.Network != PublicNetwork == isInternal).Select(vip => vip.Address).Distinct().Order(LayoutOrder.Instance)];
            }

            var mapped = DatapathAddress.From(address);
            if (!addresses.Contains(mapped))
            {
                addresses.Add(mapped);
            }
        }

        if (addresses.Count == 0)
        {
            Report(lb, Reasons.NoAddress, "no address has been allocated");
        }

        return addresses;
    }

    private RoutingModel ReadRouting(LoadBalancer lb)
    {
        if (!_routings.TryGetValue(lb.Key, out LoadBalancerRouting? routing))
        {
            Report(lb, Reasons.RoutingMissing, $"there is no LoadBalancerRouting {lb.Key}");
            return RoutingModel.Empty;
        }

        // Without a selector somebody else writes the routing, and need not make the load balancer its owner.
        OwnerReference? owner = routing.Metadata.Controller;
        if (owner is null ? lb.Spec.NetworkInterfaceSelector is not null : owner.Uid != lb.Metadata.Uid)
        {
            Report(lb, Reasons.RoutingForeign, $"LoadBalancerRouting {lb.Key} is not owned by the load balancer: delete it");
            return RoutingModel.Empty;
        }

        RoutingModel? previous = PreviousOf(lb).MaxBy(vip => vip.Key, LayoutOrder.Instance)?.Routing;
        if (previous is not null && previous.Version == RoutingReader.VersionOf(routing))
        {
            return previous;
        }

        if (!RoutingAssembly.TryAssemble(routing, name => FindSlice(routing, name), out LoadBalancerRouting whole, out string missing))
        {
            DateTimeOffset since = _previousIncomplete.TryGetValue(lb.Key, out DateTimeOffset known) ? known : _now;
            _incomplete[lb.Key] = since;
            _part!.IsPure = false;
            if (_now - since >= SliceLag)
            {
                Report(lb, Reasons.RoutingIncomplete, missing);
            }
            else
            {
                LookAgainAt(since + SliceLag);
            }

            return previous ?? RoutingModel.Empty;
        }

        if (RoutingReader.TryRead(whole, out RoutingModel model, out string error))
        {
            return model;
        }

        Report(lb, Reasons.RoutingInvalid, error);
        return previous ?? RoutingModel.Empty;
    }

    private LoadBalancerRoutingSlice? FindSlice(LoadBalancerRouting routing, string name)
    {
        _slices ??= _world.RoutingSlices.ToDictionary(s => s.Key);
        return _slices.GetValueOrDefault(new ObjectKey(routing.Metadata.Namespace ?? "", name));
    }

    private void AddReals(ImmutableArray<VipModel> vips)
    {
        foreach (VipModel vip in vips)
        {
            if (vip.Ring is null)
            {
                continue;
            }

            foreach (ulong target in vip.Alive)
            {
                // Where VIPs of several load balancers have a target, the first one's form is used: it is one real.
                if (!_reals.ContainsKey(target))
                {
                    AddReal(vip, vip.Routing.Targets[target]);
                }
            }
        }
    }

    private void AddReal(VipModel vip, TargetModel target)
    {
        Encapsulation encapsulation = vip.Encapsulation;
        RealPart? last = _memo?.Reals.GetValueOrDefault(target.Target);
        RealPart part = last is not null && IsStill(last, target, encapsulation) ? last : Resolve(target, encapsulation);
        RealModel real = part.Way;
        string? reason = part.Reason;
        if (target.Plain is { } plain && _vips.TryGetValue(new VipKey(PublicNetwork, DatapathAddress.From(plain)), out VipModel? served))
        {
            real = new RealModel(target.Target, RealKind.None, 0, 0, default, default, null);
            reason = $"{plain} is a VIP of load balancer {served.LoadBalancer}: packets would come back";
        }

        real = MarkTranslating(real);

        // One that says the same is the same.
        real = last?.Real == real ? last.Real : real;
        _reals[target.Target] = ReferenceEquals(part.Real, real) ? part : part with { Real = real };
        if (reason is not null)
        {
            _problems.Add(new Problem("LoadBalancer", vip.LoadBalancer, Reasons.TargetUnreachable, reason));
        }
    }

    private bool IsStill(RealPart part, TargetModel target, Encapsulation encapsulation) =>
        _isSameWorld
        && part.Encapsulation == encapsulation
        && part.Target == target
        && (_hasSameInterfaces || target.Plain is not null || (part.IsByItself && ReferenceEquals(part.Nic, _resolver.InterfaceOf(target))));

    private RealPart Resolve(TargetModel target, Encapsulation encapsulation)
    {
        RealModel way = _resolver.Resolve(target, encapsulation, out string? reason);
        return new RealPart(target, encapsulation, target.Plain is null ? _resolver.InterfaceOf(target) : null, way, reason, way);
    }

    /// <summary>Where the addresses lie that this machine's network interfaces reach, and which addresses are any network's.</summary>
    private ImmutableSortedDictionary<RouteKey, RealModel?> MakeRoutes()
    {
        ImmutableSortedDictionary<RouteKey, RealModel?>.Builder routes = DesiredState.EmptyRoutes.ToBuilder();
        if (_world.Devices.TryGetValue(ProbeLink.Device, out LocalDevice? prober))
        {
            routes[new RouteKey(RouteKey.ProberNetwork, default)] = new RealModel(0, RealKind.Device, prober.Index, prober.MtuBytes, prober.Mac, prober.Mac, null);
        }

        if (_addresses is null)
        {
            return routes.ToImmutable();
        }

        foreach (((ObjectKey network, DatapathAddress address), NetworkInterface nic) in _addresses.All)
        {
            routes[new RouteKey(RouteKey.AnyNetwork, address)] = null;
            if (_networks.LocalVniOf(network) is { } own)
            {
                routes[new RouteKey(own, address)] = WayTo(nic);
            }
        }

        // After all own ones: a network's own addresses come before those of its peers.
        foreach (((ObjectKey network, DatapathAddress address), NetworkInterface nic) in _addresses.All)
        {
            foreach (uint peer in _networks.PeersReaching(network, address))
            {
                if (!routes.ContainsKey(new RouteKey(peer, address)))
                {
                    routes[new RouteKey(peer, address)] = WayTo(nic);
                }
            }
        }

        foreach (LoadBalancer lb in _world.LoadBalancers.Where(lb => lb.Spec.Type == InternalType))
        {
            foreach (string text in lb.Status?.Ips ?? [])
            {
                if (IpText.TryParse(text, out IPAddress? address))
                {
                    routes[new RouteKey(RouteKey.AnyNetwork, DatapathAddress.From(address))] = null;
                }
            }
        }

        return routes.ToImmutable();
    }

    private RealModel WayTo(NetworkInterface nic)
    {
        if (!_ways.TryGetValue(nic, out RealModel? way))
        {
            string uid = nic.Metadata.Uid ?? "";
            _ways[nic] = way = MarkTranslating(_resolver.Resolve(new TargetModel(TargetHash.Of(uid), uid, ""), Encapsulation.Auto, out _));
        }

        return way;
    }

    /// <summary>Whether this machine itself is a target: only then is what others encapsulate to its own addresses taken for its network stack.</summary>
    private bool IsTarget(ImmutableArray<VipModel> vips)
    {
        ulong[] own = [.. OwnAddresses().Select(TargetOf)];
        return vips.Any(vip => vip.Network == PublicNetwork && vip.Routing.HasMachines && Array.Exists(own, vip.Routing.Targets.ContainsKey));
    }

    private IEnumerable<IPAddress> OwnAddresses() => new[] { _world.Underlay.Address, _world.Underlay.OtherAddress }.OfType<IPAddress>();

    /// <summary>What a machine itself is known by as a target: the address that the routing names.</summary>
    private static ulong TargetOf(IPAddress address) => TargetHash.Of(address.ToString());

    private UnderlayNic OwnStack => new() { Ifindex = _world.Underlay.Uplink.Index, Kind = RealKind.Stack };

    private ImmutableSortedDictionary<DatapathAddress, UnderlayNic> UnderlayOf(ImmutableArray<NicModel> nics, bool isTarget)
    {
        ImmutableSortedDictionary<DatapathAddress, UnderlayNic>.Builder underlay = DesiredState.EmptyUnderlay.ToBuilder();
        foreach (NicModel nic in nics)
        {
            if (nic.Device is { } device)
            {
                IPAddress address = UnderlayAddress.Derive(_world.Underlay.Prefix, nic.Nic.Metadata.Uid ?? "");
                underlay[DatapathAddress.From(address)] = EntryOf(nic, device);
            }
        }

        if (isTarget && _world.Underlay.AddressOf(AddressFamily.InterNetworkV6) is { } own)
        {
            underlay[DatapathAddress.From(own)] = OwnStack;
        }

        return underlay.ToImmutable();
    }

    private UnderlayNic EntryOf(NicModel nic, LocalDevice device) => new()
    {
        Ifindex = device.Index,
        Kind = RealResolver.KindOf(device),
        Flags = _translating.Contains(device.Index) ? NicFlags.Translates : NicFlags.None,
        Network = nic.Network,
        Mac = RealResolver.MacOf(nic.Nic),
    };

    private ImmutableSortedDictionary<GeneveKey, UnderlayNic> GeneveOf(ImmutableArray<NicModel> nics, bool isTarget)
    {
        ImmutableSortedDictionary<GeneveKey, UnderlayNic>.Builder geneve = DesiredState.EmptyGeneveNics.ToBuilder();
        IPAddress[] addresses = [.. OwnAddresses()];
        foreach (NicModel nic in nics)
        {
            if (nic is not { Device: { } device, Number: { } number })
            {
                continue;
            }

            foreach (IPAddress address in addresses)
            {
                geneve[new GeneveKey { Dst = DatapathAddress.From(address), Number = number }] = EntryOf(nic, device);
            }
        }

        foreach (IPAddress address in isTarget ? addresses : [])
        {
            geneve[new GeneveKey { Dst = DatapathAddress.From(address), Number = NicNumber.Of(TargetOf(address)) }] = OwnStack;
        }

        return geneve.ToImmutable();
    }

    private ImmutableSortedDictionary<DatapathAddress, uint> UnderlaySources()
    {
        if (_isSameWorld && _previous.UnderlaySources is { } same)
        {
            return same;
        }

        ImmutableSortedDictionary<DatapathAddress, uint>.Builder sources = DesiredState.EmptyUnderlaySources.ToBuilder();
        foreach (string text in _world.Hosts.SelectMany(host => host.Spec.UnderlayAddresses ?? []))
        {
            if (IpText.TryParse(text, out IPAddress? address))
            {
                sources[DatapathAddress.From(address)] = 1;
            }
        }

        return sources.ToImmutable();
    }

    private static ImmutableSortedDictionary<NicSourceKey, NicSource> SourcesOf(ImmutableArray<NicModel> nics, ImmutableArray<VipModel> vips)
    {
        ImmutableSortedDictionary<NicSourceKey, NicSource>.Builder sources = DesiredState.EmptyNicSources.ToBuilder();
        var targets = new Dictionary<ulong, (uint Ifindex, NicSource Source)>();
        foreach (NicModel nic in nics)
        {
            if (nic.Device is not { } device)
            {
                continue;
            }

            var source = new NicSource { Kind = NicSourceKind.Own, Mac = RealResolver.MacOf(nic.Nic), Network = nic.Network };
            targets[TargetHash.Of(nic.Nic.Metadata.Uid ?? "")] = (device.Index, source);
            sources[new NicSourceKey { Ifindex = device.Index }] = source with { Kind = NicSourceKind.Link };
            foreach (DatapathAddress address in nic.Addresses)
            {
                sources[new NicSourceKey { Ifindex = device.Index, Addr = address }] = source;
            }
        }

        if (targets.Count == 0)
        {
            return sources.ToImmutable();
        }

        foreach (VipModel vip in vips)
        {
            foreach (ulong target in Answering(vip))
            {
                if (targets.TryGetValue(target, out (uint Ifindex, NicSource Source) nic))
                {
                    NicSourceKind kind = vip.IsInternal ? NicSourceKind.Internal : NicSourceKind.Vip;
                    sources[new NicSourceKey { Ifindex = nic.Ifindex, Addr = vip.Address }] = nic.Source with { Kind = kind };
                }
            }
        }

        return sources.ToImmutable();
    }

    /// <summary>
    /// Which own address takes the place of which VIP, for as long as gateways may send flows of it: the first of the VIP's family, as the
    /// routing has it. Tells which devices are concerned, too.
    /// </summary>
    private ImmutableSortedDictionary<NicSourceKey, DatapathAddress> MakeTranslations(ImmutableArray<VipModel> vips)
    {
        ImmutableSortedDictionary<NicSourceKey, DatapathAddress>.Builder translations = DesiredState.EmptyTranslations.ToBuilder();
        Dictionary<ulong, NicModel> own = OwnNics();
        foreach (VipModel vip in vips.Where(vip => vip.Routing.Translates))
        {
            foreach (ulong target in Answering(vip))
            {
                if (vip.Routing.Targets[target].Plain is { } plain)
                {
                    _problems.Add(new Problem(
                        "LoadBalancer",
                        vip.LoadBalancer,
                        Reasons.NotTranslated,
                        $"{plain} is no network interface: it gets packets with destination {vip.Address} and has to own that address, whatever the policy's delivery is"));
                }
                else if (own.TryGetValue(target, out NicModel? nic) && OwnAddressOf(nic, vip) is { } address)
                {
                    translations[new NicSourceKey { Ifindex = nic.Device!.Index, Addr = vip.Address }] = address;
                    translations[new NicSourceKey { Ifindex = nic.Device.Index, Addr = address }] = address;
                    _translating.Add(nic.Device.Index);
                }
            }
        }

        return translations.ToImmutable();
    }

    /// <summary>The address that takes a VIP's place where it is translated: the first of its family. Null: there is none.</summary>
    private static DatapathAddress? OwnAddressOf(NicModel nic, VipModel vip)
    {
        DatapathAddress address = nic.Addresses.FirstOrDefault(a => a.IsIPv4 == vip.Address.IsIPv4);
        return address == default ? null : address;
    }

    /// <summary>Targets that packets to the VIP may reach: of clients, or of health checks.</summary>
    private static IEnumerable<ulong> Answering(VipModel vip) => vip.Checked.IsEmpty ? vip.Alive : vip.Alive.Union(vip.Checked);

    /// <summary>Which network interfaces of this machine are checked, by the first address of each family of a load balancer.</summary>
    private ImmutableArray<HealthTarget> MakeHealthTargets(ImmutableArray<VipModel> vips)
    {
        if (!vips.Any(vip => !vip.Checked.IsEmpty))
        {
            return [];
        }

        Dictionary<ulong, NicModel> own = OwnNics();
        Dictionary<ObjectKey, LoadBalancer> balancers = _world.LoadBalancers.ToDictionary(lb => lb.Key);
        var made = new SortedDictionary<string, HealthTarget>(StringComparer.Ordinal);
        foreach (VipModel vip in vips.Where(vip => !vip.Checked.IsEmpty))
        {
            var spec = ProbeSpec.From(vip.Routing.HealthCheck!, balancers.GetValueOrDefault(vip.LoadBalancer)?.Spec.Ports);
            if (spec is null)
            {
                _problems.Add(new Problem(
                    "LoadBalancer", vip.LoadBalancer, Reasons.HealthCheckWithoutPort, "the policy's healthCheck names no port, and the load balancer has none of its protocol: no target is checked"));
                continue;
            }

            foreach (ulong target in vip.Checked)
            {
                if (!own.TryGetValue(target, out NicModel? nic) || (vip.IsInternal && vip.Network != nic.Network))
                {
                    continue;
                }

                var key = new HealthKey(vip.LoadBalancerUid, nic.Nic.Metadata.Uid ?? "", !vip.Address.IsIPv4);
                made.TryAdd(
                    $"{key.LoadBalancerUid}/{key.NicUid}/{key.Family}",
                    new HealthTarget(key, vip.LoadBalancer, nic.Nic.Key, vip.Address.ToIPAddress(), nic.Device!.Index, nic.Device.IsVeth, spec)
                    {
                        OwnAddress = vip.Routing.Translates ? OwnAddressOf(nic, vip)?.ToIPAddress() : null,
                    });
            }
        }

        // What is the same is the same instance.
        return _previous.HealthTargets.AsSpan().SequenceEqual([.. made.Values]) ? _previous.HealthTargets : [.. made.Values];
    }

    private Dictionary<ulong, NicModel> OwnNics()
    {
        var own = new Dictionary<ulong, NicModel>();
        foreach (NicModel nic in _nics.Where(nic => nic.Device is not null))
        {
            own[TargetHash.Of(nic.Nic.Metadata.Uid ?? "")] = nic;
        }

        return own;
    }

    private RealModel MarkTranslating(RealModel real) =>
        real.Kind is RealKind.Peer or RealKind.Device && _translating.Contains(real.Ifindex) ? real with { Translates = true } : real;

    private static ObjectKey NetworkKeyOf(LoadBalancer lb) => new(lb.Metadata.Namespace ?? "", lb.Spec.NetworkRef?.Name ?? "");

    private void Report(LoadBalancer lb, string reason, string message)
    {
        var problem = new Problem("LoadBalancer", lb.Key, reason, message);
        _problems.Add(problem);
        if (_parts.TryGetValue(lb.Metadata.Uid ?? "", out LoadBalancerPart? part))
        {
            part.Problems.Add(problem);
            part.IsPure &= reason is Reasons.NoAddress or Reasons.NoTargets or Reasons.RoutingMissing or Reasons.RoutingForeign or Reasons.Deleting;
        }
    }
}
