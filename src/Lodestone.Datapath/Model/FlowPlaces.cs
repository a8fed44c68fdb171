using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Model;

/// <summary>Who gets a place in a bucket of the flow table, and whose (docs/adr/0011-fair-flow-table.md).</summary>
/// <remarks>
/// Of one VIP, nothing that begins drives out what has begun. Between VIPs, one that has two seats more than another gives
/// way to it. Places are free where the entry is empty, expired or of a dead real.
/// </remarks>
/// <param name="maps">The maps.</param>
/// <param name="bucket">The bucket, as it is.</param>
/// <param name="vip">The low bits of the id of the VIP that wants a place.</param>
/// <param name="now">The clock.</param>
internal readonly ref struct FlowPlaces(DatapathMaps maps, ReadOnlySpan<ulong> bucket, byte vip, uint now)
{
    private const int Never = 4;

    private readonly DatapathMaps _maps = maps;
    private readonly ReadOnlySpan<ulong> _bucket = bucket;
    private readonly byte _vip = vip;
    private readonly uint _now = now;

    /// <summary>Index of the VIP's live entry with this tag, or -1.</summary>
    public int Find(uint tag)
    {
        for (int i = 0; i < _bucket.Length; i++)
        {
            FlowEntry entry = FlowEntry.FromWord(_bucket[i]);
            if (entry.Vip == _vip && entry.Tag == tag && IsLive(entry))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The way for a SYN or INIT, or -1.</summary>
    /// <remarks>
    /// A VIP has one way at most: where it has one, only that, and only if its flow has not begun in time. Else one that is
    /// free or, the longest idle first, one of another VIP whose flow has not begun in time.
    /// </remarks>
    public int ForStart()
    {
        int way = -1;
        int least = Never << 8;
        bool has = Holds(0) || Holds(1);
        for (int i = 0; i < FlowBucket.Ways; i++)
        {
            FlowEntry entry = FlowEntry.FromWord(_bucket[i]);
            if (Holds(i) && !IsStale(entry))
            {
                return -1;
            }

            int rank = !IsLive(entry) ? 0 : IsStale(entry) ? 1 : Never;
            int worth = has && !Holds(i) ? Never << 8 : Worth(entry, rank);
            (way, least) = worth < least ? (i, worth) : (way, least);
        }

        return way;
    }

    /// <summary>The seat for a flow that is not just starting, or -1.</summary>
    /// <param name="hasOpened">Whether its handshake was seen; else it is known by a packet from nowhere, which costs a forger less.</param>
    public int ForFlow(bool hasOpened)
    {
        int seat = -1;
        int least = Never << 8;
        for (int i = FlowBucket.Ways; i < _bucket.Length; i++)
        {
            FlowEntry entry = FlowEntry.FromWord(_bucket[i]);
            int worth = Worth(entry, RankOfSeat(entry, hasOpened));
            (seat, least) = worth < least ? (i, worth) : (seat, least);
        }

        return seat >= 0 ? seat : OfTheGreediest(hasOpened);
    }

    /// <summary>All seats are taken: one of the VIP that has most of them, if that is two more than the asking one has.</summary>
    private int OfTheGreediest(bool hasOpened)
    {
        int mine = SeatsOf(_vip, learntOnly: false);
        if (!hasOpened && SeatsOf(_vip, learntOnly: true) > 0)
        {
            // One claim by a packet from nowhere at a time.
            return -1;
        }

        int seat = -1;
        int most = 0;
        for (int i = FlowBucket.Ways; i < _bucket.Length; i++)
        {
            FlowEntry entry = FlowEntry.FromWord(_bucket[i]);
            int seats = SeatsOf(entry.Vip, learntOnly: false);
            int proof = entry.State switch
            {
                FlowState.Proven => 0,
                FlowState.New => 1,
                _ => 2,
            };
            int score = (seats << 10) | (proof << 8) | entry.Idle(_now);
            (seat, most) = seats >= mine + 2 && score > most ? (i, score) : (seat, most);
        }

        return seat;
    }

    private int SeatsOf(byte vip, bool learntOnly)
    {
        int seats = 0;
        foreach (ulong word in _bucket[FlowBucket.Ways..])
        {
            FlowEntry entry = FlowEntry.FromWord(word);
            seats += entry.Vip == vip && (!learntOnly || entry.State == FlowState.Learnt) ? 1 : 0;
        }

        return seats;
    }

    /// <summary>What goes first has the least. A SYN is in a seat where one came for a flow that was recorded there.</summary>
    private int RankOfSeat(FlowEntry entry, bool hasOpened) =>
        !IsLive(entry) ? 0
        : entry.Vip != _vip ? Never
        : entry.State switch
        {
            FlowState.None or FlowState.Syn => IsStale(entry) ? 1 : Never,
            FlowState.Learnt => IsStale(entry) ? 1 : hasOpened ? 2 : Never,
            FlowState.New => hasOpened && IsStale(entry) ? 3 : Never,
            _ => Never,
        };

    private int Worth(FlowEntry entry, int rank) => (rank << 8) | (rank == 0 ? 0 : 255 - entry.Idle(_now));

    private bool Holds(int way) => FlowEntry.FromWord(_bucket[way]) is var entry && entry.Vip == _vip && IsLive(entry);

    private bool IsStale(FlowEntry entry) => entry.State switch
    {
        FlowState.Syn => entry.Idle(_now) >= FlowBucket.SynStale,
        FlowState.Proven => false,
        _ => entry.Idle(_now) >= FlowBucket.Stale,
    };

    private bool IsLive(FlowEntry entry) => entry.Word != 0 && !entry.IsExpired(_now) && _maps.IsAlive(entry.Real);
}
