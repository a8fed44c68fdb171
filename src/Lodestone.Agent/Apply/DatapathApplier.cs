using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Apply;

/// <summary>Makes the maps hold the desired state, writing only what differs. Not thread-safe.</summary>
/// <remarks>
/// Nothing about the maps is stored elsewhere: what they hold is read off them at start. The steps of <see cref="ApplyStep"/> are
/// ordered so that whatever a packet reads is whole and refers only to what is ready, and so that dying between two of them leaves
/// maps that serve and that the next agent can go on from.
/// <para>
/// A change costs by what it changes: reals and VIPs that are the same instances as last time are not looked at again, but for slots
/// that settle. Everything is compared after a start, after a sweep, and as long as something does not fit.
/// </para>
/// </remarks>
public sealed class DatapathApplier
{
    /// <summary>How often expired records have to be swept, so that none is taken for a fresh one (<see cref="FlowTable.Sweep"/>).</summary>
    public static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(10);

    private readonly IDatapathMaps _maps;
    private readonly TimeProvider _time;
    private readonly Action<ApplyStep> _before;
    private readonly Dictionary<(uint Network, DatapathAddress Address), VipEntry> _served = [];
    private readonly RealTable _reals;
    private readonly VipWriter _vips;
    private readonly HashDiff<DatapathAddress, UnderlayNic> _underlay;
    private readonly HashDiff<NicSourceKey, NicSource> _nicSources;
    private readonly HashDiff<NicSourceKey, DatapathAddress> _translations;
    private readonly HashDiff<RouteKey, Real> _routes;
    private readonly HashDiff<GeneveKey, UnderlayNic> _geneveNics;
    private readonly HashDiff<DatapathAddress, uint> _underlaySources;
    private readonly PathMtuTable _paths;
    private readonly QuicTable _quic;
    private readonly ImmutableHashSet<VipKey>.Builder _programmed = ImmutableHashSet.CreateBuilder<VipKey>();
    private readonly ImmutableDictionary<VipKey, uint>.Builder _ids = ImmutableDictionary.CreateBuilder<VipKey, uint>();

    private readonly ImmutableDictionary<VipKey, ulong>.Builder _fingerprints = ImmutableDictionary.CreateBuilder<VipKey, ulong>();
    private readonly ImmutableHashSet<VipKey>.Builder _late = ImmutableHashSet.CreateBuilder<VipKey>();

    /// <summary>VIPs that are made again although their model is the same, and when.</summary>
    private readonly Dictionary<(uint Network, DatapathAddress Address), DateTimeOffset> _restless = [];

    /// <summary>Slots in which the table that is not served differs from the one that is; null: not known.</summary>
    private List<int>? _behind;

    /// <summary>What the maps hold, wholly; null: compare everything.</summary>
    private (DesiredState Desired, UnderlayModel Underlay, ImmutableSortedDictionary<RouteKey, Real> Routes)? _last;

    /// <summary>Indexes may have come to mean other targets: every ring is compared, which also mends what somebody else wrote.</summary>
    private bool _hasRecycled;

    /// <summary>The last MTUs of reals were not only the uplink's.</summary>
    private bool _hadLearnt;

    /// <summary>Packets that were under way at the last switch may still read the table that is not served.</summary>
    private bool _isOldTableRead;

    /// <summary>Reads back what the maps hold.</summary>
    /// <param name="maps">The maps; those that were never used are all zero.</param>
    /// <param name="time">The clock; its time stamps are CLOCK_MONOTONIC.</param>
    public DatapathApplier(IDatapathMaps maps, TimeProvider time)
        : this(maps, time, static _ => { })
    {
    }

