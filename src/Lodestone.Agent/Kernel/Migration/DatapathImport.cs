using System.Runtime.InteropServices;
using Lodestone.Agent.Apply;
using Lodestone.Bpf;
using Lodestone.Bpf.Btf;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Kernel.Migration;

/// <summary>Fills new maps with what only the old ones know: which index a target has, which slots are in transition or settle, counters, and the records of flows.</summary>
/// <remarks>Everything else comes from the desired state. The old maps are only read: they serve meanwhile.</remarks>
internal sealed class DatapathImport
{
    // Of the outer header in real.ip6, as layout 1 had it.
    private const int SourceOffset = 8;
    private const int DestinationOffset = 24;

    private readonly PinnedSet _from;
    private readonly KernelDatapathMaps _to;
    private readonly IReadOnlyDictionary<string, BpfMap> _maps;
    private readonly bool _sharesFlows;

    /// <summary>New index by old index; 0 where the target found no room.</summary>
    private readonly uint[] _indexes;

    /// <summary>What the last copy of the flow table left there: a word that is another now was a packet's.</summary>
    private ulong[] _copied = [];

    /// <param name="from">The old maps.</param>
    /// <param name="maps">The new ones.</param>
    /// <param name="to">The same, mapped.</param>
    /// <param name="sharesFlows">Whether both use one flow table.</param>
    public DatapathImport(PinnedSet from, IReadOnlyDictionary<string, BpfMap> maps, KernelDatapathMaps to, bool sharesFlows)
    {
        (_from, _maps, _to, _sharesFlows) = (from, maps, to, sharesFlows);
        _indexes = PlaceReals(ReadReals(), to.Reals.Length);
    }

    /// <summary>Maps that both sets may have in common, where they are alike: the packet programs or their counters go on in them.</summary>
    public static IReadOnlyList<string> Shareable { get; } = ["flows", "fragments", "translated_flows", "translated_new", "translated_fragments", "answer_limit", "verdicts", "real_stats", "vip_stats"];

    /// <summary>Brings over reals, VIPs with their rings and port bitmaps, and counters. The new maps are empty and serve nothing.</summary>
    public void Run(IReadOnlySet<string> shared)
    {
        Real[] reals = ReadReals();
        for (uint index = 1; index < reals.Length; index++)
        {
            if (_indexes[index] is not 0 and uint place)
            {
                _to.Reals[(int)place] = reals[index];
                if (!shared.Contains("real_stats"))
                {
                    CopyCounter("real_stats", index, place);
                }
            }
        }

        CopyVips(shared);
        for (uint verdict = 0; !shared.Contains("verdicts") && verdict < Mirrors.VerdictMax; verdict++)
        {
            CopyCounter("verdicts", verdict, verdict);
        }
    }

    /// <summary>Copies records whose real is known here. Again: those that are new or fresher, unless a packet has touched ours since.</summary>
    /// <returns>How many were written.</returns>
    public int CopyFlows()
    {
        if (_sharesFlows || _from.Schema.FlowFormat != (int)DatapathConfig.CurrentFlowFormat)
        {
            return 0;
        }

        using BpfMap old = _from.OpenMap("flows");
        ReadOnlySpan<ulong> from = MemoryMarshal.Cast<byte, ulong>(old.CopyBytes());
        Span<ulong> to = MemoryMarshal.Cast<FlowBucket, ulong>(_to.Flows);
        if (_copied.Length == 0)
        {
            _copied = new ulong[to.Length];
        }

        int written = FlowCopy.Copy(from, to, _copied, _indexes, _to.Reals);
        to.CopyTo(_copied);
        return written;
    }

    /// <summary>The old index wherever there is room for it; else the smallest free one.</summary>
    private static uint[] PlaceReals(Real[] reals, int room)
    {
        var indexes = new uint[reals.Length];
        var free = new SortedSet<uint>();
        for (uint index = 1; index < room; index++)
        {
            if (index < reals.Length && reals[index].Target != 0)
            {
                indexes[index] = index;
            }
            else
            {
                free.Add(index);
            }
        }

        for (int index = Math.Max(1, room); index < reals.Length && free.Count > 0; index++)
        {
            if (reals[index].Target != 0)
            {
                indexes[index] = free.Min;
                free.Remove(free.Min);
            }
        }

        return indexes;
    }

