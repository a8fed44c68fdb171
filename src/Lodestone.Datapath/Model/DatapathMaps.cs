using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>The maps, as the model reads them and, as for the flow table and the counters of VIPs, writes them.</summary>
public sealed class DatapathMaps
{
    /// <summary>The one element of <c>config</c>.</summary>
    public DatapathConfig Config { get; init; }

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

    /// <summary>What a source address means at a NIC's device.</summary>
    public Dictionary<(uint Ifindex, DatapathAddress Address), NicSource> NicSources { get; } = [];

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
