using System.Collections.Immutable;
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
        foreach (ref readonly Vip vip in table)
        {
            if (vip.Flags != VipFlags.None)
            {
                bool isSettling = VipWriter.IsSettling(VipWriter.RingOf(maps, vip));
                _served.Add((vip.Network, vip.Addr), new VipEntry { Vip = vip, IsSettling = isSettling });
            }
        }
    }

    /// <summary>VIPs that are served, with the id of their counters.</summary>
    public IReadOnlyDictionary<DatapathAddress, uint> VipIds => _served.ToDictionary(entry => entry.Key.Address, entry => entry.Value.Vip.Id);

    /// <summary>Targets that have an index into reals, and its counters.</summary>
    public IReadOnlyDictionary<ulong, uint> RealIndexes => _reals.Indexes;

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
            UnderlayPrefix = prefix.High,
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

        // 1. What lets packets through that another machine may already send.
        Step(ApplyStep.AddEntries);
        AddMissing(_underlay, desired.Underlay, nameof(DatapathCapacities.Nics), progress);
        AddMissing(_nicSources, desired.NicSources, nameof(DatapathCapacities.NicSources), progress);

        // 2. Reals, so that every index a ring names is ready.
        Step(ApplyStep.WriteReals);
        HashSet<ulong> unfit = WriteReals(desired, underlay, progress);

        // 3. Rings and port bitmaps.
        Step(ApplyStep.WriteRings);
        List<VipEntry> next = MakeVips(desired, _time.GetUtcNow(), unfit, progress);

        // 4. and 5. The table that is not served; then it is.
        PublishTable(next, progress);

        // 6. and 7. What nothing refers to any more, once no packet does.
        HashSet<ulong> alive = [.. desired.Reals.Select(real => real.Target)];
        if (_vips.HasReleased || _reals.WouldKill(alive))
        {
            Step(ApplyStep.Grace);
            _maps.WaitForPackets();
            _vips.Release();
            Step(ApplyStep.KillReals);
            _reals.Kill(alive, ref progress.Writes);
        }

        // 8. What is no longer wanted.
        Step(ApplyStep.RemoveEntries);
        progress.Writes += _underlay.RemoveOthers(desired.Underlay) + _nicSources.RemoveOthers(desired.NicSources);
        return progress.ToResult();
    }

    /// <summary>Frees records that are expired or whose real is dead, then the indexes of dead reals. At least every <see cref="SweepInterval"/>.</summary>
    /// <returns>How many records were freed.</returns>
    public int Sweep()
    {
        // A packet that was under way when the real died may still have recorded it.
        if (_reals.HasDead)
        {
            _maps.WaitForPackets();
        }

        ulong monotonic = (ulong)((Int128)_time.GetTimestamp() * 1_000_000_000 / _time.TimestampFrequency);
        int freed = FlowTable.Sweep(_maps.Flows, _maps.Reals, FlowTable.Age(monotonic));
        _reals.Recycle();
        return freed;
    }

    private Span<Vip> Table(uint which) => _maps.Vips.Slice((int)(which & 1) * (_maps.Vips.Length / 2), _maps.Vips.Length / 2);

    private void Step(ApplyStep step) => _before(step);

    private static void AddMissing<TKey, TValue>(
        HashDiff<TKey, TValue> diff,
        ImmutableSortedDictionary<TKey, TValue> desired,
        string option,
        ApplyProgress progress)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (!diff.TrySetMissing(desired, out int written))
        {
            progress.Refuse($"{diff.Name} holds {diff.Capacity} entries and {desired.Count} are wanted; raise {option}");
        }

        progress.Writes += written;
    }

    /// <summary>Writes reals; returns the targets for which there was no room.</summary>
    private HashSet<ulong> WriteReals(DesiredState desired, UnderlayModel underlay, ApplyProgress progress)
    {
        HashSet<ulong> unfit = [];
        foreach (RealModel real in desired.Reals)
        {
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
            progress.Refuse($"reals holds {_maps.Reals.Length - 1} targets and {desired.Reals.Length} are wanted; raise {nameof(DatapathCapacities.Reals)}");
        }

        return unfit;
    }

    /// <summary>The VIPs of the next table, those that are served first: a newcomer never takes their room.</summary>
    private List<VipEntry> MakeVips(DesiredState desired, DateTimeOffset now, HashSet<ulong> unfit, ApplyProgress progress)
    {
        var models = desired.Vips.Where(vip => vip.Ring is not null).ToDictionary(vip => (vip.Network, vip.Address));
        var placement = new VipPlacement(_maps.Vips.Length / 2);
        var next = new List<VipEntry>(models.Count);
        IEnumerable<(uint Network, DatapathAddress Address)> served = VipPlacement.OrderOf(Table(_maps.Config.VipTable)).Where(models.ContainsKey);
        foreach ((uint Network, DatapathAddress Address) key in served)
        {
            placement.TryPlace(key);
            next.Add(MakeVip(models[key], _served[key], now, unfit, progress) ?? _served[key]);
        }

        foreach (VipModel model in models.Values.Where(vip => !_served.ContainsKey((vip.Network, vip.Address))).OrderBy(vip => vip.Address, LayoutOrder.Instance))
        {
            if (!placement.TryPlace((model.Network, model.Address)))
            {
                progress.Refuse(model.LoadBalancer, $"the VIP table of {_maps.Vips.Length / 2} slots has no room for {model.Address}; raise {nameof(DatapathCapacities.VipSlots)}");
            }
            else if (MakeVip(model, null, now, unfit, progress) is { } entry)
            {
                next.Add(entry);
            }
        }

        return next;
    }

    /// <summary>One VIP of the next table; null, and a problem, when it does not fit.</summary>
    private VipEntry? MakeVip(VipModel model, VipEntry? served, DateTimeOffset now, HashSet<ulong> unfit, ApplyProgress progress)
    {
        if (model.Ring!.Targets.Any(unfit.Contains))
        {
            progress.Refuse(model.LoadBalancer, $"reals has no room for the targets of {model.Address}; raise {nameof(DatapathCapacities.Reals)}");
            return null;
        }

        string? full = _vips.TryMake(model, served, now, out VipEntry entry, out DateTimeOffset? quietAt, ref progress.Writes);
        if (full is not null)
        {
            progress.Refuse(model.LoadBalancer, full);
            return null;
        }

        progress.Programmed.Add(model.Address);
        progress.LookAgain(quietAt);
        return entry;
    }

    /// <summary>Writes the table that is not served and switches to it, unless the one that is served holds the same.</summary>
    private void PublishTable(List<VipEntry> next, ApplyProgress progress)
    {
        if (!IsServed(next))
        {
            Step(ApplyStep.WriteVipTable);
            VipTable.Build([.. next.Select(entry => entry.Vip)], Table(_maps.Config.VipTable + 1));
            Step(ApplyStep.Switch);
            Volatile.Write(ref _maps.Config.VipTable, (_maps.Config.VipTable + 1) & 1);
            progress.Writes += next.Count + 1;
            var keys = next.Select(KeyOf).ToHashSet();
            foreach (VipEntry gone in _served.Where(entry => !keys.Contains(entry.Key)).Select(entry => entry.Value))
            {
                _vips.Remove(gone.Vip);
            }
        }

        _served.Clear();
        foreach (VipEntry entry in next)
        {
            _served.Add(KeyOf(entry), entry);
        }
    }

    private bool IsServed(List<VipEntry> next)
    {
        if (next.Count != _served.Count)
        {
            return false;
        }

        foreach (VipEntry entry in next)
        {
            if (!_served.TryGetValue(KeyOf(entry), out VipEntry? served) || !LayoutEquality<Vip>.Instance.Equals(entry.Vip, served.Vip))
            {
                return false;
            }
        }

        return true;
    }

    private static (uint Network, DatapathAddress Address) KeyOf(VipEntry entry) => (entry.Vip.Network, entry.Vip.Addr);
}
