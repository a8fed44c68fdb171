using System.Collections.Immutable;

namespace Lodestone.Agent.Desired;

/// <summary>Computes one <see cref="DesiredState"/>: NICs, then VIPs, then the reals and sources that follow from both.</summary>
/// <remarks>
/// It begins from what differs from the last state's snapshot and looks at what that concerns; all else stays as it is, by reference. Without a
/// <see cref="PlanMemo"/> of the last state everything differs: that is the same computation, and the reference for the other.
/// </remarks>
internal sealed class DesiredStateBuilder
{
    private readonly PlanWorld _world;
    private readonly DateTimeOffset _now;
    private readonly DesiredState _previous;
    private readonly PlanMemo _memo;

    /// <summary>What differs from the snapshot before; null: everything.</summary>
    private readonly PlanChanges? _changes;

    public DesiredStateBuilder(WorldSnapshot world, DesiredState previous, DateTimeOffset now)
    {
        (_world, _now, _previous) = (new PlanWorld(world), now, previous);
        if (PlanMemo.Take(previous) is { } last && last.At <= now && PlanChanges.IsSameMachine(last.World.Snapshot, world))
        {
            _memo = last;
            _changes = new PlanChanges(last.World, _world);
            _memo.Interfaces.Follow(_world.NetworkInterfaces, _changes.NetworkInterfaces);
        }
        else
        {
            _memo = new PlanMemo(_world);
        }
    }

    /// <summary>
    /// The state: (1) this machine's network interfaces and networks, (2) load balancers and their VIPs, (3) what is bound at this machine's devices
    /// for both, (4) the ways to targets, (5) the routes of networks, and (6) what there is to say of all.
    /// </summary>
    public DesiredState Build()
    {
        WorldSnapshot world = _world.Snapshot;

        // 1
        NicPlan nics = _memo.OwnInterfaces.Follow(_world, _changes, _previous.Nics);

        // 2
        var announcements = new AnnouncementPlan(world);
        LoadBalancerChanges balancers = new LoadBalancerPlan(_world, _changes, _now, _previous, _memo, nics, announcements).Plan();

        // 3
        DesiredState state = _previous;
        HashSet<uint>? translating = null;
        if (!FollowLocalVips(nics, balancers))
        {
            var bindings = new LocalBindings(_world, nics.Nics, _memo.LocalVips.Targets, _memo.LocalVips.All, _memo.LocalVips.Selected);
            state = bindings.Bind(_previous);
            translating = bindings.Translating;
        }

        // 4, 5: routes ask by numbers that resolving reals has made known.
        var ways = new Ways(_world, _changes, _memo.Interfaces, _memo.Ways, translating);
        ImmutableArray<RealModel> reals = new RealPlan(_changes, ways, _memo.Vips, _memo.Reals, _memo.Problems).After(_previous.Reals, balancers.Vips);
        state = state with
        {
            Vips = Sorted(_previous.Vips, balancers.Vips.Select(vip => (vip.Key, vip.New)), vip => vip.Key, LayoutOrder.Instance),
            LoadBalancers = Sorted(_previous.LoadBalancers, balancers.Models.Select(model => (model.Key, model.Value)), model => model.Uid, StringComparer.Ordinal),
            Reals = reals,
            NextHops = reals == _previous.Reals ? _previous.NextHops : _memo.Reals.Ways(_previous.NextHops),
            Routes = new RoutePlan(world.Devices, nics, ways).After(_previous.Routes, _changes?.NetworkInterfaces ?? [], _memo.Interfaces),
            Nics = nics.Nics,
            UnderlaySources = UnderlaySources.After(world, ways.HasSameSite, _previous.UnderlaySources),

            // 6
            Problems = _memo.Problems.Sorted(_changes is null ? [] : _previous.Problems),
            Incomplete = balancers.Made.Where(part => part.IncompleteSince is not null).ToImmutableDictionary(part => part.LoadBalancer.Key, part => part.IncompleteSince!.Value),
            ChangesAt = _memo.LoadBalancers.ChangesAt,
            Memo = _memo,
        };
        (_memo.World, _memo.At, _memo.Gateways, _memo.Ways) = (_world, _now, announcements.Gateways, ways);
        _memo.BelongTo(state);
        return state;
    }

    /// <summary>Takes up which VIPs concern this machine's devices; whether all that is bound there is as it was.</summary>
    private bool FollowLocalVips(NicPlan nics, LoadBalancerChanges balancers)
    {
        UnderlayModel underlay = _world.Snapshot.Underlay;
        if (nics.HasSameNics && _changes is { HasSameUnderlay: true })
        {
            return _memo.LocalVips.Follow(balancers, underlay);
        }

        _memo.LocalVips.Begin(nics.Nics, underlay, _memo.LoadBalancers, _memo.Vips);
        return false;
    }

    /// <summary>The parts of the state in order; where all are the same instances as before, the same array.</summary>
    private ImmutableArray<T> Sorted<TKey, T>(ImmutableArray<T> last, IEnumerable<(TKey Key, T? Value)> changes, Func<T, TKey> keyOf, IComparer<TKey> order)
        where T : class =>
        _changes is not null ? PlanOrder.Spliced(last, changes, keyOf, order) : PlanOrder.OrLast(last, PlanOrder.Spliced([], changes, keyOf, order));
}
