using System.Collections.Immutable;
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
/// <remarks>
/// It begins from what differs from the last state's snapshot and looks at what that concerns; all else stays as it is, by reference. Without a
/// <see cref="PlanMemo"/> of the last state everything differs: that is the same computation, and the reference for the other.
/// </remarks>
internal sealed class DesiredStateBuilder
{
    private const uint PublicNetwork = 0;
    private const string GatewayRole = "Gateway";

    /// <summary>A routing and its slices come by watches of their own: that one is ahead for so long is no trouble.</summary>
    internal static readonly TimeSpan SliceLag = TimeSpan.FromSeconds(5);

    private readonly WorldSnapshot _world;
    private readonly PlanWorld _site;
    private readonly DateTimeOffset _now;
    private readonly DesiredState _previous;
    private readonly PlanMemo _memo;

    /// <summary>What differs from the snapshot before; null: everything.</summary>
    private readonly PlanChanges? _changes;
    private readonly bool _isSameSite;
    private readonly bool _hasSameDevices;
    private readonly HashSet<IPAddress> _changedNextHops = [];
    private readonly RealResolver _resolver;
    private readonly string[] _gateways;
    private readonly bool _hasSameNics;
    private readonly bool _hasSameNetworks;
    private readonly ImmutableArray<NicModel> _nics;
    private readonly OverlayNetworks _networks;

    /// <summary>Addresses of networks that may be others' now; null: all.</summary>
    private readonly HashSet<(ObjectKey Network, DatapathAddress Address)>? _touched;

    /// <summary>The last VIPs of load balancers that are looked at, by their UID.</summary>
    private readonly Dictionary<string, List<VipModel>> _lastVips = new(StringComparer.Ordinal);

    /// <summary>VIPs and models that may be others now, as they were.</summary>
    private readonly Dictionary<VipKey, VipModel?> _vipsBefore = [];
    private readonly Dictionary<string, LoadBalancerModel?> _models = new(StringComparer.Ordinal);
    private readonly List<LoadBalancerPart> _made = [];
    private readonly List<Action> _peeredVips = [];
    private readonly ImmutableDictionary<ObjectKey, DateTimeOffset>.Builder _incomplete = ImmutableDictionary.CreateBuilder<ObjectKey, DateTimeOffset>();

    /// <summary>Devices at which addresses are translated that were not before, or the other way round.</summary>
    private HashSet<uint> _changedTranslating = [];
    private LoadBalancerPart? _part;

    public DesiredStateBuilder(WorldSnapshot world, DesiredState previous, DateTimeOffset now)
    {
        _world = world;
        _site = new PlanWorld(world);
        _now = now;
        _previous = previous;
        PlanMemo? last = PlanMemo.Take(previous);
        if (last is not null && last.At <= now && IsSameMachine(last.World.Snapshot, world))
        {
            _memo = last;
            _changes = new PlanChanges(last.World, _site);
            _memo.Interfaces.Follow(_site.NetworkInterfaces, _changes.NetworkInterfaces);
            _isSameSite = IsSameSite(last.World.Snapshot, world);
            _hasSameDevices = ReferenceEquals(last.World.Snapshot.Devices, world.Devices);
            _changedNextHops = ChangedNextHops(last.World.Snapshot.NextHops, world.NextHops);
        }
        else
        {
            _memo = new PlanMemo(_site);
        }

        _resolver = _isSameSite && _hasSameDevices && _changedNextHops.Count == 0 ? _memo.Resolver! : new RealResolver(world with { LoadBalancers = [], NetworkInterfaces = [], Routings = [], RoutingSlices = [] }, _memo.Interfaces);
        _gateways = [.. world.Hosts.Where(IsReadyGateway).Select(host => host.Metadata.Name!)];
        bool hasSameOwn = FollowOwnInterfaces();
        _touched = FollowAddresses();
        _nics = hasSameOwn && HasSameBindings() ? previous.Nics : DecideNics();
        _hasSameNics = _changes is not null && _nics == previous.Nics;
        _networks = _hasSameNics && _changes!.HasSameNetworks ? _memo.Networks! : new OverlayNetworks(_site, _nics);
        _hasSameNetworks = _changes is not null && _networks.Equals(_memo.Networks!);
        _networks = _hasSameNetworks ? _memo.Networks! : _networks;
    }

