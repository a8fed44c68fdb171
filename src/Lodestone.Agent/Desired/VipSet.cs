namespace Lodestone.Agent.Desired;

/// <summary>The VIPs that a state has, and which of them have changed. Not thread-safe.</summary>
internal sealed class VipSet
{
    private readonly Dictionary<VipKey, VipModel> _vips = [];

    /// <summary>Those that may be others now, as they were.</summary>
    private Dictionary<VipKey, VipModel?> _before = [];

    /// <summary>All of them, in no order.</summary>
    public IReadOnlyCollection<VipModel> All => _vips.Values;

    /// <summary>The VIP of a key; null: there is none.</summary>
    public VipModel? Find(VipKey key) => _vips.GetValueOrDefault(key);

    /// <summary>Adds a VIP where there is none.</summary>
    public void Add(VipModel vip)
    {
        _vips.Add(vip.Key, vip);
        _before.TryAdd(vip.Key, null);
    }

    /// <summary>Takes a VIP away.</summary>
    public void Remove(VipModel vip)
    {
        _vips.Remove(vip.Key);
        _before.TryAdd(vip.Key, vip);
    }

    /// <summary>The VIPs that are other instances than when this was asked last.</summary>
    public List<VipChange> TakeChanges()
    {
        List<VipChange> changed = [];
        foreach ((VipKey key, VipModel? old) in _before)
        {
            VipModel? current = Find(key);
            if (!ReferenceEquals(old, current))
            {
                changed.Add(new VipChange(key, old, current));
            }
        }

        _before = [];
        return changed;
    }
}
