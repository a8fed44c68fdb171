using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Apply;

/// <summary>The maps that the packet programs read, wherever they are kept. Not thread-safe but for the counters.</summary>
/// <remarks>Spans are the maps' own memory: what is written there is what the next packet sees.</remarks>
public interface IDatapathMaps
{
    /// <summary>The one element of <c>config</c>.</summary>
    public ref DatapathConfig Config { get; }

    /// <summary>Both VIP tables, one behind the other.</summary>
    public Span<Vip> Vips { get; }

    /// <summary>All rings.</summary>
    public Span<RingSlot> Rings { get; }

    /// <summary>All reals; index 0 is never used.</summary>
    public Span<Real> Reals { get; }

    /// <summary>The flow table.</summary>
    public Span<FlowBucket> Flows { get; }

    /// <summary>All port bitmaps.</summary>
    public Span<ulong> PortBitmaps { get; }

    /// <summary>Where decapsulated packets go, by outer destination address.</summary>
    public IDatapathHash<DatapathAddress, UnderlayNic> Underlay { get; }

    /// <summary>What NICs may use as source address.</summary>
    public IDatapathHash<NicSourceKey, NicSource> NicSources { get; }

    /// <summary>At a NIC's device: the own address that takes the place of a VIP, and of itself.</summary>
    public IDatapathHash<NicSourceKey, DatapathAddress> Translations { get; }

    /// <summary>The ways to the network interfaces that addresses of a network belong to.</summary>
    public IDatapathHash<RouteKey, Real> Routes { get; }

    /// <summary>NICs of this machine by its addresses and their number.</summary>
    public IDatapathHash<GeneveKey, UnderlayNic> GeneveNics { get; }

    /// <summary>Who may encapsulate to this machine.</summary>
    public IDatapathHash<DatapathAddress, uint> UnderlaySources { get; }

    /// <summary>Reals by what QUIC connection IDs say.</summary>
    public IDatapathHash<QuicKey, uint> QuicServers { get; }

    /// <summary>What routers say about the ways to reals, by outer destination. The programs change values.</summary>
    public IDatapathHash<DatapathAddress, PathMtu> PathMtus { get; }

    /// <summary>Elements of <c>vip_stats</c>: ids of VIPs are below.</summary>
    public uint VipIds { get; }

    /// <summary>Totals of a VIP over all CPUs.</summary>
    public VipCounter ReadVipCounter(uint id);

    /// <summary>Totals of a real over all CPUs.</summary>
    public Counter ReadRealCounter(uint index);

    /// <summary>Totals of a verdict over all CPUs.</summary>
    public Counter ReadVerdictCounter(Verdict verdict);

    /// <summary>Sets a VIP's counters to zero, before its id means another VIP.</summary>
    public void ClearVipCounter(uint id);

    /// <summary>Sets a real's counters to zero, before its index means another real.</summary>
    public void ClearRealCounter(uint index);

    /// <summary>Returns when every packet that was being handled when it was called has been dealt with (a grace period of RCU).</summary>
    public void WaitForPackets();
}
