using System.Runtime.InteropServices;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

namespace Lodestone.Bpf.Bench;

/// <summary>The maps of the bench object, filled for one scenario after the other; what stays as it is isn't written again.</summary>
internal sealed class BenchTables : IDisposable
{
    private const int MaxTargets = 1000;

    // 100 VIPs of 1000 targets, or 10,000 of 3 with 2^9 slots each.
    private const int MaxRingSlots = 100 << 16;
    private const int MaxBuckets = 1 << 20;

    private readonly BpfArray<DatapathConfig> _config;
    private readonly BpfArray<Vip> _vips;
    private readonly BpfArray<ulong> _rings;
    private readonly BpfArray<Real> _reals;
    private readonly BpfArray<FlowBucket> _flows;
    private (int Vips, int Targets) _vipsAre;
    private (int Vips, int Targets, uint Flags) _ringsAre;
    private BenchDelivery? _realsAre;

    public BenchTables(BpfObject loaded)
    {
        _config = loaded.Maps["config"].Mmap<DatapathConfig>();
        _vips = loaded.Maps["vips"].Mmap<Vip>();
        _rings = loaded.Maps["rings"].Mmap<ulong>();
        _reals = loaded.Maps["reals"].Mmap<Real>();
        _flows = loaded.Maps["flows"].Mmap<FlowBucket>();
    }

    /// <summary>The most VIPs of a family.</summary>
    public const int MaxVips = 10_000;

    /// <summary>The sizes to load the object with.</summary>
    public static IReadOnlyDictionary<string, uint> Sizes { get; } = new Dictionary<string, uint>
    {
        ["vips"] = (uint)VipTable.SlotsFor(2 * MaxVips),
        ["rings"] = MaxRingSlots,
        ["reals"] = MaxTargets + 1,
        ["flows"] = MaxBuckets,
        ["real_stats"] = MaxTargets + 1,
        ["vip_stats"] = 2 * MaxVips,
        ["path_mtus"] = 1,
    };

    /// <summary>Makes the tables what the scenario wants but for the slots' state.</summary>
    public void Fill(PacketScenario scenario)
    {
        FillVips(scenario.Vips, scenario.Targets);
        FillReals(scenario.Delivery);
        _config[0] = new DatapathConfig
        {
            HashSeed0 = 0x243f6a8885a308d3,
            HashSeed1 = 0x13198a2e03707344,
            UplinkIfindex = 1,
            VipMask = (uint)VipTable.SlotsFor(2 * scenario.Vips) - 1,
            FlowMask = (uint)scenario.Buckets - 1,
            UplinkMtu = 1600,
            LayoutVersion = DatapathConfig.CurrentLayoutVersion,
        };
    }

    /// <summary>Gives all slots of all rings a state. Previous is the target after current.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="flags"><see cref="RingSlot.Consult"/> and <see cref="RingSlot.Learn"/>, or 0.</param>
    public void FillRings(PacketScenario scenario, uint flags)
    {
        if (_ringsAre == (scenario.Vips, scenario.Targets, flags))
        {
            return;
        }

        _ringsAre = (scenario.Vips, scenario.Targets, flags);
        ushort[] owners = new ushort[1 << MaglevRing.SizeLog2(scenario.Targets)];
        MaglevRing.Build([.. Enumerable.Range(1, scenario.Targets).Select(i => (ulong)i)], owners);
        ulong[] ring = [.. owners.Select(owner => new RingSlot
        {
            Current = (uint)owner + 1,
            Previous = ((uint)((owner + 1) % scenario.Targets) + 1) | flags,
        }.Word)];
        for (int vip = 0; vip < scenario.Vips; vip++)
        {
            ring.CopyTo(_rings.Span[(vip * ring.Length)..]);
        }
    }

    /// <summary>Forgets all flows.</summary>
    public void ClearFlows() => MemoryMarshal.AsBytes(_flows.Span).Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        _config.Dispose();
        _vips.Dispose();
        _rings.Dispose();
        _reals.Dispose();
        _flows.Dispose();
    }

    private void FillVips(int vips, int targets)
    {
        if (_vipsAre == (vips, targets))
        {
            return;
        }

        _vipsAre = (vips, targets);
        int log2 = MaglevRing.SizeLog2(targets);
        List<Vip> all = new(2 * vips);
        foreach (bool isIpv6 in (ReadOnlySpan<bool>)[false, true])
        {
            for (int i = 0; i < vips; i++)
            {
                // Only one family is measured at a time: both may use the same rings.
                Vip vip = new()
                {
                    Addr = BenchPackets.VipOf(isIpv6, i),
                    RingBase = (uint)(i << log2),
                    RingShift = (uint)(64 - log2),
                    Id = (uint)(isIpv6 ? vips + i : i),
                    RangeCount = 2,
                };
                vip.Ranges[0] = new PortRange { From = BenchPackets.Port, To = BenchPackets.Port, Proto = 6 };
                vip.Ranges[1] = new PortRange { From = BenchPackets.Port, To = BenchPackets.Port, Proto = 17 };
                all.Add(vip);
            }
        }

        VipTable.Build(CollectionsMarshal.AsSpan(all), _vips.Span[..VipTable.SlotsFor(2 * vips)]);
    }

    private void FillReals(BenchDelivery delivery)
    {
        if (_realsAre == delivery)
        {
            return;
        }

        _realsAre = delivery;
        for (int i = 1; i <= MaxTargets; i++)
        {
            _reals[i] = delivery.Make(i);
        }
    }
}
