using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Model;

/// <summary>Which real a packet goes to: a slot of the ring and, for a slot in transition, the flow table.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>stable</term><description>current. The flow table is neither read nor written.</description></item>
/// <item><term>consult, learn</term><description>SYN or INIT: current, recorded. A recorded flow: its real. Any other: previous, recorded.</description></item>
/// <item><term>consult</term><description>SYN or INIT: current, a record is dropped. A recorded flow: its real. Any other: current, not recorded.</description></item>
/// </list>
/// An ICMP error or a later fragment goes where its flow's next packet would go, were that no SYN or INIT, and leaves no trace in the table.
/// </remarks>
internal sealed class FlowModel(DatapathMaps maps)
{
    /// <summary>The real's index; 0 where there is none.</summary>
    public uint Pick(ref readonly Vip vip, ulong hash, in PacketHeaders packet, byte now)
    {
        if (vip.RingShift == 0)
        {
            return 0;
        }

        uint index = vip.RingBase + FlowHash.Slot(hash, (int)vip.RingShift);
        if (index >= maps.Rings.Length)
        {
            return 0;
        }

        RingSlot slot = maps.Rings[index];
        return (slot.Previous & RingSlot.Consult) == 0
            ? slot.Current & RingSlot.RealMask
            : Consult(in vip, slot, hash, packet, now);
    }

    private uint Consult(ref readonly Vip vip, RingSlot slot, ulong hash, in PacketHeaders packet, byte now)
    {
        uint current = slot.Current & RingSlot.RealMask;
        uint previous = slot.Previous & RingSlot.RealMask;
        bool learn = (slot.Previous & RingSlot.Learn) != 0;
        uint tag = FlowHash.Tag(hash);
        Span<ulong> bucket = maps.Flows[FlowHash.Bucket(hash, maps.Config.FlowMask)].Entries;
        int found = Find(bucket, tag, now);

        if (packet.Follows)
        {
            return found >= 0 ? FlowEntry.FromWord(bucket[found]).Real : learn ? Owner(in vip, current, previous, packet) : current;
        }

        if (packet.StartsFlow)
        {
            ulong fresh = new FlowEntry(tag, FlowState.Syn, now, current).Word;
            if (found >= 0)
            {
                bucket[found] = learn ? fresh : 0;
            }
            else if (learn && current != 0)
            {
                Record(in vip, bucket, fresh, now);
            }

            return current;
        }

        if (found >= 0)
        {
            return Follow(in vip, ref bucket[found], current, now);
        }

        if (!learn)
        {
            return current;
        }

        uint real = Owner(in vip, current, previous, packet);
        if (real != 0)
        {
            FlowState state = TakesCurrent(in vip, packet) ? FlowState.New : FlowState.Learnt;
            Record(in vip, bucket, new FlowEntry(tag, state, now, real).Word, now);
        }

        return real;
    }

    /// <summary>Where a packet of a flow that is not recorded and does not start here goes while the slot learns.</summary>
    private uint Owner(ref readonly Vip vip, uint current, uint previous, in PacketHeaders packet) =>
        TakesCurrent(in vip, packet) || !maps.IsAlive(previous) ? current : previous;

    private static bool TakesCurrent(ref readonly Vip vip, in PacketHeaders packet) =>
        packet.Protocol == PacketHeaders.Udp && vip.Flags.HasFlag(VipFlags.UdpCurrent);

    private uint Follow(ref readonly Vip vip, ref ulong stored, uint current, byte now)
    {
        FlowEntry entry = FlowEntry.FromWord(stored);
        stored = (entry with { Age = now, State = entry.State == FlowState.Syn ? FlowState.New : entry.State }).Word;
        if (entry.Real != current && vip.Id < maps.VipStats.Length)
        {
            maps.VipStats[vip.Id].Pinned++;
        }

        return entry.Real;
    }

    private void Record(ref readonly Vip vip, Span<ulong> bucket, ulong word, byte now)
    {
        int victim = 0;
        for (int i = 1; i < bucket.Length; i++)
        {
            victim = Worth(bucket[i], now) < Worth(bucket[victim], now) ? i : victim;
        }

        bucket[victim] = word;
        if (vip.Id < maps.VipStats.Length)
        {
            maps.VipStats[vip.Id].Recorded++;
        }
    }

    private int Find(Span<ulong> bucket, uint tag, byte now)
    {
        for (int i = 0; i < bucket.Length; i++)
        {
            if (FlowEntry.FromWord(bucket[i]).Tag == tag && IsLive(bucket[i], now))
            {
                return i;
            }
        }

        return -1;
    }

    private bool IsLive(ulong word, byte now)
    {
        FlowEntry entry = FlowEntry.FromWord(word);
        return word != 0 && !entry.IsExpired(now) && maps.IsAlive(entry.Real);
    }

    /// <summary>What goes first has the least: free entries, then SYNs, then learnt and then new flows, of each the longest idle.</summary>
    private int Worth(ulong word, byte now)
    {
        if (!IsLive(word, now))
        {
            return 0;
        }

        FlowEntry entry = FlowEntry.FromWord(word);
        int rank = entry.State switch
        {
            FlowState.Syn => 1,
            FlowState.Learnt => 2,
            _ => 3,
        };
        return (rank << 8) | (255 - (byte)(now - entry.Age));
    }
}
