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

    public uint VipIds => (uint)(capacities.VipSlots / 2) + 1;

    public Dictionary<uint, VipCounter> VipCounters { get; } = [];

    public Dictionary<uint, Counter> RealCounters { get; } = [];

    public int GracePeriods { get; private set; }

    public VipCounter ReadVipCounter(uint id) => VipCounters.GetValueOrDefault(id);

    public Counter ReadRealCounter(uint index) => RealCounters.GetValueOrDefault(index);

    public Counter ReadVerdictCounter(Verdict verdict) => default;

    public void ClearVipCounter(uint id) => VipCounters.Remove(id);

    public void ClearRealCounter(uint index) => RealCounters.Remove(index);

    public void WaitForPackets() => GracePeriods++;
}