    public DesiredState Build()
    {
        PlanLoadBalancers();
        List<(VipKey Key, VipModel? Old, VipModel? New)> vips = ChangedVips();
        bool hasSameLocal = FollowLocalVips(vips);
        DesiredState state = hasSameLocal ? _previous : BindLocally();
        TouchReals(vips);
        state = state with
        {
            Vips = Sorted(_previous.Vips, vips.Select(vip => (vip.Key, vip.New)), vip => vip.Key, LayoutOrder.Instance),
            LoadBalancers = Sorted(_previous.LoadBalancers, _models.Select(model => (model.Key, model.Value)), model => model.Uid, StringComparer.Ordinal),
            Reals = ResolveReals(),
            Routes = PlanRoutes(),
            Nics = _nics,
            UnderlaySources = _world.TrustsAnySource ? null : UnderlaySources(),
            Incomplete = _incomplete.ToImmutable(),
            ChangesAt = _memo.Due.Count == 0 ? null : _memo.Due.Keys.First(),
            Memo = _memo,
        };
        state = state with
        {
            Problems = _memo.Problems.Sorted(_changes is null ? [] : _previous.Problems),
            NextHops = state.Reals == _previous.Reals ? _previous.NextHops : _memo.Reals.Ways(_previous.NextHops),
        };
        (_memo.World, _memo.At, _memo.Gateways, _memo.Resolver, _memo.Networks) = (_site, _now, _gateways, _resolver, _networks);
        _memo.BelongTo(state);
        return state;
    }

    /// <summary>Whether what concerns all load balancers at once is as it was.</summary>
    private static bool IsSameMachine(WorldSnapshot one, WorldSnapshot other) =>
        one.HostName == other.HostName && one.IsGateway == other.IsGateway && one.BgpPeers.IsEmpty == other.BgpPeers.IsEmpty;

    /// <summary>Whether all that the ways to targets depend on, but for network interfaces, devices and next hops, is the same.</summary>
    private static bool IsSameSite(WorldSnapshot one, WorldSnapshot other) =>
        one.TrustsAnySource == other.TrustsAnySource
        && one.Underlay == other.Underlay
        && (ReferenceEquals(one.Hosts, other.Hosts) || (one.Hosts.Count == other.Hosts.Count && one.Hosts.Zip(other.Hosts).All(hosts => IsSamePlace(hosts.First, hosts.Second))));

    /// <summary>Whether a host is reached in the same way; what its agent reports of itself does not matter.</summary>
    private static bool IsSamePlace(Host one, Host other) =>
        ReferenceEquals(one, other)
        || (one.Metadata.Name == other.Metadata.Name
            && one.Spec.UnderlayPrefix == other.Spec.UnderlayPrefix
            && (one.Spec.UnderlayAddresses ?? []).SequenceEqual(other.Spec.UnderlayAddresses ?? []));

    /// <summary>The addresses whose next hop is known otherwise than before.</summary>
    private static HashSet<IPAddress> ChangedNextHops(IReadOnlyDictionary<IPAddress, MacAddress> before, IReadOnlyDictionary<IPAddress, MacAddress> after) =>
        ReferenceEquals(before, after)
            ? []
            : [.. before.Except(after).Concat(after.Except(before)).Select(entry => entry.Key)];

    /// <summary>The parts of the state in order; where all are the same instances as before, the same array.</summary>
    private ImmutableArray<T> Sorted<TKey, T>(ImmutableArray<T> last, IEnumerable<(TKey Key, T? Value)> changes, Func<T, TKey> keyOf, IComparer<TKey> order)
        where T : class =>
        _changes is not null ? PlanOrder.Spliced(last, changes, keyOf, order) : OrLast(last, PlanOrder.Spliced([], changes, keyOf, order));

    /// <summary>The last array where another one holds the same instances.</summary>
    private static ImmutableArray<T> OrLast<T>(ImmutableArray<T> last, ImmutableArray<T> next)
        where T : class =>
        last.AsSpan().SequenceEqual(next.AsSpan(), ReferenceEqualityComparer.Instance as IEqualityComparer<T>) ? last : next;

