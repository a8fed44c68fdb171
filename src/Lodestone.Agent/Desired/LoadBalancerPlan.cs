using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>Finds the load balancers that may be others than before, takes them away and has them made anew (<see cref="VipPlan"/>); all others stay.</summary>
/// <remarks>It changes the load balancers, VIPs and problems of the memo, and nothing else.</remarks>
internal sealed class LoadBalancerPlan
{
    private readonly PlanWorld _world;
    private readonly PlanChanges? _changes;
    private readonly DateTimeOffset _now;
    private readonly DesiredState _previous;
    private readonly PlanMemo _memo;
    private readonly NicPlan _nics;
    private readonly AnnouncementPlan _announcements;

    /// <summary>The last VIPs of load balancers that are looked at, by their UID.</summary>
    private readonly Dictionary<string, List<VipModel>> _lastVips = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LoadBalancerModel?> _models = new(StringComparer.Ordinal);
    private readonly List<ObjectKey> _dropped = [];
    private readonly List<LoadBalancerPart> _made = [];

    /// <param name="world">What is so now.</param>
    /// <param name="changes">What differs from the last time; null: everything.</param>
    /// <param name="now">The time.</param>
    /// <param name="previous">The last state.</param>
    /// <param name="memo">What it was computed from.</param>
    /// <param name="nics">This machine's network interfaces and networks.</param>
    /// <param name="announcements">Who announces.</param>
    public LoadBalancerPlan(
        PlanWorld world, PlanChanges? changes, DateTimeOffset now, DesiredState previous, PlanMemo memo, NicPlan nics, AnnouncementPlan announcements)
    {
        (_world, _changes, _now, _previous) = (world, changes, now, previous);
        (_memo, _nics, _announcements) = (memo, nics, announcements);
    }

    /// <summary>Computes the load balancers that may be others than before: which those are, away with the old, then the new, oldest first.</summary>
    public LoadBalancerChanges Plan()
    {
        HashSet<ObjectKey> keys = _changes is null ? [.. _world.LoadBalancers.Select(lb => lb.Key)] : ChangedKeys(_changes);
        List<LoadBalancer> balancers = new(keys.Count);
        foreach (ObjectKey key in keys.ToArray())
        {
            if (_world.LoadBalancers.TryGet(key, out LoadBalancer? lb))
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
        Make(balancers);
        _made.ForEach(Keep);
        return new LoadBalancerChanges(_dropped, _made, _models, _memo.Vips.TakeChanges());
    }

    private HashSet<ObjectKey> ChangedKeys(PlanChanges changes)
    {
        HashSet<ObjectKey> keys = [.. _memo.LoadBalancers.Impure];
        keys.UnionWith(changes.LoadBalancers.Select(change => (change.New ?? change.Old)!.Key));
        keys.UnionWith(changes.Routings.Select(change => (change.New ?? change.Old)!.Key));
        keys.UnionWith(_memo.LoadBalancers.DueAt(_now));
        if (!_nics.HasSameNetworks)
        {
            keys.UnionWith(_world.LoadBalancers.Where(lb => lb.Spec.Type == LoadBalancerPart.InternalType).Select(lb => lb.Key));
        }

        foreach (DatapathAddress address in changes.Silent)
        {
            if (_memo.Vips.Find(new VipKey(VipKey.PublicNetwork, address)) is { } vip)
            {
                keys.Add(vip.LoadBalancer);
            }
        }

        keys.UnionWith(_announcements.ElectAgain(_memo.Gateways, _memo.LoadBalancers.All));
        return keys;
    }

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
            foreach (uint network in isInternal ? NetworksOf(lb, address) : [VipKey.PublicNetwork])
            {
                if (_memo.Vips.Find(new VipKey(network, address)) is { } held && keys.Add(held.LoadBalancer)
                    && _world.LoadBalancers.TryGet(held.LoadBalancer, out LoadBalancer? holder))
                {
                    balancers.Add(holder);
                }
            }
        }
    }

    private IEnumerable<uint> NetworksOf(LoadBalancer lb, DatapathAddress address)
    {
        ObjectKey network = LoadBalancerPart.NetworkKeyOf(lb);
        IEnumerable<uint> peers = _nics.Networks.PeersReaching(network, address);
        return _nics.Networks.LocalVniOf(network) is { } own ? peers.Prepend(own) : peers;
    }

    /// <summary>Takes away what a load balancer adds, as long as it is not computed anew.</summary>
    private void Drop(ObjectKey key)
    {
        if (_memo.LoadBalancers.Remove(key) is not { } part)
        {
            return;
        }

        string uid = part.LoadBalancer.Metadata.Uid ?? "";
        _dropped.Add(key);
        LastOf(uid).AddRange(part.Vips);
        part.Vips.ForEach(_memo.Vips.Remove);
        part.Problems.ForEach(_memo.Problems.Remove);
        if (part.Model is not null)
        {
            _models[uid] = null;
        }
    }

    private void Make(List<LoadBalancer> balancers)
    {
        var reader = new LoadBalancerReader(_world, _now, _previous.Incomplete);
        var vips = new VipPlan(_world.Snapshot.IsGateway, _now, _nics, _announcements, reader, _memo.Vips);
        foreach (LoadBalancer lb in balancers)
        {
            if (vips.Add(lb, _lastVips.GetValueOrDefault(lb.Metadata.Uid ?? "") ?? []) is { } part)
            {
                _made.Add(part);
            }
        }

        vips.AddPeered();
    }

    /// <summary>Takes note of a load balancer that is computed.</summary>
    private void Keep(LoadBalancerPart part)
    {
        part.Problems.ForEach(_memo.Problems.Add);
        if (part.Model is { } model)
        {
            model = model with { Vips = [.. part.Vips.Select(vip => vip.Key).Order(LayoutOrder.Instance)] };

            // One that says the same is the same.
            int at = PlanOrder.Find(_previous.LoadBalancers, model.Uid, other => other.Uid, StringComparer.Ordinal);
            part.Model = at >= 0 && _previous.LoadBalancers[at] == model ? _previous.LoadBalancers[at] : model;
            _models[model.Uid] = part.Model;
        }

        _memo.LoadBalancers.Add(part);
    }

    private List<VipModel> LastOf(string uid)
    {
        if (!_lastVips.TryGetValue(uid, out List<VipModel>? vips))
        {
            _lastVips[uid] = vips = [];
        }

        return vips;
    }
}
