using Lodestone.Api.Meta;
using Lodestone.Datapath.Hashing;

namespace Lodestone.Agent.Desired;

/// <summary>The VIPs that have a target on this machine, or select one. Follows changes. Not thread-safe.</summary>
internal sealed class LocalVips
{
    private readonly SortedDictionary<VipKey, VipModel> _vips = new(LayoutOrder.Instance);
    private readonly Dictionary<ObjectKey, HashSet<ulong>> _selected = [];

    /// <summary>The VIPs, in order.</summary>
    public IReadOnlyCollection<VipModel> All => _vips.Values;

    /// <summary>This machine's network interfaces that are bound, as targets.</summary>
    public Dictionary<ulong, NicModel> Targets { get; private set; } = [];

    /// <summary>Which of these a load balancer selects, where it does any.</summary>
    public IReadOnlyDictionary<ObjectKey, HashSet<ulong>> Selected => _selected;

    /// <summary>Begins anew, for network interfaces or an underlay that are not as they were.</summary>
    /// <param name="nics">This machine's network interfaces.</param>
    /// <param name="underlay">This machine on the underlay.</param>
    /// <param name="balancers">All load balancers.</param>
    /// <param name="vips">Their VIPs.</param>
    public void Begin(IEnumerable<NicModel> nics, UnderlayModel underlay, LoadBalancerSet balancers, VipSet vips)
    {
        Targets = [];
        foreach (NicModel nic in nics.Where(nic => nic.Device is not null))
        {
            Targets[TargetHash.Of(nic.Nic.Metadata.Uid ?? "")] = nic;
        }

        _selected.Clear();
        Select(balancers.All);
        _vips.Clear();
        foreach (VipModel vip in vips.All)
        {
            if (IsLocal(vip, underlay))
            {
                _vips.Add(vip.Key, vip);
            }
        }
    }

    /// <summary>Takes up what has become of load balancers; whether all that is bound here is as it was.</summary>
    /// <param name="changes">What has become of them.</param>
    /// <param name="underlay">This machine on the underlay.</param>
    public bool Follow(LoadBalancerChanges changes, UnderlayModel underlay)
    {
        foreach (ObjectKey key in changes.Dropped)
        {
            _selected.Remove(key);
        }

        Select(changes.Made);
        bool isSame = true;
        foreach (VipChange change in changes.Vips)
        {
            isSame &= !_vips.Remove(change.Key);
        }

        // Also a load balancer of which no VIP has changed may be checked in another way, or select others.
        foreach (VipModel vip in changes.Made.SelectMany(part => part.Vips))
        {
            isSame &= !_vips.Remove(vip.Key);
            if (IsLocal(vip, underlay))
            {
                _vips.Add(vip.Key, vip);
                isSame = false;
            }
        }

        return isSame;
    }

    private void Select(IEnumerable<LoadBalancerPart> parts)
    {
        if (Targets.Count == 0)
        {
            return;
        }

        foreach (LoadBalancerPart part in parts)
        {
            HashSet<ulong> selected = LocalBindings.SelectedBy(part.LoadBalancer, Targets);
            if (selected.Count > 0)
            {
                _selected[part.LoadBalancer.Key] = selected;
            }
        }
    }

    private bool IsLocal(VipModel vip, UnderlayModel underlay) => _selected.ContainsKey(vip.LoadBalancer) || LocalBindings.Concerns(vip, underlay, Targets);
}