    /// <summary>Takes up which network interfaces are placed on this machine; whether they are as they were.</summary>
    private bool FollowOwnInterfaces()
    {
        if (_changes is null)
        {
            foreach (NetworkInterface nic in _site.NetworkInterfaces.Where(nic => NicBindings.IsHere(nic, _world.HostName)))
            {
                _memo.OwnInterfaces[nic.Key] = nic;
            }

            return false;
        }

        bool isSame = true;
        foreach ((NetworkInterface? old, NetworkInterface? current) in _changes.NetworkInterfaces)
        {
            isSame &= !_memo.OwnInterfaces.Remove((old ?? current)!.Key);
            if (current is not null && NicBindings.IsHere(current, _world.HostName))
            {
                _memo.OwnInterfaces[current.Key] = current;
                isSame = false;
            }
        }

        return isSame;
    }

    /// <summary>Takes up who has which address, where there is somebody here whom it concerns.</summary>
    private HashSet<(ObjectKey Network, DatapathAddress Address)>? FollowAddresses()
    {
        if (_memo.OwnInterfaces.Count == 0)
        {
            _memo.Addresses = null;
            return null;
        }

        if (_memo.Addresses is { } addresses)
        {
            return addresses.Follow(_site, _changes!);
        }

        _memo.Addresses = new NetworkAddresses(_site);
        return null;
    }

    /// <summary>Whether all that bindings follow from, but for the network interfaces themselves, is as it was.</summary>
    private bool HasSameBindings() =>
        _memo.OwnInterfaces.Count == 0
        || (_touched is not null
            && _changes!.HasSameNetworks
            && _changes.Prefixes.Count == 0
            && _hasSameDevices
            && _memo.World.Snapshot.Underlay == _world.Underlay
            && !_touched.Overlaps(_memo.OwnAddresses));

    private ImmutableArray<NicModel> DecideNics()
    {
        if (_memo.OwnInterfaces.Count == 0)
        {
            (_memo.OwnAddresses, _memo.OwnTargets) = ([], []);
            return [];
        }

        ImmutableArray<NicModel> decided = NicBindings.Decide(_site, _memo.OwnInterfaces.Values, _memo.Addresses!);
        _memo.OwnAddresses = [.. _memo.OwnInterfaces.Values.SelectMany(_memo.Addresses!.AddressesOf)];
        Dictionary<NetworkInterface, NicModel> last = new(ReferenceEqualityComparer.Instance);
        foreach (NicModel nic in _previous.Nics)
        {
            last[nic.Nic] = nic;
        }

        // One that says the same is the same.
        return OrLast(_previous.Nics, [.. decided.Select(nic => last.TryGetValue(nic.Nic, out NicModel? old) && old.SaysSame(nic) ? old : nic)]);
    }

    /// <summary>Computes the load balancers that may be others than before: which those are, away with the old, then the new, oldest first.</summary>
    private void PlanLoadBalancers()
    {
        HashSet<ObjectKey> keys = _changes is null ? [.. _site.LoadBalancers.Select(lb => lb.Key)] : ChangedLoadBalancers(_changes);
        List<LoadBalancer> balancers = new(keys.Count);
        foreach (ObjectKey key in keys.ToArray())
        {
            if (_site.LoadBalancers.TryGet(key, out LoadBalancer? lb))
            {
                balancers.Add(lb);
                AddHolders(lb, keys, balancers);
            }
        }

        if (_changes is null)
        {
            foreach (VipModel vip in _previous.Vips)
            {
                LastOf(vip.LoadBalancerUid).Add(vip);
            }
        }

        foreach (ObjectKey key in keys)
        {
            Drop(key);
        }

        balancers.Sort(NicBindings.Seniority);
        balancers.ForEach(AddLoadBalancer);

        // A network's own VIPs come before those of its peers.
        _peeredVips.ForEach(add => add());
        _made.ForEach(Keep);
    }