    /// <summary>As the public one; <paramref name="before"/> is called before each step that has something to do.</summary>
    internal DatapathApplier(IDatapathMaps maps, TimeProvider time, Action<ApplyStep> before)
    {
        ArgumentNullException.ThrowIfNull(maps);
        _maps = maps;
        _time = time;
        _before = before;
        ReadOnlySpan<Vip> table = Table(maps.Config.VipTable);
        _reals = new RealTable(maps);
        _vips = new VipWriter(maps, _reals, table);
        _underlay = new HashDiff<DatapathAddress, UnderlayNic>(maps.Underlay);
        _nicSources = new HashDiff<NicSourceKey, NicSource>(maps.NicSources);
        _translations = new HashDiff<NicSourceKey, DatapathAddress>(maps.Translations);
        _routes = new HashDiff<RouteKey, Real>(maps.Routes);
        _geneveNics = new HashDiff<GeneveKey, UnderlayNic>(maps.GeneveNics);
        _underlaySources = new HashDiff<DatapathAddress, uint>(maps.UnderlaySources);
        _paths = new PathMtuTable(maps, time.GetUtcNow());
        foreach (ref readonly Vip vip in table)
        {
            if (vip.Flags != VipFlags.None)
            {
                bool isSettling = VipWriter.IsSettling(VipWriter.RingOf(maps, vip));
                Keep(new VipEntry { Vip = vip, IsSettling = isSettling });
            }
        }

        _quic = new QuicTable(maps, _served.Values);
    }

    /// <summary>VIPs that are served, with the id of their counters.</summary>
    public ImmutableDictionary<VipKey, uint> VipIds => _ids.ToImmutable();

    /// <summary>Targets that have an index into reals, and its counters.</summary>
    public ImmutableDictionary<ulong, uint> RealIndexes => _reals.ToImmutable();

    /// <summary>
    /// What the tables of public VIPs have in common with other gateways' (<see cref="TableFingerprint"/>), read back when they were last written. VIPs of
    /// <see cref="ApplyResult.Late"/> have none: their tables rightly differ.
    /// </summary>
    public ImmutableDictionary<VipKey, ulong> Fingerprints => _fingerprints.ToImmutable();

    /// <summary>Makes what rarely changes as given: seeds, uplink, sizes. The table that is served stays.</summary>
    public long Configure(FlowSeed seed, UnderlayModel underlay)
    {
        ArgumentNullException.ThrowIfNull(underlay);
        var prefix = DatapathAddress.From(underlay.Prefix.BaseAddress);
        DatapathConfig next = new()
        {
            HashSeed0 = seed.Seed0,
            HashSeed1 = seed.Seed1,
            UplinkIfindex = underlay.Uplink.Index,
            VipMask = (uint)(_maps.Vips.Length / 2) - 1,
            VipTable = _maps.Config.VipTable,
            FlowMask = (uint)_maps.Flows.Length - 1,
            UplinkMac = underlay.Uplink.Mac,
            UplinkMtu = (ushort)Math.Min(underlay.Uplink.MtuBytes, ushort.MaxValue),
            LayoutVersion = DatapathConfig.CurrentLayoutVersion,
            Flags = _maps.Config.Flags, // Apply's
            Listening = _maps.Config.Listening, // a listener's
            UnderlayPrefix = prefix.High,
            Vlans = underlay.Vlans,
        };
        Span<ulong> from = MemoryMarshal.Cast<DatapathConfig, ulong>(new Span<DatapathConfig>(ref next));
        Span<ulong> to = MemoryMarshal.Cast<DatapathConfig, ulong>(new Span<DatapathConfig>(ref _maps.Config));
        long writes = 0;
        for (int i = 0; i < from.Length; i++)
        {
            if (to[i] != from[i])
            {
                Volatile.Write(ref to[i], from[i]);
                writes++;
            }
        }

        if (writes > 0)
        {
            _last = null; // fingerprints contain the seed
        }

        return writes;
    }