    /// <summary>The reals; of layout 1 the identity is in the outer header's destination.</summary>
    private Real[] ReadReals()
    {
        Real[] reals = Read<Real>("real", "reals");
        LayoutStruct layout = _from.Schema.Structs["real"];
        if (layout.Fields.FirstOrDefault(field => field.Name == "ip6") is not { } outer)
        {
            return reals;
        }

        using BpfMap map = _from.OpenMap("reals");
        ReadOnlySpan<byte> bytes = map.CopyBytes();
        for (int i = 0; i < reals.Length; i++)
        {
            ReadOnlySpan<byte> header = bytes.Slice((i * ((layout.Size + 7) & ~7)) + outer.Offset, outer.Size);
            reals[i].Target = UnderlayAddress.TargetOf(header[DestinationOffset..]);
            reals[i].Src = DatapathAddress.FromBytes(header.Slice(SourceOffset, 16));
            reals[i].Dst = DatapathAddress.FromBytes(header.Slice(DestinationOffset, 16));
        }

        return reals;
    }

    private void CopyVips(IReadOnlySet<string> shared)
    {
        DatapathConfig config = Read<DatapathConfig>("config", "config")[0];
        Vip[] all = Read<Vip>("vip", "vips");
        int slots = all.Length / 2;
        ReadOnlySpan<Vip> served = all.AsSpan((int)(config.VipTable & 1) * slots, slots);
        RingSlot[] rings = Read<RingSlot>("ring_slot", "rings");
        using BpfMap bitmapMap = _from.OpenMap("port_bitmaps");
        ReadOnlySpan<ulong> bitmaps = MemoryMarshal.Cast<byte, ulong>(bitmapMap.CopyBytes());

        Span<Vip> table = _to.Vips[..(_to.Vips.Length / 2)];
        var placement = new VipPlacement(table.Length);
        var ringRegions = new RegionAllocator((uint)_to.Rings.Length);
        var bitmapRegions = new RegionAllocator((uint)_to.PortBitmaps.Length);
        var ids = new IndexAllocator(_to.VipIds);
        var places = served.ToArray().Where(vip => vip.Flags != VipFlags.None).ToDictionary(vip => (vip.Network, vip.Addr));
        var next = new List<Vip>();
        foreach ((uint Network, DatapathAddress Address) key in VipPlacement.OrderOf(served))
        {
            // What finds no room here is made by the desired state, which says so where it finds none either.
            Vip vip = places[key];
            if (placement.TryPlace(key) && TryCopyRing(rings, ref vip, ringRegions) && TryCopyBitmap(bitmaps, ref vip, bitmapRegions))
            {
                next.Add(vip);
            }
        }

        GiveIds(next, ids, shared);
        VipTable.Build([.. next], table);
    }

    private void GiveIds(List<Vip> vips, IndexAllocator ids, IReadOnlySet<string> shared)
    {
        foreach (Vip vip in vips.Where(vip => vip.Id != 0 && vip.Id < _to.VipIds))
        {
            ids.Reserve(vip.Id);
        }

        for (int i = 0; i < vips.Count; i++)
        {
            Vip vip = vips[i];
            uint old = vip.Id;
            if ((old == 0 || old >= _to.VipIds) && ids.TryAllocate(out uint id))
            {
                vip.Id = id;
                vips[i] = vip;
            }

            if (!shared.Contains("vip_stats"))
            {
                CopyCounter("vip_stats", old, vip.Id);
            }
        }
    }

    private bool TryCopyRing(RingSlot[] rings, ref Vip vip, RegionAllocator regions)
    {
        uint length = RegionAllocator.RingSlots(vip);
        if (length == 0)
        {
            return true;
        }

        if (!regions.TryAllocate(length, out uint start))
        {
            return false;
        }

        for (int i = 0; i < length; i++)
        {
            RingSlot slot = rings[vip.RingBase + i];
            slot.Current = Translate(slot.Current);
            slot.Previous = (slot.Previous & ~RingSlot.RealMask) | Translate(slot.Previous & RingSlot.RealMask);
            _to.Rings[(int)start + i] = slot;
        }

        vip.RingBase = start;
        return true;
    }

    private bool TryCopyBitmap(ReadOnlySpan<ulong> bitmaps, ref Vip vip, RegionAllocator regions)
    {
        if (!vip.Flags.HasFlag(VipFlags.PortBitmap))
        {
            return true;
        }

        if (!regions.TryAllocate(PortRules.BitmapWords, out uint start))
        {
            return false;
        }

        bitmaps.Slice((int)vip.PortBitmapBase, PortRules.BitmapWords).CopyTo(_to.PortBitmaps[(int)start..]);
        vip.PortBitmapBase = start;
        return true;
    }

    private uint Translate(uint index) => index < _indexes.Length ? _indexes[index] : 0;

    private void CopyCounter(string name, uint from, uint to)
    {
        using BpfMap old = _from.OpenMap(name);
        if (old.ValueSize == _maps[name].ValueSize)
        {
            old.CopyPerCpuTo(_maps[name], from, to);
        }
    }

    private T[] Read<T>(string name, string map)
        where T : unmanaged
    {
        using BpfMap opened = _from.OpenMap(map);
        return new StructReader<T>(_from.Schema, name).ReadAll(opened.CopyBytes());
    }
}
