using System.Buffers;
using System.Runtime.InteropServices;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Apply;

/// <summary>Makes one VIP: its id, its ring and its port bitmap, in regions that nothing else reads.</summary>
internal sealed class VipWriter
{
    private readonly IDatapathMaps _maps;
    private readonly RealTable _reals;
    private readonly QuietTracker _quiet;
    private readonly LateWindows _late = new();
    private readonly RegionAllocator _rings;
    private readonly RegionAllocator _bitmaps;
    private readonly IndexAllocator _ids;
    private readonly List<uint> _releasedRings = [];
    private readonly List<uint> _releasedBitmaps = [];

    public VipWriter(IDatapathMaps maps, RealTable reals, ReadOnlySpan<Vip> served)
    {
        _maps = maps;
        _reals = reals;
        _quiet = new QuietTracker(maps);
        _rings = RegionAllocator.OfRings(served, (uint)maps.Rings.Length);
        _bitmaps = RegionAllocator.OfPortBitmaps(served, (uint)maps.PortBitmaps.Length);
        _ids = new IndexAllocator(maps.VipIds);
        foreach (ref readonly Vip vip in served)
        {
            if (vip.Flags != VipFlags.None)
            {
                _ids.Reserve(vip.Id);
            }
        }
    }

    /// <summary>Whether regions or ids wait for a grace period.</summary>
    public bool HasReleased => _releasedRings.Count + _releasedBitmaps.Count + _ids.Quarantine.Count > 0;

    /// <summary>The part of <c>rings</c> that a VIP uses.</summary>
    public static Span<RingSlot> RingOf(IDatapathMaps maps, in Vip vip) => maps.Rings.Slice((int)vip.RingBase, (int)RegionAllocator.RingSlots(vip));

