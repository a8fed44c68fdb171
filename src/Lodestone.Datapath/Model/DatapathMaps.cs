using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>The maps, as the model reads them and, as for the flow table and the counters of VIPs, writes them.</summary>
public sealed class DatapathMaps
{
    /// <summary>The one element of <c>config</c>.</summary>
    public DatapathConfig Config { get; set; }

    /// <summary>Both VIP tables, one behind the other, each of <see cref="DatapathConfig.VipMask"/> + 1 slots.</summary>
    public Vip[] Vips { get; init; } = [];

    /// <summary>All rings.</summary>
    public RingSlot[] Rings { get; init; } = [];

    /// <summary>All reals; the first is unused.</summary>
    public Real[] Reals { get; init; } = [];

    /// <summary>The flow table: <see cref="DatapathConfig.FlowMask"/> + 1 buckets.</summary>
    public FlowBucket[] Flows { get; init; } = [];

    /// <summary>All port bitmaps.</summary>
    public ulong[] PortBitmaps { get; init; } = [];

    /// <summary>By <see cref="Vip.Id"/>.</summary>
    public VipCounter[] VipStats { get; init; } = [];

    /// <summary>How many senders of too large packets may still be told. The program refills this by its clock, the model never.</summary>
    public int AnswersLeft { get; set; } = int.MaxValue;

    /// <summary>Flows of packets that come in fragments. The program forgets the least recently used, the model none.</summary>
    public Dictionary<FragmentKey, FragmentFlow> Fragments { get; } = [];

    /// <summary>NICs of this machine by their underlay address.</summary>
    public Dictionary<DatapathAddress, UnderlayNic> Underlay { get; } = [];

    /// <summary>NICs of this machine by address of this machine and number.</summary>
    public Dictionary<GeneveKey, UnderlayNic> GeneveNics { get; } = [];

    /// <summary>Machines that may encapsulate to this one, where <see cref="ConfigFlags.CheckSources"/> is set.</summary>
    public HashSet<DatapathAddress> UnderlaySources { get; } = [];

    /// <summary>Reals by what QUIC connection IDs say.</summary>
    public Dictionary<QuicKey, uint> QuicServers { get; } = [];

    /// <summary>What is known of the ways to outer destinations; the model, as the program, changes what is there and adds none.</summary>
    public Dictionary<DatapathAddress, PathMtu> PathMtus { get; } = [];

    /// <summary>What a source address means at a NIC's device.</summary>
    public Dictionary<(uint Ifindex, DatapathAddress Address), NicSource> NicSources { get; } = [];

    /// <summary>The ways to the NICs of networks that have one on this machine; <see cref="RealKind.None"/> where none is known.</summary>
    public Dictionary<RouteKey, Real> Routes { get; } = [];

    /// <summary>At a NIC's device: the NIC's own address by a VIP whose place it takes, and by itself.</summary>
    public Dictionary<(uint Ifindex, DatapathAddress Address), DatapathAddress> Translations { get; } = [];

    /// <summary>Flows that came by a VIP and that their NIC has answered. The program forgets the least recently used, the model none.</summary>
    public Dictionary<TranslatedKey, TranslatedFlow> TranslatedFlows { get; } = [];

    /// <summary>Likewise those that it has not answered.</summary>
    public Dictionary<TranslatedKey, TranslatedFlow> TranslatedNew { get; } = [];

    /// <summary>The VIPs that answers in fragments are from, by their first.</summary>
    public Dictionary<FragmentKey, DatapathAddress> TranslatedFragments { get; } = [];

    /// <summary>The VIP with this address, or -1: an index into <see cref="Vips"/>.</summary>
    public int FindVip(DatapathAddress address, uint network)
    {
        int slots = (int)Config.VipMask + 1;
        int table = Config.VipTable == 0 ? 0 : slots;
        int slot = Tables.VipTable.Find(Vips.AsSpan(table, slots), address, network);
        return slot < 0 ? -1 : table + slot;
    }

    /// <summary>Whether flows recorded for a real still go to it.</summary>
    public bool IsAlive(uint real) => real < Reals.Length && Reals[real].Kind != RealKind.None;
}
