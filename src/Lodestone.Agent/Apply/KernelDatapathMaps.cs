using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Lodestone.Linux.Memory;

namespace Lodestone.Agent.Apply;

/// <summary>The maps of a loaded object, mapped into this process.</summary>
public sealed class KernelDatapathMaps : IDatapathMaps, IDisposable
{
    private readonly BpfArray<DatapathConfig> _config;
    private readonly BpfArray<Vip> _vips;
    private readonly BpfArray<RingSlot> _rings;
    private readonly BpfArray<Real> _reals;
    private readonly BpfArray<FlowBucket> _flows;
    private readonly BpfArray<ulong> _portBitmaps;
    private readonly BpfMap _vipStats;
    private readonly BpfMap _realStats;
    private readonly BpfMap _verdicts;

    /// <summary>Takes the maps of a loaded object, which stays the caller's and is disposed after this.</summary>
    public KernelDatapathMaps(BpfObject datapath)
    {
        ArgumentNullException.ThrowIfNull(datapath);
        IReadOnlyDictionary<string, BpfMap> maps = datapath.Maps;
        _config = maps["config"].Mmap<DatapathConfig>();
        _vips = maps["vips"].Mmap<Vip>();
        _rings = maps["rings"].Mmap<RingSlot>();
        _reals = maps["reals"].Mmap<Real>();
        _flows = maps["flows"].Mmap<FlowBucket>();
        _portBitmaps = maps["port_bitmaps"].Mmap<ulong>();
        _vipStats = maps["vip_stats"];
        _realStats = maps["real_stats"];
        _verdicts = maps["verdicts"];
        Underlay = new KernelHash<DatapathAddress, UnderlayNic>(maps["underlay"]);
        GeneveNics = new KernelHash<GeneveKey, UnderlayNic>(maps["geneve_nics"]);
        UnderlaySources = new KernelHash<DatapathAddress, uint>(maps["underlay_sources"]);
        QuicServers = new KernelHash<QuicKey, uint>(maps["quic_servers"]);
        PathMtus = new KernelHash<DatapathAddress, PathMtu>(maps["path_mtus"]);
        NicSources = new KernelHash<NicSourceKey, NicSource>(maps["nic_sources"]);
        Translations = new KernelHash<NicSourceKey, DatapathAddress>(maps["translations"]);
        Routes = new KernelHash<RouteKey, Real>(maps["routes"]);
    }

    /// <inheritdoc/>
    public ref DatapathConfig Config => ref _config[0];

    /// <inheritdoc/>
    public Span<Vip> Vips => _vips.Span;

    /// <inheritdoc/>
    public Span<RingSlot> Rings => _rings.Span;

    /// <inheritdoc/>
    public Span<Real> Reals => _reals.Span;

    /// <inheritdoc/>
    public Span<FlowBucket> Flows => _flows.Span;

    /// <inheritdoc/>
    public Span<ulong> PortBitmaps => _portBitmaps.Span;

    /// <inheritdoc/>
    public IDatapathHash<DatapathAddress, UnderlayNic> Underlay { get; }

    /// <inheritdoc/>
    public IDatapathHash<NicSourceKey, NicSource> NicSources { get; }

    /// <inheritdoc/>
    public IDatapathHash<NicSourceKey, DatapathAddress> Translations { get; }

    /// <inheritdoc/>
    public IDatapathHash<RouteKey, Real> Routes { get; }

    /// <inheritdoc/>
    public IDatapathHash<GeneveKey, UnderlayNic> GeneveNics { get; }

    /// <inheritdoc/>
    public IDatapathHash<DatapathAddress, uint> UnderlaySources { get; }

    /// <inheritdoc/>
    public IDatapathHash<QuicKey, uint> QuicServers { get; }

    /// <inheritdoc/>
    public IDatapathHash<DatapathAddress, PathMtu> PathMtus { get; }

    /// <inheritdoc/>
    public uint VipIds => _vipStats.MaxEntries;

    /// <summary>The sizes to load the object with.</summary>
    public static IReadOnlyDictionary<string, uint> SizesOf(DatapathCapacities capacities)
    {
        ArgumentNullException.ThrowIfNull(capacities);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacities.Reals, FlowBucket.MaxReals);
        return new Dictionary<string, uint>
        {
            ["vips"] = 2 * (uint)capacities.VipSlots,
            ["rings"] = (uint)capacities.RingSlots,
            ["reals"] = (uint)capacities.Reals,
            ["flows"] = (uint)capacities.FlowBuckets,
            ["port_bitmaps"] = (uint)Math.Max(1, capacities.PortBitmaps) * PortRules.BitmapWords,
            ["underlay"] = (uint)capacities.Nics,
            ["geneve_nics"] = 2 * (uint)capacities.Nics,
            ["underlay_sources"] = (uint)capacities.Hosts,
            ["quic_servers"] = (uint)capacities.QuicServers,
            ["path_mtus"] = (uint)capacities.Reals,
            ["nic_sources"] = (uint)capacities.NicSources,
            ["translations"] = (uint)capacities.NicSources,
            ["translated_flows"] = (uint)capacities.TranslatedFlows,
            ["routes"] = (uint)capacities.Routes,
            ["real_stats"] = (uint)capacities.Reals,
            ["vip_stats"] = (uint)(capacities.VipSlots / 2) + 1,
            ["events"] = (uint)Math.Max(capacities.EventBytes, Environment.SystemPageSize),
        };
    }

    /// <inheritdoc/>
    public VipCounter ReadVipCounter(uint id) => PerCpuCounters.SumVip(_vipStats, id);

    /// <inheritdoc/>
    public Counter ReadRealCounter(uint index) => PerCpuCounters.Sum(_realStats, index);

    /// <inheritdoc/>
    public Counter ReadVerdictCounter(Verdict verdict) => PerCpuCounters.Sum(_verdicts, (uint)verdict);

    /// <inheritdoc/>
    public void ClearVipCounter(uint id) => _vipStats.UpdatePerCpu(id, default(VipCounter));

    /// <inheritdoc/>
    public void ClearRealCounter(uint index) => _realStats.UpdatePerCpu(index, default(Counter));

    /// <inheritdoc/>
    public void WaitForPackets() => Membarrier.Global();

    /// <summary>Unmaps the arrays; the maps stay.</summary>
    public void Dispose()
    {
        _config.Dispose();
        _vips.Dispose();
        _rings.Dispose();
        _reals.Dispose();
        _flows.Dispose();
        _portBitmaps.Dispose();
    }
}