    /// <summary>Makes the maps hold the desired state.</summary>
    /// <param name="desired">The state.</param>
    /// <param name="underlay">This machine on the underlay: outer source address and MAC.</param>
    public ApplyResult Apply(DesiredState desired, UnderlayModel underlay)
    {
        ArgumentNullException.ThrowIfNull(desired);
        ArgumentNullException.ThrowIfNull(underlay);
        var progress = new ApplyProgress();
        (DesiredState Desired, UnderlayModel Underlay, ImmutableSortedDictionary<RouteKey, Real> Routes)? last = _last;
        _last = null; // until all is done
        bool isAnew = last is null || last.Value.Underlay != underlay;
        Difference<RealModel> reals = isAnew
            ? new Difference<RealModel>([], [.. desired.Reals])
            : Difference<RealModel>.Between(last!.Value.Desired.Reals, desired.Reals);

        // 1. What lets packets through that another machine may already send.
        Step(ApplyStep.AddEntries);
        AddMissing(_underlay, desired.Underlay, Capacity.NetworkInterfaces, progress);
        AddMissing(_nicSources, desired.NicSources, Capacity.SourceAddresses, progress);
        AddMissing(_translations, desired.Translations, Capacity.SourceAddresses, progress);
        if (!desired.Translations.IsEmpty)
        {
            SetFlag(ConfigFlags.Translates, true, progress);
        }

        ImmutableSortedDictionary<RouteKey, Real> routes = !isAnew && ReferenceEquals(last!.Value.Desired.Routes, desired.Routes)
            ? last.Value.Routes
            : RoutesOf(desired, underlay);
        AddMissing(_routes, routes, Capacity.Routes, progress);
        AddMissing(_geneveNics, desired.GeneveNics, Capacity.NetworkInterfaces, progress);
        CheckSources(desired, progress);

        // 2. Reals, so that every index a ring names is ready.
        Step(ApplyStep.WriteReals);
        LearnMtus(desired, reals.Come, isAnew, progress);
        if (_reals.AnyComesBack(reals.Come))
        {
            // Meanwhile its flows and clients have gone elsewhere: what is recorded of before must not take them back.
            ForgetDead();
        }

        HashSet<ulong> unfit = WriteReals(desired, reals.Come, underlay, progress);

        // 3. Rings and port bitmaps.
        Step(ApplyStep.WriteRings);
        VipChanges vips = MakeVips(desired, isAnew || _hasRecycled ? null : last!.Value.Desired.Vips, _time.GetUtcNow(), unfit, progress);

        // Servers of connection IDs, before the VIPs that go by them.
        _quic.AddMissing(vips.Made, vips.Gone, desired, _reals.Indexes, isAnew || !reals.IsEmpty, progress);

        // 4. and 5. The table that is not served; then it is.
        PublishTable(vips, progress);
        Keep(vips);
        LookAgain(progress);
        progress.Writes += _quic.RemoveOthers();

        // 6. and 7. What nothing refers to any more, once no packet does.
        List<ulong> dying = Dying(desired, reals, isAnew);
        if (_vips.HasReleased || dying.Count > 0)
        {
            Step(ApplyStep.Grace);
            WaitForPackets();
            _vips.Release();
            Step(ApplyStep.KillReals);
            _reals.Kill(dying, ref progress.Writes);
        }

        // 8. What is no longer wanted.
        Step(ApplyStep.RemoveEntries);
        progress.Writes += _underlay.RemoveOthers(desired.Underlay) + _nicSources.RemoveOthers(desired.NicSources) + _routes.RemoveOthers(routes)
            + _geneveNics.RemoveOthers(desired.GeneveNics) + _underlaySources.RemoveOthers(desired.UnderlaySources ?? DesiredState.EmptyUnderlaySources);
        progress.Writes += _translations.RemoveOthers(desired.Translations);
        SetFlag(ConfigFlags.Translates, !desired.Translations.IsEmpty, progress);
        _paths.Remove(reals.Gone, ref progress.Writes);
        if (isAnew)
        {
            _paths.RemoveOthers(ref progress.Writes);
        }

        _last = progress.IsAnyRefused ? null : (desired, underlay, routes);
        _hasRecycled = false;
        return progress.ToResult(_programmed.ToImmutable(), _late.ToImmutable()) with { Made = [.. vips.Made.Select(entry => new VipKey(entry.Vip.Network, entry.Vip.Addr))] };
    }