    /// <summary>Whether a ring has slots that settle.</summary>
    public static bool IsSettling(ReadOnlySpan<RingSlot> ring)
    {
        foreach (RingSlot slot in ring)
        {
            if ((slot.Previous & (RingSlot.Consult | RingSlot.Learn)) == RingSlot.Consult)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Makes what the VIP is to be. A ring that keeps its size is changed in place, slot by slot: a slot is one word and stands
    /// for itself. Any other change goes into a free region and is seen once the VIP table is switched.
    /// </summary>
    /// <param name="model">What is desired.</param>
    /// <param name="served">What is served; null for a new VIP.</param>
    /// <param name="now">The time.</param>
    /// <param name="result">The VIP for the next table.</param>
    /// <param name="writes">Counts what is written.</param>
    /// <returns>Null, or what is full; then nothing has changed.</returns>
    public string? TryMake(VipModel model, VipEntry? served, DateTimeOffset now, out VipEntry result, ref long writes)
    {
        result = served ?? new VipEntry { Vip = default, IsSettling = false };
        uint id = 0;
        if (served is null && !_ids.TryAllocate(out id))
        {
            return $"vip_stats holds {_maps.VipIds - 1} VIPs; {Capacity.Vips.Remedy}";
        }

        Vip vip = served?.Vip ?? new Vip { Addr = model.Address, Network = model.Network, Id = id };
        Vip before = vip;
        vip.Flags = VipFlags.Used
            | (model.Announce ? VipFlags.Announce : VipFlags.None)
            | (model.UdpToCurrent ? VipFlags.UdpCurrent : VipFlags.None);
        SetKeys(model, ref vip);
        SetQuic(model.Routing.Quic, ref vip);
        bool isAnother = false;
        string? full = MakePorts(model.Ports, before, ref vip, ref writes) ?? MakeRing(model, served, before, now, ref vip, out isAnother, ref writes);
        if (full is not null)
        {
            Undo(before, vip, isNew: served is null);
            return full;
        }

        if (served is null)
        {
            _maps.ClearVipCounter(id);
        }

        Supersede(before, vip);
        ReadOnlySpan<RingSlot> made = RingOf(_maps, vip);
        if (!Learns(made))
        {
            _late.Close(vip.Id);
        }

        bool isSettling = IsSettling(made);
        DateTimeOffset? lookAgainAt = LacksReal(model.Ring!) ? DateTimeOffset.MinValue : _late.NextEnd(vip.Id, now);
        if (!isSettling)
        {
            _quiet.Forget(vip.Id);
        }
        else if (!_quiet.IsQuiet(vip.Id, now, out DateTimeOffset quietAt) && !(lookAgainAt < quietAt))
        {
            lookAgainAt = quietAt;
        }

        result = new VipEntry { Vip = vip, IsSettling = isSettling, IsLate = isAnother, LookAgainAt = lookAgainAt, Model = model };
        return null;
    }

    /// <summary>Gives up what a VIP used that is no longer served; free after the next grace period.</summary>
    public void Remove(in Vip vip)
    {
        Supersede(vip, default);
        _quiet.Forget(vip.Id);
        _late.Close(vip.Id);
        _ids.Retire(vip.Id);
    }

    /// <summary>Frees what was given up. The caller has waited for a grace period.</summary>
    public void Release()
    {
        _releasedRings.ForEach(_rings.Free);
        _releasedBitmaps.ForEach(_bitmaps.Free);
        foreach (uint id in _ids.Quarantine.ToArray())
        {
            _ids.Recycle(id);
        }

        _releasedRings.Clear();
        _releasedBitmaps.Clear();
    }

    /// <summary>What slots go by, went by, and what else a policy says.</summary>
    private static void SetKeys(VipModel model, ref Vip vip)
    {
        var key = VipSlotKey.Of(model.History.Key, model.Address);
        key.SetOn(ref vip);
        (model.Ring?.OldKey is { } old ? VipSlotKey.Of(old, model.Address) : key).SetFormerOn(ref vip, key);
        vip.Flags |= (key.ByClient && model.Routing.AnyFragment ? VipFlags.AnyFragment : VipFlags.None)
            | (model.Routing.DropsPings ? VipFlags.NoEcho : VipFlags.None)
            | (model.Routing.Translates ? VipFlags.Translated : VipFlags.None);
    }

    private static void SetQuic(QuicModel? quic, ref Vip vip)
    {
        vip.Flags |= quic is null ? VipFlags.None : VipFlags.Quic;
        vip.QuicIdLen = quic?.IdBytes ?? 0;
        vip.QuicByPort = quic is { Ports.IsEmpty: false } ? (byte)1 : (byte)0;
    }

    private string? MakePorts(PortRules ports, in Vip before, ref Vip vip, ref long writes)
    {
        if (!ports.NeedsBitmap)
        {
            ports.ApplyTo(ref vip);
            return null;
        }

        ulong[] words = ArrayPool<ulong>.Shared.Rent(PortRules.BitmapWords);
        try
        {
            Span<ulong> bitmap = words.AsSpan(0, PortRules.BitmapWords);
            ports.WriteBitmap(bitmap);
            if (before.Flags.HasFlag(VipFlags.PortBitmap) && BitmapAt(before.PortBitmapBase).SequenceEqual(bitmap))
            {
                ports.ApplyTo(ref vip, before.PortBitmapBase);
                return null;
            }

            if (!_bitmaps.TryAllocate(PortRules.BitmapWords, out uint start))
            {
                return $"port_bitmaps holds the ports of {_bitmaps.Capacity / PortRules.BitmapWords} VIPs with more than"
                    + $" {PortRanges.Length} ranges; {Capacity.PortLists.Remedy}";
            }

            bitmap.CopyTo(BitmapAt(start));
            writes++;
            ports.ApplyTo(ref vip, start);
            return null;
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(words);
        }
    }

    private string? MakeRing(VipModel model, VipEntry? served, in Vip before, DateTimeOffset now, ref Vip vip, out bool isAnother, ref long writes)
    {
        isAnother = false;
        FoldedRing ring = model.Ring!;
        uint[] reals = new uint[ring.Targets.Length];
        for (int i = 0; i < reals.Length; i++)
        {
            // A target that is dead, but whose window lasts, has no real and needs none.
            _reals.Indexes.TryGetValue(ring.Targets[i], out reals[i]);
        }

        // A VIP that was only read off the table may have learnt for this gateway's own sake.
        bool keeps = served is { Model: null } || _late.IsOpen(before.Id, now);
        var former = VipSlotKey.OfUnrecorded(before);
        bool isRekeyed = before.RingShift != 0 && former != VipSlotKey.OfUnrecorded(vip) && (keeps || !before.Flags.HasFlag(VipFlags.Rekeyed));
        RingPast past = new()
        {
            Ring = RingOf(_maps, before),
            IsQuiet = served is { IsSettling: true } && _quiet.IsQuiet(before.Id, now, out _),
            Alive = AliveReals(model),
            KeepsLearning = keeps,
            IsRekeyed = isRekeyed,
        };
        int sizeLog2 = RingSettling.SizeLog2(ring, reals, past);
        int length = sizeLog2 == 0 ? 0 : 1 << sizeLog2;
        RingSlot[] scratch = ArrayPool<RingSlot>.Shared.Rent(length);
        try
        {
            Span<RingSlot> slots = scratch.AsSpan(0, length);
            LearningSlots learning = length > 0 ? RingSettling.Write(ring, reals, past, slots) : default;
            Follow(learning, model, served, before, now);
            if (_late.IsOpen(before.Id, now) && Learns(slots))
            {
                bool udpIsOld = _late.HoldsUdp(before.Id, now) || model.Routing.UdpUntil > now;
                vip.Flags = udpIsOld ? vip.Flags & ~VipFlags.UdpCurrent : vip.Flags | VipFlags.UdpCurrent;
            }

            if (isRekeyed && learning.IsAnother)
            {
                former.SetFormerOn(ref vip, VipSlotKey.Of(model.History.Key, model.Address));
            }

            isAnother = learning.IsAnother;
            return StoreRing(slots, before, ref vip, ref writes);
        }
        finally
        {
            ArrayPool<RingSlot>.Shared.Return(scratch);
        }
    }

    /// <summary>Opens the window of a VIP that has heard of a change late: after the change's window, or with too little of it left.</summary>
    private void Follow(LearningSlots learning, VipModel model, VipEntry? served, in Vip before, DateTimeOffset now)
    {
        if (learning.Late > 0)
        {
            _late.Open(before.Id, now, model.Routing.LateWindow, holdsUdp: true);
        }
        else if (learning.Begun > 0 && model.History.LateWindowAfter(served?.Model?.Routing.RingGeneration ?? 0, now) is { } window)
        {
            _late.Open(before.Id, now, window, holdsUdp: true);
        }
        else if (served is { Model: null })
        {
            // Read off the table: slots learn, or unknown UDP flows are older ones, and nothing published says why.
            bool udpWasOld = !before.Flags.HasFlag(VipFlags.UdpCurrent);
            if (learning.Kept > 0 || (udpWasOld && model.UdpToCurrent))
            {
                _late.Open(before.Id, now, model.Routing.LateWindow, udpWasOld);
            }
        }
    }

    private uint[] AliveReals(VipModel model)
    {
        List<uint> alive = new(model.Alive.Length);
        foreach (ulong target in model.Alive)
        {
            if (_reals.Indexes.TryGetValue(target, out uint index) && index != 0)
            {
                alive.Add(index);
            }
        }

        return [.. alive];
    }

    /// <summary>Whether a slot names a target without a real, which may get one without the ring's being another.</summary>
    private bool LacksReal(FoldedRing ring)
    {
        bool[]? lacks = null;
        for (int i = 0; i < ring.Targets.Length; i++)
        {
            if (!_reals.Indexes.ContainsKey(ring.Targets[i]))
            {
                lacks ??= new bool[ring.Targets.Length];
                lacks[i] = true;
            }
        }

        if (lacks is null)
        {
            return false;
        }

        foreach (RingPair pair in ring.Slots)
        {
            if ((pair.Current >= 0 && lacks[pair.Current]) || (pair.Previous >= 0 && lacks[pair.Previous]))
            {
                return true;
            }
        }

        return false;
    }

    private string? StoreRing(ReadOnlySpan<RingSlot> slots, in Vip before, ref Vip vip, ref long writes)
    {
        vip.RingBase = 0;
        vip.RingShift = RegionAllocator.RingShift(slots.Length);
        if (slots.IsEmpty)
        {
            return null;
        }

        bool fits = RegionAllocator.RingSlots(before) == slots.Length;
        if (fits && !TurnsUdpOld(before, vip, slots))
        {
            vip.RingBase = before.RingBase;
        }
        else if (_rings.TryAllocate((uint)slots.Length, out uint start))
        {
            vip.RingBase = start;
        }
        else if (fits)
        {
            vip.RingBase = before.RingBase;
        }
        else
        {
            vip.RingShift = 0;
            return $"rings has no {slots.Length} free slots in a row ({_rings.Used} of {_rings.Capacity} are used);"
                + $" {Capacity.RingSlots.Remedy}";
        }

        ReadOnlySpan<ulong> from = MemoryMarshal.Cast<RingSlot, ulong>(slots);
        Span<ulong> to = MemoryMarshal.Cast<RingSlot, ulong>(_maps.Rings.Slice((int)vip.RingBase, slots.Length));
        for (int i = 0; i < from.Length; i++)
        {
            if (to[i] != from[i])
            {
                Volatile.Write(ref to[i], from[i]);
                writes++;
            }
        }

        return null;
    }

    /// <summary>
    /// Whether unknown UDP flows, which were the current owners', become the previous ones'. The table says that and the ring who they are: they have to
    /// change in one moment, or a flow that sends in between is recorded for the wrong one.
    /// </summary>
    private static bool TurnsUdpOld(in Vip before, in Vip vip, ReadOnlySpan<RingSlot> slots)
    {
        if (!before.Flags.HasFlag(VipFlags.UdpCurrent) || vip.Flags.HasFlag(VipFlags.UdpCurrent))
        {
            return false;
        }

        return Learns(slots);
    }

    private static bool Learns(ReadOnlySpan<RingSlot> ring)
    {
        foreach (RingSlot slot in ring)
        {
            if ((slot.Previous & RingSlot.Learn) != 0)
            {
                return true;
            }
        }

        return false;
    }

    private Span<ulong> BitmapAt(uint start) => _maps.PortBitmaps.Slice((int)start, PortRules.BitmapWords);

    /// <summary>Gives up regions of the old that the new does not use.</summary>
    private void Supersede(in Vip old, in Vip next)
    {
        if (old.RingShift != 0 && (next.RingShift == 0 || next.RingBase != old.RingBase))
        {
            _releasedRings.Add(old.RingBase);
        }

        if (old.Flags.HasFlag(VipFlags.PortBitmap) && !(next.Flags.HasFlag(VipFlags.PortBitmap) && next.PortBitmapBase == old.PortBitmapBase))
        {
            _releasedBitmaps.Add(old.PortBitmapBase);
        }
    }

    /// <summary>Takes back regions that were taken for a VIP that did not fit. No packet has seen them.</summary>
    private void Undo(in Vip before, in Vip vip, bool isNew)
    {
        if (vip.Flags.HasFlag(VipFlags.PortBitmap) && !(before.Flags.HasFlag(VipFlags.PortBitmap) && before.PortBitmapBase == vip.PortBitmapBase))
        {
            _bitmaps.Free(vip.PortBitmapBase);
        }

        if (isNew)
        {
            _ids.Retire(vip.Id);
            _ids.Recycle(vip.Id);
        }
    }
}