    private HashSet<ObjectKey> ChangedLoadBalancers(PlanChanges changes)
    {
        HashSet<ObjectKey> keys = [.. _memo.Impure];
        keys.UnionWith(changes.LoadBalancers.Select(change => (change.New ?? change.Old)!.Key));
        keys.UnionWith(changes.Routings.Select(change => (change.New ?? change.Old)!.Key));
        foreach ((_, HashSet<ObjectKey> due) in _memo.Due.TakeWhile(due => due.Key <= _now))
        {
            keys.UnionWith(due);
        }

        if (!_hasSameNetworks)
        {
            keys.UnionWith(_site.LoadBalancers.Where(lb => lb.Spec.Type == LoadBalancerPart.InternalType).Select(lb => lb.Key));
        }

        IReadOnlySet<DatapathAddress> silent = _memo.World.Snapshot.Silent;
        if (!ReferenceEquals(silent, _world.Silent))
        {
            foreach (DatapathAddress address in silent.Union(_world.Silent).Where(address => silent.Contains(address) != _world.Silent.Contains(address)))
            {
                if (_memo.Vips.TryGetValue(new VipKey(PublicNetwork, address), out VipModel? vip))
                {
                    keys.Add(vip.LoadBalancer);
                }
            }
        }

        if (_world.IsGateway && !_memo.Gateways.AsSpan().SequenceEqual(_gateways))
        {
            ElectAgain(keys);
        }

        return keys;
    }

    /// <summary>Elects among other gateways than before; adds load balancers that this machine has won or lost.</summary>
    private void ElectAgain(HashSet<ObjectKey> keys)
    {
        HashSet<string> ready = [.. _gateways];
        string[] added = [.. _gateways.Except(_memo.Gateways)];
        foreach ((ObjectKey key, LoadBalancerPart part) in _memo.LoadBalancers)
        {
            if (part.Announcer is not { } last)
            {
                continue;
            }

            // Who has won among all wins among fewer, too.
            string uid = part.LoadBalancer.Metadata.Uid ?? "";
            string winner = !ready.Contains(last) ? Elect(uid)
                : added.Length == 0 ? last
                : GatewayElection.Elect([last, .. added], uid)!;
            part.Announcer = winner;
            if ((winner == _world.HostName) != (last == _world.HostName))
            {
                keys.Add(key);
            }
        }
    }

    private string Elect(string uid) => GatewayElection.Elect(_gateways, uid) ?? "";

    /// <summary>Adds those that hold an address which a load balancer wants: the older one is to have it.</summary>
    private void AddHolders(LoadBalancer lb, HashSet<ObjectKey> keys, List<LoadBalancer> balancers)
    {
        bool isInternal = lb.Spec.Type == LoadBalancerPart.InternalType;
        foreach (string text in lb.Status?.Ips ?? [])
        {
            if (!IpText.TryParse(text, out IPAddress? ip))
            {
                continue;
            }

            var address = DatapathAddress.From(ip);
            foreach (uint network in isInternal ? NetworksOf(lb, address) : [PublicNetwork])
            {
                if (_memo.Vips.TryGetValue(new VipKey(network, address), out VipModel? held) && keys.Add(held.LoadBalancer)
                    && _site.LoadBalancers.TryGet(held.LoadBalancer, out LoadBalancer? holder))
                {
                    balancers.Add(holder);
                }
            }
        }
    }

    private IEnumerable<uint> NetworksOf(LoadBalancer lb, DatapathAddress address)
    {
        ObjectKey network = LoadBalancerPart.NetworkKeyOf(lb);
        return _networks.LocalVniOf(network) is { } own ? _networks.PeersReaching(network, address).Prepend(own) : _networks.PeersReaching(network, address);
    }

