using Lodestone.Agent.Apply;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Tests.Fakes;

/// <summary>The maps in memory. What the packet programs would count is set by tests.</summary>
internal sealed class FakeDatapathMaps(DatapathCapacities capacities) : IDatapathMaps
{
    private readonly DatapathConfig[] _config = new DatapathConfig[1];
    private readonly Vip[] _vips = new Vip[2 * capacities.VipSlots];
    private readonly RingSlot[] _rings = new RingSlot[capacities.RingSlots];
    private readonly Real[] _reals = new Real[capacities.Reals];
    private readonly FlowBucket[] _flows = new FlowBucket[capacities.FlowBuckets];
    private readonly ulong[] _bitmaps = new ulong[capacities.PortBitmaps * 3 * 1024];

    public ref DatapathConfig Config => ref _config[0];

    public Span<Vip> Vips => _vips;

    public Span<RingSlot> Rings => _rings;

    public Span<Real> Reals => _reals;

    public Span<FlowBucket> Flows => _flows;

    public Span<ulong> PortBitmaps => _bitmaps;

    public IDatapathHash<DatapathAddress, UnderlayNic> Underlay { get; } = new FakeHash<DatapathAddress, UnderlayNic>("underlay", capacities.Nics);

    public IDatapathHash<NicSourceKey, NicSource> NicSources { get; } = new FakeHash<NicSourceKey, NicSource>("nic_sources", capacities.NicSources);

    public IDatapathHash<NicSourceKey, DatapathAddress> Translations { get; } = new FakeHash<NicSourceKey, DatapathAddress>("translations", capacities.NicSources);

    public IDatapathHash<RouteKey, Real> Routes { get; } = new FakeHash<RouteKey, Real>("routes", capacities.Routes);

    public IDatapathHash<GeneveKey, UnderlayNic> GeneveNics { get; } = new FakeHash<GeneveKey, UnderlayNic>("geneve_nics", 2 * capacities.Nics);

    public IDatapathHash<QuicKey, uint> QuicServers { get; } = new FakeHash<QuicKey, uint>("quic_servers", capacities.QuicServers);

    public IDatapathHash<DatapathAddress, uint> UnderlaySources { get; } = new FakeHash<DatapathAddress, uint>("underlay_sources", capacities.Hosts);

    public IDatapathHash<DatapathAddress, PathMtu> PathMtus { get; } = new FakeHash<DatapathAddress, PathMtu>("path_mtus", capacities.Reals);

    /// <summary>Counters of verdicts.</summary>
    public Dictionary<Verdict, ulong> Verdicts { get; } = [];

    public uint VipIds => (uint)(capacities.VipSlots / 2) + 1;

    public Dictionary<uint, VipCounter> VipCounters { get; } = [];

    public Dictionary<uint, Counter> RealCounters { get; } = [];

    public int GracePeriods { get; private set; }

    public VipCounter ReadVipCounter(uint id) => VipCounters.GetValueOrDefault(id);

    public Counter ReadRealCounter(uint index) => RealCounters.GetValueOrDefault(index);

    public Counter ReadVerdictCounter(Verdict verdict) => new() { Packets = Verdicts.GetValueOrDefault(verdict) };

    public void ClearVipCounter(uint id) => VipCounters.Remove(id);

    public void ClearRealCounter(uint index) => RealCounters.Remove(index);

    public void WaitForPackets() => GracePeriods++;
}
