using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Apply;

/// <summary>The maps in the process's own memory, for simulations and tests. What the packet programs would count is set by whoever plays them.</summary>
internal sealed class MemoryDatapathMaps(DatapathCapacities capacities) : IDatapathMaps
{
    private readonly DatapathConfig[] _config = new DatapathConfig[1];
    private readonly Vip[] _vips = new Vip[2 * capacities.VipSlots];
    private readonly RingSlot[] _rings = new RingSlot[capacities.RingSlots];
    private readonly Real[] _reals = new Real[capacities.Reals];
    private readonly FlowBucket[] _flows = new FlowBucket[capacities.FlowBuckets];
    private readonly ulong[] _bitmaps = new ulong[capacities.PortBitmaps * (int)PortRules.BitmapWords];

    public ref DatapathConfig Config => ref _config[0];

    public Span<Vip> Vips => _vips;

    public Span<RingSlot> Rings => _rings;

    public Span<Real> Reals => _reals;

    public Span<FlowBucket> Flows => _flows;

    public Span<ulong> PortBitmaps => _bitmaps;

    public IDatapathHash<DatapathAddress, UnderlayNic> Underlay { get; } = new MemoryHash<DatapathAddress, UnderlayNic>("underlay", capacities.Nics);

    public IDatapathHash<NicSourceKey, NicSource> NicSources { get; } = new MemoryHash<NicSourceKey, NicSource>("nic_sources", capacities.NicSources);

    public IDatapathHash<NicSourceKey, DatapathAddress> Translations { get; } = new MemoryHash<NicSourceKey, DatapathAddress>("translations", capacities.NicSources);

    public IDatapathHash<RouteKey, Real> Routes { get; } = new MemoryHash<RouteKey, Real>("routes", capacities.Routes);

    public IDatapathHash<GeneveKey, UnderlayNic> GeneveNics { get; } = new MemoryHash<GeneveKey, UnderlayNic>("geneve_nics", 2 * capacities.Nics);

    public IDatapathHash<QuicKey, uint> QuicServers { get; } = new MemoryHash<QuicKey, uint>("quic_servers", capacities.QuicServers);

    public IDatapathHash<DatapathAddress, uint> UnderlaySources { get; } = new MemoryHash<DatapathAddress, uint>("underlay_sources", capacities.Hosts);

    public IDatapathHash<DatapathAddress, PathMtu> PathMtus { get; } = new MemoryHash<DatapathAddress, PathMtu>("path_mtus", capacities.Reals);

    /// <summary>Counters of verdicts.</summary>
    public Dictionary<Verdict, ulong> Verdicts { get; } = [];

    public uint VipIds => (uint)(capacities.VipSlots / 2) + 1;

    /// <summary>Counters of VIPs by their id.</summary>
    public Dictionary<uint, VipCounter> VipCounters { get; } = [];

    /// <summary>Counters of reals by their index.</summary>
    public Dictionary<uint, Counter> RealCounters { get; } = [];

    /// <summary>How often somebody waited for packets.</summary>
    public int GracePeriods { get; private set; }

    /// <summary>The same arrays for the model of the packet programs; its <see cref="DatapathMaps.Config"/> is as it is now, and hash maps are left out.</summary>
    public DatapathMaps ToModel() => new()
    {
        Config = Config,
        Vips = _vips,
        Rings = _rings,
        Reals = _reals,
        Flows = _flows,
        PortBitmaps = _bitmaps,
    };

    public VipCounter ReadVipCounter(uint id) => VipCounters.GetValueOrDefault(id);

    public Counter ReadRealCounter(uint index) => RealCounters.GetValueOrDefault(index);

    public Counter ReadVerdictCounter(Verdict verdict) => new() { Packets = Verdicts.GetValueOrDefault(verdict) };

    public void ClearVipCounter(uint id) => VipCounters.Remove(id);

    public void ClearRealCounter(uint index) => RealCounters.Remove(index);

    public void WaitForPackets() => GracePeriods++;
}