    /// <summary>Takes away what a load balancer adds, as long as it is not computed anew.</summary>
    private void Drop(ObjectKey key)
    {
        if (!_memo.LoadBalancers.Remove(key, out LoadBalancerPart? part))
        {
            return;
        }

        _memo.Selected.Remove(key);
        string uid = part.LoadBalancer.Metadata.Uid ?? "";
        LastOf(uid).AddRange(part.Vips);
        foreach (VipModel vip in part.Vips)
        {
            _vipsBefore.Add(vip.Key, vip);
            _memo.Vips.Remove(vip.Key);
        }

        part.Problems.ForEach(_memo.Problems.Remove);
        if (part.Model is not null)
        {
            _models[uid] = null;
        }

        _memo.Impure.Remove(key);
        if (part.ChangesAt is { } at && _memo.Due[at].Remove(key) && _memo.Due[at].Count == 0)
        {
            _memo.Due.Remove(at);
        }
    }

    /// <summary>Takes note of a load balancer that is computed.</summary>
    private void Keep(LoadBalancerPart part)
    {
        ObjectKey key = part.LoadBalancer.Key;
        _memo.LoadBalancers.Add(key, part);
        part.Problems.ForEach(_memo.Problems.Add);
        if (part.Model is { } model)
        {
            model = model with { Vips = [.. part.Vips.Select(vip => vip.Key).Order(LayoutOrder.Instance)] };

            // One that says the same is the same.
            int at = PlanOrder.Find(_previous.LoadBalancers, model.Uid, other => other.Uid, StringComparer.Ordinal);
            part.Model = at >= 0 && _previous.LoadBalancers[at] == model ? _previous.LoadBalancers[at] : model;
            _models[model.Uid] = part.Model;
        }

        if (!part.IsPure)
        {
            _memo.Impure.Add(key);
        }

        if (part.ChangesAt is { } changes)
        {
            if (!_memo.Due.TryGetValue(changes, out HashSet<ObjectKey>? due))
            {
                _memo.Due[changes] = due = [];
            }

            due.Add(key);
        }
    }

    private bool IsReadyGateway(Host host) =>
        host.Metadata.Name is { } name
        && _world.ReadyHosts.Contains(name)
        && host.Spec.Roles?.Contains(GatewayRole, StringComparer.Ordinal) == true
        && host.Spec.Drain != true
        && (name == _world.HostName ? _world.HasCarrier : host.Status?.Conditions?.Find(c => c.Type == HostConditions.DatapathReady)?.Status != "False");

    private bool IsAnnouncer(LoadBalancer lb, DatapathAddress address) =>
        _world.IsGateway && !_world.Silent.Contains(address) && (_part!.Announcer ??= Elect(lb.Metadata.Uid ?? "")) == _world.HostName;

    private void AddLoadBalancer(LoadBalancer lb)
    {
        bool isInternal = lb.Spec.Type == LoadBalancerPart.InternalType;
        if (isInternal && !IsReachedFromHere(lb))
        {
            return;
        }

        // Whether a peered network has an address depends on much else.
        _part = new LoadBalancerPart(lb) { IsPure = !isInternal || !_networks.HasPeers(LoadBalancerPart.NetworkKeyOf(lb)) };
        _made.Add(_part);

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
            _part.Model = new LoadBalancerModel(lb.Key, lb.Metadata.Uid ?? "", lb.Metadata.Generation, routing.RingGeneration, []);
        }