    /// <summary>Frees records that are expired or whose real is dead, then the indexes of dead reals. At least every <see cref="SweepInterval"/>.</summary>
    /// <returns>How many records were freed.</returns>
    public int Sweep()
    {
        int freed = ForgetDead();
        _reals.Recycle();
        _hasRecycled = true;
        return freed;
    }

    /// <summary>Frees records that are expired or whose real is dead.</summary>
    private int ForgetDead()
    {
        // A packet that was under way when the real died may still have recorded it.
        if (_reals.HasDead)
        {
            WaitForPackets();
        }

        ulong monotonic = (ulong)((Int128)_time.GetTimestamp() * 1_000_000_000 / _time.TimestampFrequency);
        return FlowTable.Sweep(_maps.Flows, _maps.Reals, FlowTable.Clock(monotonic));
    }

    private Span<Vip> Table(uint which) => _maps.Vips.Slice((int)(which & 1) * (_maps.Vips.Length / 2), _maps.Vips.Length / 2);

    private void Step(ApplyStep step) => _before(step);

    private static void AddMissing<TKey, TValue>(
        HashDiff<TKey, TValue> diff,
        ImmutableSortedDictionary<TKey, TValue> desired,
        Capacity capacity,
        ApplyProgress progress)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (!diff.TrySetMissing(desired, out int written))
        {
            progress.Refuse($"{diff.Name} holds {diff.Capacity} entries and {desired.Count} are wanted; {capacity.Remedy}");
        }

