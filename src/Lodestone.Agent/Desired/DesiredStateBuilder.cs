using System.Collections.Immutable;
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
    private const string PublicType = "Public";
    private const string GatewayRole = "Gateway";

    private readonly WorldSnapshot _world;
    private readonly DateTimeOffset _now;
    private readonly Dictionary<ObjectKey, LoadBalancerRouting> _routings = [];
    private readonly Dictionary<(string Uid, DatapathAddress Address), VipModel> _previous = [];
    private readonly Dictionary<string, RoutingModel> _previousRoutings = new(StringComparer.Ordinal);
    private readonly SortedDictionary<DatapathAddress, VipModel> _vips = new(LayoutOrder.Instance);
    private readonly SortedDictionary<ulong, RealModel> _reals = [];
    private readonly List<LoadBalancerModel> _loadBalancers = [];
    private readonly List<Problem> _problems = [];
    private readonly RealResolver _resolver;
    private readonly string[] _gateways;
    private DateTimeOffset? _changesAt;

    public DesiredStateBuilder(WorldSnapshot world, DesiredState previous, DateTimeOffset now)
    {
        _world = world;
        _now = now;
        _resolver = new RealResolver(world);
        _gateways = [.. world.Hosts.Where(IsReadyGateway).Select(host => host.Metadata.Name!)];
        foreach (LoadBalancerRouting routing in world.Routings)
        {
            _routings[routing.Key] = routing;
        }

        foreach (VipModel vip in previous.Vips)
        {
            _previous[(vip.LoadBalancerUid, vip.Address)] = vip;
            _previousRoutings[vip.LoadBalancerUid] = vip.Routing;
        }
    }

    public DesiredState Build()
    {
        ImmutableArray<NicModel> nics = NicBindings.Decide(_world);
        foreach (LoadBalancer lb in _world.LoadBalancers.Order(Comparer<LoadBalancer>.Create(NicBindings.Seniority)))
        {
            AddLoadBalancer(lb);
        }

        if (_world.IsGateway)
        {
            AddReals();
        }

        return new DesiredState
        {
            Vips = [.. _vips.Values],
            LoadBalancers = [.. _loadBalancers],
            Reals = [.. _reals.Values],
            Nics = nics,
            Underlay = UnderlayOf(nics),
            NicSources = SourcesOf(nics),
            Problems = [.. _problems.OrderBy(p => p.Kind, StringComparer.Ordinal)
                .ThenBy(p => p.Key.ToString(), StringComparer.Ordinal)
                .ThenBy(p => p.Reason, StringComparer.Ordinal)
                .ThenBy(p => p.Message, StringComparer.Ordinal)],
            ChangesAt = _changesAt,
        };
    }

    private bool IsReadyGateway(Host host) =>
        host.Metadata.Name is { } name
        && _world.ReadyHosts.Contains(name)
        && host.Spec.Roles?.Contains(GatewayRole, StringComparer.Ordinal) == true;

    private bool IsAnnouncer(LoadBalancer lb) =>
        _world.IsGateway && GatewayElection.Elect(_gateways, lb.Metadata.Uid ?? "") == _world.HostName;

    private void AddLoadBalancer(LoadBalancer lb)
    {
        if (lb.Spec.Type != PublicType)
        {
            Report(lb, Reasons.InternalNotServed, "internal load balancers are not served yet");
            return;
        }

        if (lb.IsBeingDeleted)
        {
            Report(lb, Reasons.Deleting, "the load balancer is being deleted");
            return;
        }

        List<DatapathAddress> addresses = ReadAddresses(lb);
        bool portsAreGood = PortReader.TryRead(lb.Spec.Ports, out PortRules ports, out string portError);
        if (!portsAreGood)
        {
            Report(lb, Reasons.PortInvalid, portError);
        }

        RoutingModel routing = ReadRouting(lb);
        if (_world.IsGateway && lb.Status?.Ips is { Count: > 0 })
        {
            _loadBalancers.Add(new LoadBalancerModel(lb.Key, lb.Metadata.Uid ?? "", lb.Metadata.Generation, routing.RingGeneration));
        }

        foreach (DatapathAddress address in addresses)
        {
            _previous.TryGetValue((lb.Metadata.Uid ?? "", address), out VipModel? previous);
            if (!portsAreGood && previous is null)
            {
                continue;
            }

            if (_vips.TryGetValue(address, out VipModel? other))
            {
                Report(lb, Reasons.VipConflict, $"address {address} is served for load balancer {other.LoadBalancer}");
                continue;
            }

            AddVip(lb, address, portsAreGood ? ports : previous!.Ports, routing, previous);
        }
    }

    private void AddVip(LoadBalancer lb, DatapathAddress address, PortRules ports, RoutingModel routing, VipModel? previous)
    {
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
        if (_world.IsGateway)
        {
            // A ring is a pure function of the routing and of which of its times have passed.
            bool isUnchanged = previous is { Ring: not null } && ReferenceEquals(previous.Routing, routing)
                && (previous.Ring.ChangesAt is not { } changes || _now < changes);
            ring = isUnchanged ? previous!.Ring : RingFold.Fold(history, _now);
        }

        LookAgainAt(history.NextEventAfter(_now));
        bool remembersChanges = history.SetsAt(_now).Length > 1;
        if (remembersChanges && routing.UdpUntil > _now)
        {
            LookAgainAt(routing.UdpUntil);
        }

        _vips[address] = new VipModel
        {
            LoadBalancer = lb.Key,
            LoadBalancerUid = lb.Metadata.Uid ?? "",
            Address = address,
            Network = 0,
            Ports = ports,
            Routing = routing,
            Ring = ring,
            UdpToCurrent = remembersChanges && routing.UdpUntil <= _now,
            Announce = IsAnnouncer(lb),
        };
    }

    private void LookAgainAt(DateTimeOffset? time)
    {
        if (time is not null && (_changesAt is null || time < _changesAt))
        {
            _changesAt = time;
        }
    }

    /// <summary>The load balancer's addresses. One that cannot be read leaves those served before, which then are the last good.</summary>
    private List<DatapathAddress> ReadAddresses(LoadBalancer lb)
    {
        var addresses = new List<DatapathAddress>();
        List<string> texts = lb.Status?.Ips ?? [];
        for (int i = 0; i < texts.Count; i++)
        {
            if (!IpText.TryParse(texts[i], out IPAddress? address))
            {
                Report(lb, Reasons.AddressInvalid, $"status.ips[{i}]: \"{texts[i]}\" is not an IPv4 or IPv6 address");
                return [.. _previous.Keys.Where(key => key.Uid == lb.Metadata.Uid).Select(key => key.Address).Order(LayoutOrder.Instance)];
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

        _previousRoutings.TryGetValue(lb.Metadata.Uid ?? "", out RoutingModel? previous);
        if (previous is not null && previous.Version == RoutingReader.VersionOf(routing))
        {
            return previous;
        }

        if (RoutingReader.TryRead(routing, out RoutingModel model, out string error))
        {
            return model;
        }

        Report(lb, Reasons.RoutingInvalid, error);
        return previous ?? RoutingModel.Empty;
    }

    private void AddReals()
    {
        foreach (VipModel vip in _vips.Values)
        {
            foreach (ulong target in vip.History.AliveAt(_now))
            {
                if (_reals.ContainsKey(target))
                {
                    continue;
                }

                _reals[target] = _resolver.Resolve(vip.Routing.Targets[target], out string? reason);
                if (reason is not null)
                {
                    _problems.Add(new Problem("LoadBalancer", vip.LoadBalancer, Reasons.TargetUnreachable, reason));
                }
            }
        }
    }

    private ImmutableSortedDictionary<DatapathAddress, UnderlayNic> UnderlayOf(ImmutableArray<NicModel> nics)
    {
        ImmutableSortedDictionary<DatapathAddress, UnderlayNic>.Builder underlay = DesiredState.EmptyUnderlay.ToBuilder();
        foreach (NicModel nic in nics)
        {
            if (nic.Device is { } device)
            {
                IPAddress address = UnderlayAddress.Derive(_world.Underlay.Prefix, nic.Nic.Metadata.Uid ?? "");
                underlay[DatapathAddress.From(address)] = new UnderlayNic
                {
                    Ifindex = device.Index,
                    Kind = RealResolver.KindOf(device),
                    Network = nic.Network,
                    Mac = RealResolver.MacOf(nic.Nic),
                };
            }
        }

        return underlay.ToImmutable();
    }

    private ImmutableSortedDictionary<NicSourceKey, NicSource> SourcesOf(ImmutableArray<NicModel> nics)
    {
        ImmutableSortedDictionary<NicSourceKey, NicSource>.Builder sources = DesiredState.EmptyNicSources.ToBuilder();
        var devices = new Dictionary<ulong, uint>();
        foreach (NicModel nic in nics)
        {
            if (nic.Device is not { } device)
            {
                continue;
            }

            devices[TargetHash.Of(nic.Nic.Metadata.Uid ?? "")] = device.Index;
            foreach (DatapathAddress address in nic.Addresses)
            {
                sources[new NicSourceKey { Ifindex = device.Index, Addr = address }] = NicSource.Own;
            }
        }

        if (devices.Count == 0)
        {
            return sources.ToImmutable();
        }

        foreach (VipModel vip in _vips.Values)
        {
            foreach (ulong target in vip.History.AliveAt(_now))
            {
                if (devices.TryGetValue(target, out uint ifindex))
                {
                    sources[new NicSourceKey { Ifindex = ifindex, Addr = vip.Address }] = NicSource.Vip;
                }
            }
        }

        return sources.ToImmutable();
    }

    private void Report(LoadBalancer lb, string reason, string message) =>
        _problems.Add(new Problem("LoadBalancer", lb.Key, reason, message));
}