        foreach (DatapathAddress address in addresses)
        {
            PortRules? given = portsAreGood ? ports : null;
            if (!isInternal)
            {
                AddVipOnce(lb, new VipKey(PublicNetwork, address), given, routing);
                continue;
            }

            ObjectKey network = LoadBalancerPart.NetworkKeyOf(lb);
            if (_networks.LocalVniOf(network) is { } own)
            {
                AddVipOnce(lb, new VipKey(own, address), given, routing);
            }

            LoadBalancerPart part = _part;
            foreach (uint peer in _networks.PeersReaching(network, address))
            {
                _peeredVips.Add(() =>
                {
                    _part = part;
                    AddPeeredVip(lb, new VipKey(peer, address), given, routing);
                });
            }
        }
    }

    /// <summary>Whether a network with an interface here has the load balancer's addresses, as its own or by a peering.</summary>
    private bool IsReachedFromHere(LoadBalancer lb)
    {
        ObjectKey network = LoadBalancerPart.NetworkKeyOf(lb);
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

        if (_memo.Vips.TryGetValue(key, out VipModel? other))
        {
            Report(lb, Reasons.VipConflict, $"address {key.Address} is served for load balancer {other.LoadBalancer}");
            return;
        }

        AddVip(lb, key, ports ?? previous!.Ports, routing, previous);
    }

    private void AddPeeredVip(LoadBalancer lb, VipKey key, PortRules? ports, RoutingModel routing)
    {
        bool isTaken = _memo.Vips.ContainsKey(key)
            || _nics.Any(nic => nic.Network == key.Network && nic.Device is not null && _memo.Addresses!.Has(NicBindings.NetworkKeyOf(nic.Nic), key.Address));
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
        _vipsBefore.TryAdd(key, null);
        _memo.Vips[key] = vip;
        _part!.Vips.Add(vip);
        ReportUnchecked(lb, vip);
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

    private List<VipModel> LastOf(string uid)
    {
        if (!_lastVips.TryGetValue(uid, out List<VipModel>? vips))
        {
            _lastVips[uid] = vips = [];
        }

        return vips;
    }

    private List<VipModel> PreviousOf(LoadBalancer lb) => _lastVips.GetValueOrDefault(lb.Metadata.Uid ?? "") ?? [];

    private static bool HaveSameRanges(PortRules one, PortRules other) => one.Ranges.AsSpan().SequenceEqual(other.Ranges.AsSpan(), LayoutEquality<PortRange>.Instance);

    private void LookAgainAt(DateTimeOffset? time)
    {
        if (time is not null && (_part!.ChangesAt is null || time < _part.ChangesAt))
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
        if (!_site.Routings.TryGet(lb.Key, out LoadBalancerRouting? routing))
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
            DateTimeOffset since = _previous.Incomplete.TryGetValue(lb.Key, out DateTimeOffset known) ? known : _now;
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

    private LoadBalancerRoutingSlice? FindSlice(LoadBalancerRouting routing, string name) =>
        _site.RoutingSlices.Find(new ObjectKey(routing.Metadata.Namespace ?? "", name));

    /// <summary>Says which targets of a VIP don't get what its policy says, wherever they are.</summary>
    private void ReportUnchecked(LoadBalancer lb, VipModel vip)
    {
        if (vip.Routing is { Translates: true, HasMachines: true })
        {
            foreach (IPAddress plain in LocalBindings.Answering(vip).Select(target => vip.Routing.Targets[target].Plain).OfType<IPAddress>())
            {
                Report(lb, Reasons.NotTranslated, $"{plain} is no network interface: it gets packets with destination {vip.Address} and has to own that address, whatever the policy's delivery is");
            }
        }

        if (!vip.Checked.IsEmpty && ProbeSpec.From(vip.Routing.HealthCheck!, lb.Spec.Ports) is null)
        {
            Report(lb, Reasons.HealthCheckWithoutPort, "the policy's healthCheck names no port, and the load balancer has none of its protocol: no target is checked");
        }
    }

    private List<(VipKey Key, VipModel? Old, VipModel? New)> ChangedVips()
    {
        List<(VipKey Key, VipModel? Old, VipModel? New)> changed = [];
        foreach ((VipKey key, VipModel? old) in _vipsBefore)
        {
            VipModel? current = _memo.Vips.GetValueOrDefault(key);
            if (!ReferenceEquals(old, current))
            {
                changed.Add((key, old, current));
            }
        }

        return changed;
    }

    /// <summary>Takes up which VIPs have a target on this machine, or select one; whether all that is bound here is as it was.</summary>
    private bool FollowLocalVips(List<(VipKey Key, VipModel? Old, VipModel? New)> vips)
    {
        SortedDictionary<VipKey, VipModel> local = _memo.LocalVips;
        if (!_hasSameNics || _memo.World.Snapshot.Underlay != _world.Underlay)
        {
            _memo.OwnTargets = [];
            foreach (NicModel nic in _nics.Where(nic => nic.Device is not null))
            {
                _memo.OwnTargets[TargetHash.Of(nic.Nic.Metadata.Uid ?? "")] = nic;
            }

            _memo.Selected.Clear();
            Select(_memo.LoadBalancers.Values);
            local.Clear();
            foreach ((VipKey key, VipModel vip) in _memo.Vips)
            {
                if (IsLocal(vip))
                {
                    local.Add(key, vip);
                }
            }

            return false;
        }

        bool isSame = true;
        Select(_made);
        foreach ((VipKey key, _, _) in vips)
        {
            isSame &= !local.Remove(key);
        }

        // Also a load balancer of which no VIP has changed may be checked in another way, or select others.
        foreach (VipModel vip in _made.SelectMany(part => part.Vips))
        {
            isSame &= !local.Remove(vip.Key);
            if (IsLocal(vip))
            {
                local.Add(vip.Key, vip);
                isSame = false;
            }
        }

        return isSame;
    }

    private void Select(IEnumerable<LoadBalancerPart> parts)
    {
        if (_memo.OwnTargets.Count == 0)
        {
            return;
        }

        foreach (LoadBalancerPart part in parts)
        {
            HashSet<ulong> selected = LocalBindings.SelectedBy(part.LoadBalancer, _memo.OwnTargets);
            if (selected.Count > 0)
            {
                _memo.Selected[part.LoadBalancer.Key] = selected;
            }
        }
    }

    private bool IsLocal(VipModel vip) => _memo.Selected.ContainsKey(vip.LoadBalancer) || LocalBindings.Concerns(vip, _world.Underlay, _memo.OwnTargets);

    /// <summary>What is bound on this machine, each part the same instance as before where it says the same.</summary>
    private DesiredState BindLocally()
    {
        var bindings = new LocalBindings(_site, _nics, _memo.OwnTargets, _memo.LocalVips.Values, _memo.Selected);
        ImmutableSortedDictionary<NicSourceKey, DatapathAddress> translations = bindings.Translations();
        _changedTranslating = [.. bindings.Translating];
        _changedTranslating.SymmetricExceptWith(_memo.Translating);
        _memo.Translating = bindings.Translating;
        bool isTarget = bindings.IsTarget();
        ImmutableArray<HealthTarget> health = bindings.HealthTargets();
        return _previous with
        {
            Translations = OrLast(_previous.Translations, translations),
            Underlay = OrLast(_previous.Underlay, bindings.Underlay(isTarget)),
            GeneveNics = OrLast(_previous.GeneveNics, bindings.Geneve(isTarget)),
            NicSources = OrLast(_previous.NicSources, bindings.Sources()),
            HealthTargets = _previous.HealthTargets.AsSpan().SequenceEqual(health.AsSpan()) ? _previous.HealthTargets : health,
        };
    }

    private static ImmutableSortedDictionary<TKey, TValue> OrLast<TKey, TValue>(ImmutableSortedDictionary<TKey, TValue> last, ImmutableSortedDictionary<TKey, TValue> next)
        where TKey : unmanaged
        where TValue : unmanaged =>
        last.Count == next.Count && last.Zip(next).All(pair =>
            LayoutEquality<TKey>.Instance.Equals(pair.First.Key, pair.Second.Key) && LayoutEquality<TValue>.Instance.Equals(pair.First.Value, pair.Second.Value))
            ? last
            : next;

    /// <summary>Says which targets may be reached in another way, or no longer.</summary>
    private void TouchReals(List<(VipKey Key, VipModel? Old, VipModel? New)> vips)
    {
        foreach ((VipKey key, VipModel? old, VipModel? current) in vips)
        {
            foreach (ulong target in old is { Ring: not null } ? old.Alive : [])
            {
                _memo.Reals.Remove(target, key);
            }

            foreach (ulong target in current is { Ring: not null } ? current.Alive : [])
            {
                _memo.Reals.Add(target, key);
            }
        }

        if (!_isSameSite)
        {
            _memo.Reals.TouchAll();
            return;
        }

        if (MayBeReachedOtherwise)
        {
            _memo.Reals.TouchWhere(IsReachedOtherwise);
        }

        // Packets to a machine whose address is a VIP would come back.
        foreach ((VipKey key, _, _) in vips)
        {
            if (key.Network == PublicNetwork)
            {
                _memo.Reals.Touch(LocalBindings.TargetOf(key.Address.ToIPAddress()));
            }
        }

        foreach ((NetworkInterface? old, NetworkInterface? current) in _changes!.NetworkInterfaces)
        {
            _memo.Reals.TouchInterface(old?.Metadata.Uid ?? "");
            _memo.Reals.TouchInterface(current?.Metadata.Uid ?? "");
        }
    }

    private bool MayBeReachedOtherwise => !_hasSameDevices || _changedNextHops.Count > 0 || _changedTranslating.Count > 0;

    /// <summary>Whether devices or next hops that have changed may be the way of a real.</summary>
    private bool IsReachedOtherwise(RealModel real) =>
        real.Via is { } via ? _changedNextHops.Contains(via) : !_hasSameDevices || _changedTranslating.Contains(real.Ifindex);

    private ImmutableArray<RealModel> ResolveReals() =>
        _changes is not null
            ? _memo.Reals.Resolve(_previous.Reals, _previous.Reals, ResolveReal, _memo.Problems)
            : OrLast(_previous.Reals, _memo.Reals.Resolve([], _previous.Reals, ResolveReal, _memo.Problems));

    private (RealModel Real, bool IsByNumber, Problem? Problem) ResolveReal(ulong id, VipKey first)
    {
        VipModel vip = _memo.Vips[first];
        TargetModel target = vip.Routing.Targets[id];
        RealModel way = _resolver.Resolve(target, vip.Encapsulation, out string? reason);
        bool isByNumber = target.Plain is null && way.Form != RealKind.Encap && way.Kind is not (RealKind.Peer or RealKind.Device);
        if (target.Plain is { } plain && _memo.Vips.TryGetValue(new VipKey(PublicNetwork, DatapathAddress.From(plain)), out VipModel? served))
        {
            way = new RealModel(id, RealKind.None, 0, 0, default, default, null);
            reason = $"{plain} is a VIP of load balancer {served.LoadBalancer}: packets would come back";
        }

        Problem? problem = reason is null ? null : new Problem("LoadBalancer", vip.LoadBalancer, Reasons.TargetUnreachable, reason);
        return (MarkTranslating(way), isByNumber, problem);
    }

    private ImmutableSortedDictionary<RouteKey, RealModel?> PlanRoutes()
    {
        var plan = new RoutePlan(_world.Devices, _memo.Addresses, _networks, WayTo);
        if (!_isSameSite || !_hasSameNetworks || (_touched is null && _memo.Addresses is not null))
        {
            return plan.All();
        }

        if (_touched is not null)
        {
            // Where Geneve tells network interfaces apart by number, those of one number matter to each other.
            foreach (NetworkInterface nic in _changes!.NetworkInterfaces.SelectMany(change => new[] { change.Old, change.New }).OfType<NetworkInterface>())
            {
                foreach (NetworkInterface other in _memo.Interfaces.WithNumberOf(nic))
                {
                    _touched.UnionWith(_memo.Addresses!.AddressesOf(other));
                }
            }
        }

        return plan.After(_previous.Routes, _touched ?? [], MayBeReachedOtherwise ? IsReachedOtherwise : null);
    }

    private RealModel WayTo(NetworkInterface nic)
    {
        string uid = nic.Metadata.Uid ?? "";
        return MarkTranslating(_resolver.Resolve(new TargetModel(TargetHash.Of(uid), uid, ""), Encapsulation.Auto, out _));
    }

    private ImmutableSortedDictionary<DatapathAddress, uint> UnderlaySources()
    {
        if (_isSameSite && _previous.UnderlaySources is { } same)
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

    private RealModel MarkTranslating(RealModel real) =>
        real.Kind is RealKind.Peer or RealKind.Device && _memo.Translating.Contains(real.Ifindex) ? real with { Translates = true } : real;

    private void Report(LoadBalancer lb, string reason, string message)
    {
        _part!.Problems.Add(new Problem("LoadBalancer", lb.Key, reason, message));
        _part.IsPure &= reason is Reasons.NoAddress or Reasons.NoTargets or Reasons.RoutingMissing or Reasons.RoutingForeign or Reasons.Deleting
            or Reasons.NotTranslated or Reasons.HealthCheckWithoutPort;
    }
}