        progress.Writes += written;
    }

    /// <summary>Says who may encapsulate to this machine: everybody where that is wanted, and where not all who may fit.</summary>
    private void CheckSources(DesiredState desired, ApplyProgress progress)
    {
        bool checks = desired.UnderlaySources is not null;
        if (desired.UnderlaySources is { } sources)
        {
            checks = _underlaySources.TrySetMissing(sources, out int written);
            progress.Writes += written;
            if (!checks)
            {
                progress.Refuse(
                    $"{_underlaySources.Name} holds {_underlaySources.Capacity} entries and {sources.Count} are wanted: whoever encapsulates to this machine is let in; {Capacity.Hosts.Remedy}");
            }
        }

        SetFlag(ConfigFlags.CheckSources, checks, progress);
    }

    private void SetFlag(ConfigFlags flag, bool on, ApplyProgress progress)
    {
        ConfigFlags flags = on ? _maps.Config.Flags | flag : _maps.Config.Flags & ~flag;
        if (flags != _maps.Config.Flags)
        {
            _maps.Config.Flags = flags;
            progress.Writes++;
        }
    }

    private void LearnMtus(DesiredState desired, List<RealModel> come, bool isAnew, ApplyProgress progress)
    {
        _paths.Refresh(_time.GetUtcNow(), ref progress.Writes);
        if (isAnew)
        {
            _paths.CountAnew();
        }

        if (!_paths.TryAdd(come, ref progress.Writes))
        {
            progress.Refuse($"{_maps.PathMtus.Name} holds {_maps.PathMtus.Capacity} ways and {desired.Reals.Length} are wanted; {Capacity.Targets.Remedy}");
        }

        progress.LookAgain(_paths.NextExpiry);
    }

    /// <summary>Writes reals; returns the targets for which there was no room.</summary>
    private HashSet<ulong> WriteReals(DesiredState desired, List<RealModel> come, UnderlayModel underlay, ApplyProgress progress)
    {
        HashSet<ulong> unfit = [];
        Dictionary<IPAddress, int> learnt = _paths.Learnt(desired.Reals);
        progress.NarrowPaths = learnt.Where(path => path.Value < underlay.Uplink.MtuBytes).ToImmutableDictionary();
        IEnumerable<RealModel> written = _paths.HasLearnt || _hadLearnt ? desired.Reals : come;
        _hadLearnt = _paths.HasLearnt;
        foreach (RealModel wanted in written)
        {
            RealModel real = wanted.Via is { } via && learnt.TryGetValue(via, out int mtu) && mtu < wanted.MtuBytes
                ? wanted with { MtuBytes = mtu }
                : wanted;
            if (_reals.TryWrite(real, underlay, ref progress.Writes))
            {
                continue;
            }

            if (_reals.HasDead)
            {
                Sweep();
                if (_reals.TryWrite(real, underlay, ref progress.Writes))
                {
                    continue;
                }
            }

            unfit.Add(real.Target);
        }

        if (unfit.Count > 0)
        {
            progress.Refuse($"reals holds {_maps.Reals.Length - 1} targets and {desired.Reals.Length} are wanted; {Capacity.Targets.Remedy}");
        }

        return unfit;
    }

    /// <summary>Targets that live and are no longer wanted.</summary>
    private List<ulong> Dying(DesiredState desired, Difference<RealModel> reals, bool isAnew)
    {
        if (isAnew)
        {
            return _reals.AliveBeside(desired.Reals.Select(real => real.Target).ToHashSet());
        }

        var stay = reals.Come.Select(real => real.Target).ToHashSet();
        return [.. reals.Gone.Select(real => real.Target).Where(target => !stay.Contains(target))];
    }

    /// <summary>Routes as the map is to hold them. One whose next hop has become unknown stays as it is.</summary>
    private ImmutableSortedDictionary<RouteKey, Real> RoutesOf(DesiredState desired, UnderlayModel underlay)
    {
        ImmutableSortedDictionary<RouteKey, Real>.Builder routes = ImmutableSortedDictionary.CreateBuilder<RouteKey, Real>(LayoutOrder.Instance);
        foreach ((RouteKey key, RealModel? model) in desired.Routes)
        {
            Real real = model is null ? default : RealTable.ToReal(model, underlay);
            routes[key] = model is { IsUnresolved: true } && _routes.TryGetHeld(key, out Real held) && RealTable.IsWayTo(held, real, model) ? held : real;
        }

        return routes.ToImmutable();
    }

    /// <summary>Makes what is new or changed, VIPs that are served first: a newcomer never takes their room.</summary>
    /// <param name="desired">The state.</param>
    /// <param name="last">VIPs that the maps hold but for restless ones; null: look at all.</param>
    /// <param name="now">The time.</param>
    /// <param name="unfit">Targets without a real.</param>
    /// <param name="progress">Takes what does not fit.</param>
    private VipChanges MakeVips(DesiredState desired, ImmutableArray<VipModel>? last, DateTimeOffset now, HashSet<ulong> unfit, ApplyProgress progress)
    {
        Dictionary<(uint Network, DatapathAddress Address), VipModel> models = ToMake(desired, last, now, out List<(uint Network, DatapathAddress Address)> gone);
        List<VipModel> newcomers = [.. models.Values.Where(vip => !_served.ContainsKey(KeyOf(vip))).OrderBy(vip => vip.Key, LayoutOrder.Instance)];
        List<VipEntry> made = new(models.Count);
        if (newcomers.Count + gone.Count == 0)
        {
            // Every VIP stays in its slot.
            foreach (VipModel model in models.Values)
            {
                made.Add(MakeVip(model, _served[KeyOf(model)], now, unfit, progress) ?? _served[KeyOf(model)]);
            }

            return new VipChanges(made, gone, null);
        }

        var placement = new VipPlacement(_maps.Vips.Length / 2);
        List<(uint Network, DatapathAddress Address)> order = new(_served.Count + newcomers.Count);
        HashSet<(uint Network, DatapathAddress Address)> leaving = [.. gone];
        foreach ((uint Network, DatapathAddress Address) key in VipPlacement.OrderOf(Table(_maps.Config.VipTable)))
        {
            if (leaving.Contains(key))
            {
                continue;
            }

            placement.TryPlace(key);
            order.Add(key);
            if (models.TryGetValue(key, out VipModel? model))
            {
                made.Add(MakeVip(model, _served[key], now, unfit, progress) ?? _served[key]);
            }
        }

        foreach (VipModel model in newcomers)
        {
            if (!placement.TryPlace(KeyOf(model)))
            {
                progress.Refuse(model.LoadBalancer, $"the VIP table of {_maps.Vips.Length / 2} slots has no room for {model.Address}; {Capacity.Vips.Remedy}");
            }
            else if (MakeVip(model, null, now, unfit, progress) is { } entry)
            {
                made.Add(entry);
                order.Add(KeyOf(model));
            }
        }

        return new VipChanges(made, gone, order);
    }

    /// <summary>The models of VIPs that may differ from what is served, and which VIPs are no longer wanted.</summary>
    private Dictionary<(uint Network, DatapathAddress Address), VipModel> ToMake(
        DesiredState desired, ImmutableArray<VipModel>? last, DateTimeOffset now, out List<(uint Network, DatapathAddress Address)> gone)
    {
        if (last is null)
        {
            var all = desired.Vips.Where(vip => vip.Ring is not null).ToDictionary(KeyOf);
            gone = [.. _served.Keys.Where(key => !all.ContainsKey(key))];
            return all;
        }

        Difference<VipModel> difference = Difference<VipModel>.Between(last.Value, desired.Vips);
        var models = difference.Come.Where(vip => vip.Ring is not null).ToDictionary(KeyOf);
        gone = [.. difference.Gone.Select(KeyOf).Where(key => !models.ContainsKey(key) && _served.ContainsKey(key))];
        HashSet<(uint Network, DatapathAddress Address)> leaving = [.. gone];
        foreach (((uint Network, DatapathAddress Address) key, DateTimeOffset at) in _restless)
        {
            if (at <= now && !leaving.Contains(key))
            {
                models.TryAdd(key, _served[key].Model!);
            }
        }

        return models;
    }

    /// <summary>One VIP of the next table; null, and a problem, when it does not fit.</summary>
    private VipEntry? MakeVip(VipModel model, VipEntry? served, DateTimeOffset now, HashSet<ulong> unfit, ApplyProgress progress)
    {
        _programmed.Remove(model.Key);
        if (unfit.Count > 0 && model.Ring!.Targets.Any(unfit.Contains))
        {
            progress.Refuse(model.LoadBalancer, $"reals has no room for the targets of {model.Address}; {Capacity.Targets.Remedy}");
            return null;
        }

        string? full = _vips.TryMake(model, served, now, out VipEntry entry, ref progress.Writes);
        if (full is not null)
        {
            progress.Refuse(model.LoadBalancer, full);
            return null;
        }

        _programmed.Add(model.Key);
        return entry;
    }

    /// <summary>Writes the table that is not served and switches to it, unless the one that is served holds the same.</summary>
    private void PublishTable(VipChanges changes, ApplyProgress progress)
    {
        List<VipEntry> differ = [.. changes.Made.Where(entry => !_served.TryGetValue(KeyOf(entry), out VipEntry? served) || !LayoutEquality<Vip>.Instance.Equals(entry.Vip, served.Vip))];
        if (differ.Count + changes.Gone.Count == 0)
        {
            return;
        }

        Step(ApplyStep.WriteVipTable);
        if (_isOldTableRead)
        {
            WaitForPackets();
        }

        List<int>? written = null;
        if (changes.Order is { } order)
        {
            var made = changes.Made.ToDictionary(KeyOf);
            VipTable.Build([.. order.Select(key => made.TryGetValue(key, out VipEntry? entry) ? entry.Vip : _served[key].Vip)], Table(_maps.Config.VipTable + 1));
            progress.Writes += order.Count + 1;
        }
        else
        {
            written = WriteInPlace(differ);
            progress.Writes += differ.Count + 1;
        }

        Step(ApplyStep.Switch);
        Volatile.Write(ref _maps.Config.VipTable, (_maps.Config.VipTable + 1) & 1);
        _isOldTableRead = true;
        _behind = written;
    }

    /// <summary>Makes the table that is not served as the one that is, but for these VIPs; returns their slots.</summary>
    private List<int> WriteInPlace(List<VipEntry> differ)
    {
        Span<Vip> served = Table(_maps.Config.VipTable), next = Table(_maps.Config.VipTable + 1);
        if (_behind is null)
        {
            served.CopyTo(next);
        }
        else
        {
            foreach (int slot in _behind)
            {
                next[slot] = served[slot];
            }
        }

        List<int> written = new(differ.Count);
        foreach (VipEntry entry in differ)
        {
            int slot = VipTable.Find(served, entry.Vip.Addr, entry.Vip.Network);
            next[slot] = entry.Vip;
            written.Add(slot);
        }

        return written;
    }

    /// <summary>Takes note of what is served now.</summary>
    private void Keep(VipChanges changes)
    {
        foreach ((uint Network, DatapathAddress Address) key in changes.Gone)
        {
            _vips.Remove(_served[key].Vip);
            _served.Remove(key);
            _restless.Remove(key);
            _ids.Remove(new VipKey(key.Network, key.Address));
            _programmed.Remove(new VipKey(key.Network, key.Address));
            _late.Remove(new VipKey(key.Network, key.Address));
            _fingerprints.Remove(new VipKey(key.Network, key.Address));
        }

        changes.Made.ForEach(Keep);
        ReadBack(changes.Made);
    }

    /// <summary>Takes the fingerprints of VIPs off the maps.</summary>
    private void ReadBack(List<VipEntry> made)
    {
        ReadOnlySpan<Vip> table = Table(_maps.Config.VipTable);
        foreach (VipEntry entry in made)
        {
            var key = new VipKey(entry.Vip.Network, entry.Vip.Addr);
            if (entry.IsLate)
            {
                _late.Add(key);
                _fingerprints.Remove(key);
                continue;
            }

            _late.Remove(key);

            // Internal VIPs are served where their network's interfaces are, not by gateways.
            int slot = entry.Vip.Network == 0 ? VipTable.Find(table, entry.Vip.Addr, 0) : -1;
            if (slot >= 0)
            {
                _fingerprints[key] = TableFingerprint.OfVip(_maps.Config, table[slot], _maps.Rings, _maps.Reals, _maps.PortBitmaps);
            }
        }
    }

    private void Keep(VipEntry entry)
    {
        _served[KeyOf(entry)] = entry;
        _ids[new VipKey(entry.Vip.Network, entry.Vip.Addr)] = entry.Vip.Id;
        if (entry.LookAgainAt is { } at)
        {
            _restless[KeyOf(entry)] = at;
        }
        else
        {
            _restless.Remove(KeyOf(entry));
        }
    }

    /// <summary>Says when time alone asks for another look. What lacks a real is looked at whenever something else changes.</summary>
    private void LookAgain(ApplyProgress progress)
    {
        foreach (DateTimeOffset at in _restless.Values)
        {
            progress.LookAgain(at == DateTimeOffset.MinValue ? null : at);
        }
    }

    private void WaitForPackets()
    {
        _maps.WaitForPackets();
        _isOldTableRead = false;
    }

    private static (uint Network, DatapathAddress Address) KeyOf(VipEntry entry) => (entry.Vip.Network, entry.Vip.Addr);

    private static (uint Network, DatapathAddress Address) KeyOf(VipModel model) => (model.Network, model.Address);

    /// <param name="Made">VIPs as they are to be served, those that were looked at.</param>
    /// <param name="Gone">VIPs that are served no longer.</param>
    /// <param name="Order">All VIPs in the order in which they find their places; null: every VIP keeps its slot.</param>
    private sealed record VipChanges(List<VipEntry> Made, List<(uint Network, DatapathAddress Address)> Gone, List<(uint Network, DatapathAddress Address)>? Order);
}
