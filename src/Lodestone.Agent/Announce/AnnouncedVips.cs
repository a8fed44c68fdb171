using System.Collections.Immutable;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Announce;

/// <summary>The VIPs that this machine tells of in one way: what is desired and in the data path. Kept from state to state, so that a change costs by what it changes. Not thread-safe.</summary>
internal sealed class AnnouncedVips(VipAnnouncement way)
{
    private ImmutableArray<VipModel> _vips = [];
    private bool _wasAnyRefused;

    /// <summary>The addresses. The same instance until they change.</summary>
    public ImmutableHashSet<DatapathAddress> Addresses { get; private set; } = [];

    /// <summary>Takes up a state that was applied; returns what has come and what has gone.</summary>
    /// <remarks>A VIP that is the same instance is in the data path as it was, unless something does not fit or did not: then all are looked at.</remarks>
    public AddressChange Follow(ImmutableArray<VipModel> vips, ApplyResult applied)
    {
        bool isAnyRefused = !applied.Problems.IsEmpty;
        AddressChange change = isAnyRefused || _wasAnyRefused ? CompareAll(vips, applied.Programmed) : Compare(vips, applied.Programmed);
        (_vips, _wasAnyRefused) = (vips, isAnyRefused);
        if (!change.IsEmpty)
        {
            Addresses = Addresses.Except(change.Gone).Union(change.Come);
        }

        return change;
    }

    private AddressChange CompareAll(ImmutableArray<VipModel> vips, ImmutableHashSet<VipKey> programmed)
    {
        var all = vips.Where(vip => IsTold(vip, programmed)).Select(vip => vip.Address).ToHashSet();
        return new AddressChange([.. all.Where(address => !Addresses.Contains(address))], [.. Addresses.Where(address => !all.Contains(address))]);
    }

    private AddressChange Compare(ImmutableArray<VipModel> vips, ImmutableHashSet<VipKey> programmed)
    {
        Difference<VipModel> difference = Difference<VipModel>.Between(_vips, vips);
        var come = difference.Come.Where(vip => IsTold(vip, programmed)).Select(vip => vip.Address).ToHashSet();
        return new AddressChange(
            [.. come.Where(address => !Addresses.Contains(address))],
            [.. difference.Gone.Where(vip => vip.Announcement.HasFlag(way)).Select(vip => vip.Address).Where(address => Addresses.Contains(address) && !come.Contains(address)).Distinct()]);
    }

    private bool IsTold(VipModel vip, ImmutableHashSet<VipKey> programmed) => vip.Announcement.HasFlag(way) && programmed.Contains(vip.Key);
}
