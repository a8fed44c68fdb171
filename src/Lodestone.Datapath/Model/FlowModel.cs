using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;

namespace Lodestone.Datapath.Model;

/// <summary>Which real a packet goes to: a slot of the ring and, for a slot in transition, the flow table.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>stable</term><description>current. The flow table is neither read nor written.</description></item>
/// <item><term>consult, learn</term><description>SYN or INIT: current, recorded. A recorded flow: its real. Any other: previous, recorded.</description></item>
/// <item><term>consult</term><description>SYN or INIT: current, a record is dropped. A recorded flow: its real. Any other: current, not recorded.</description></item>
/// </list>
/// A SYN or INIT for which a learning slot finds no place goes where the next packets of its flow will go: to previous.
/// Who gets a place is <see cref="FlowPlaces"/>' matter.
/// Where slots go by the client, or went by something else a while ago, see <see cref="ConsultKeyed"/>. An ICMP error or a later fragment goes where its flow's next packet would go, were that no SYN or INIT, and leaves no trace in the table.
/// </remarks>
internal sealed class FlowModel(DatapathMaps maps)
{
    /// <summary>The real's index; 0 where there is none.</summary>
    public uint Pick(ref readonly Vip vip, in FlowKeys keys, in PacketHeaders packet, uint now)
    {
        if (vip.RingShift == 0)
        {
            return 0;
        }

        uint index = vip.RingBase + FlowHash.Slot(keys.Slot, (int)vip.RingShift);
        if (index >= maps.Rings.Length)
        {
            return 0;
        }

        RingSlot slot = maps.Rings[index];
        if ((slot.Previous & RingSlot.Consult) == 0)
        {
            return slot.Current & RingSlot.RealMask;
        }

        return FlowKeys.AreNeeded(in vip)
            ? ConsultKeyed(in vip, slot, keys, packet, now)
            : Consult(in vip, slot, keys.Flow, packet, now);
    }

    /// <summary>A slot in transition of a VIP whose slots go by the client, or went by something else before.</summary>
    /// <remarks>
    /// Beside the records of flows there are records of clients, under the hash their slot comes from. Flows are kept as ever; a client's
    /// new flows follow its record. One that starts and whose client is unknown goes, for as long as such are taken for older ones than the
    /// change, to previous. An established flow without a record is older than the change, whatever its client did since
    /// (docs/adr/0010-session-affinity.md).
    /// </remarks>
    private uint ConsultKeyed(ref readonly Vip vip, RingSlot slot, in FlowKeys keys, in PacketHeaders packet, uint now)
    {
        KeyedChoice choice = Choose(in vip, slot, keys, packet, now);
        uint current = slot.Current & RingSlot.RealMask;
        bool learn = (slot.Previous & RingSlot.Learn) != 0;
        uint real = choice.Real;
        if (packet.Follows || (real == 0 && choice.Decision != SlotDecision.NoPlace))
        {
            return real;
        }

        if (choice.Decision is SlotDecision.Recorded or SlotDecision.ClientRecorded && real != current && vip.Id < maps.VipStats.Length)
        {
            maps.VipStats[vip.Id].Pinned++;
        }

        Span<ulong> bucket = BucketOf(keys.Flow);
        bool remember = learn || real != current;
        bool meetsClient = vip.Flags.HasFlag(VipFlags.ByClient) && learn && TellsClient(bucket, choice.Flow, packet);
        if (packet.StartsFlow && choice.Flow.IsFound)
        {
            StartAgain(in vip, ref bucket[choice.Flow.Index], remember, choice.Flow.Tag, real, now);
        }
        else if (choice.Flow.IsFound)
        {
            Refresh(bucket, choice.Flow.Index, starts: false, now);
        }
        else if (remember || choice.Decision == SlotDecision.NoPlace)
        {
            RecordNew(in vip, keys.Flow, packet, real, now);
        }

        if (real == 0)
        {
            return 0;
        }

        if (vip.Flags.HasFlag(VipFlags.ByClient) && choice.Client.IsFound)
        {
            Refresh(BucketOf(keys.Slot), choice.Client.Index, packet.StartsFlow, now);
        }
        else if (meetsClient)
        {
            RecordNew(in vip, keys.Slot, packet, real, now);
        }

        return real;
    }

    /// <summary>What is decided about a packet of such a VIP, and by which records. Reads only.</summary>
    internal KeyedChoice Choose(ref readonly Vip vip, RingSlot slot, in FlowKeys keys, in PacketHeaders packet, uint now)
    {
        uint current = slot.Current & RingSlot.RealMask;
        bool learn = (slot.Previous & RingSlot.Learn) != 0;
        bool byClient = vip.Flags.HasFlag(VipFlags.ByClient);
        bool isUdp = packet.Protocol == PacketHeaders.Udp;
        bool starts = packet.StartsFlow && !packet.Follows;
        Place flow = Look(in vip, keys.Flow, now);
        Place client = byClient ? Look(in vip, keys.Slot, now) : Place.None;
        uint previous = Previous(in vip, slot, keys.Old);
        bool keepsPrevious = learn && maps.IsAlive(previous);
        (uint real, SlotDecision decision) =
            flow.Real != 0 && !starts ? (flow.Real, SlotDecision.Recorded)
            : client.Real != 0 && (starts || (learn && !keepsPrevious) || (isUdp && (!learn || vip.Flags.HasFlag(VipFlags.UdpCurrent)))) ? (client.Real, SlotDecision.ClientRecorded)
            : starts && (StartsAnew(in vip) || !keepsPrevious) ? (current, SlotDecision.StartsFlow)
            : starts ? (previous, SlotDecision.ClientMayBeOlder)
            : isUdp && vip.Flags.HasFlag(VipFlags.UdpCurrent) ? (current, SlotDecision.UdpIsNew)
            : keepsPrevious ? (previous, SlotDecision.PreviousOwner)
            : (current, learn ? SlotDecision.PreviousOwnerDead : SlotDecision.Unrecorded);

        // A flow that starts and can't be recorded goes as its next packet will.
        if (starts && !flow.IsFound && real != 0 && (learn || real != current) && Places(in vip, keys.Flow, now).ForStart() < 0)
        {
            (real, decision) = (client.Real != 0 && learn && !keepsPrevious ? client.Real : keepsPrevious ? previous : current, SlotDecision.NoPlace);
        }

        return new KeyedChoice(real, decision, previous, flow, client);
    }

    /// <summary>
    /// Whether a packet tells where its unknown client's new flows go: one that starts or has started just now, or whose flow has no record.
    /// One with a record may have been kept elsewhere since an older change.
    /// </summary>
    private static bool TellsClient(Span<ulong> bucket, Place flow, in PacketHeaders packet) =>
        packet.StartsFlow || !flow.IsFound || FlowEntry.FromWord(bucket[flow.Index]).State == FlowState.Syn;

    /// <summary>Whether a flow that starts, and whose client has no record, is taken for one of a new client.</summary>
    private static bool StartsAnew(ref readonly Vip vip) =>
        !vip.Flags.HasFlag(VipFlags.ByClient)
        || vip.Flags.HasFlag(VipFlags.UdpCurrent)
        || (vip.Flags & (VipFlags.Rekeyed | VipFlags.OldByClient)) == VipFlags.Rekeyed; // clients had no place

    /// <summary>The oldest living owner of the slot that unrecorded flows are of.</summary>
    private uint Previous(ref readonly Vip vip, RingSlot slot, ulong old)
    {
        if (!vip.Flags.HasFlag(VipFlags.Rekeyed))
        {
            return slot.Previous & RingSlot.RealMask;
        }

        uint index = vip.RingBase + FlowHash.Slot(old, (int)vip.RingShift);
        return index < maps.Rings.Length ? maps.Rings[index].Previous & RingSlot.RealMask : 0;
    }

    private Span<ulong> BucketOf(ulong hash) => maps.Flows[FlowHash.Bucket(hash, maps.Config.FlowMask)].Entries;

    private FlowPlaces Places(ref readonly Vip vip, ulong hash, uint now) => new(maps, BucketOf(hash), (byte)vip.Id, now);

    private Place Look(ref readonly Vip vip, ulong hash, uint now)
    {
        uint tag = FlowHash.Tag(hash);
        int index = Places(in vip, hash, now).Find(tag);
        return new Place(hash, tag, index, index < 0 ? 0 : FlowEntry.FromWord(BucketOf(hash)[index]).Real);
    }

    /// <summary>A record of a flow or a client that has none, by what its packet tells.</summary>
    private void RecordNew(ref readonly Vip vip, ulong hash, in PacketHeaders packet, uint real, uint now)
    {
        FlowPlaces places = Places(in vip, hash, now);
        FlowState state = packet.StartsFlow ? FlowState.Syn : FlowState.Learnt;
        int place = packet.StartsFlow ? places.ForStart() : places.ForFlow(hasOpened: false);
        Record(in vip, BucketOf(hash), place, FlowEntry.Fresh(vip.Id, FlowHash.Tag(hash), state, now, real));
    }

    private uint Consult(ref readonly Vip vip, RingSlot slot, ulong hash, in PacketHeaders packet, uint now)
    {
        uint current = slot.Current & RingSlot.RealMask;
        uint previous = slot.Previous & RingSlot.RealMask;
        bool learn = (slot.Previous & RingSlot.Learn) != 0;
        uint tag = FlowHash.Tag(hash);
        Span<ulong> bucket = maps.Flows[FlowHash.Bucket(hash, maps.Config.FlowMask)].Entries;
        var places = new FlowPlaces(maps, bucket, (byte)vip.Id, now);
        int found = places.Find(tag);

        if (packet.Follows)
        {
            return found >= 0 ? FlowEntry.FromWord(bucket[found]).Real : learn ? Owner(in vip, current, previous, packet) : current;
        }

        if (packet.StartsFlow)
        {
            return found >= 0 ? StartAgain(in vip, ref bucket[found], learn, tag, current, now)
                : !learn || current == 0 || Record(in vip, bucket, places.ForStart(), FlowEntry.Fresh(vip.Id, tag, FlowState.Syn, now, current)) ? current
                : Owner(in vip, current, previous, packet);
        }

        if (found >= 0)
        {
            return Follow(in vip, bucket, found, current, now);
        }

        if (!learn)
        {
            return current;
        }

        uint real = Owner(in vip, current, previous, packet);
        if (real != 0)
        {
            Record(in vip, bucket, places.ForFlow(hasOpened: false), FlowEntry.Fresh(vip.Id, tag, FlowState.Learnt, now, real));
        }

        return real;
    }

    /// <summary>Where a packet of a flow that is not recorded, and is not recorded as starting, goes while the slot learns.</summary>
    private uint Owner(ref readonly Vip vip, uint current, uint previous, in PacketHeaders packet) =>
        (packet.Protocol == PacketHeaders.Udp && vip.Flags.HasFlag(VipFlags.UdpCurrent)) || !maps.IsAlive(previous) ? current : previous;

    /// <summary>A SYN or INIT on a recorded tuple: what is recorded for current already stays as it is.</summary>
    private static uint StartAgain(ref readonly Vip vip, ref ulong stored, bool remember, uint tag, uint current, uint now)
    {
        FlowEntry entry = FlowEntry.FromWord(stored);
        if (!remember)
        {
            stored = 0;
        }
        else if (entry.State == FlowState.Syn || entry.Real != current)
        {
            stored = FlowEntry.Fresh(vip.Id, tag, FlowState.Syn, now, current).Word;
        }

        return current;
    }

    private uint Follow(ref readonly Vip vip, Span<ulong> bucket, int found, uint current, uint now)
    {
        uint real = FlowEntry.FromWord(bucket[found]).Real;
        Refresh(bucket, found, starts: false, now);
        if (real != current && vip.Id < maps.VipStats.Length)
        {
            maps.VipStats[vip.Id].Pinned++;
        }

        return real;
    }

    /// <summary>A record is used. What is more than a start leaves the ways to others as soon as there is a seat.</summary>
    private void Refresh(Span<ulong> bucket, int found, bool starts, uint now)
    {
        FlowEntry entry = FlowEntry.FromWord(bucket[found]);
        FlowState state = entry.State == FlowState.Syn ? (starts ? FlowState.Syn : FlowState.New)
            : entry.Idle(now) == 0 ? entry.State
            : FlowState.Proven;
        ulong fresh = FlowEntry.Fresh(entry.Vip, entry.Tag, state, now, entry.Real).Word;
        if (fresh == bucket[found])
        {
            return;
        }

        int seat = found < FlowBucket.Ways && state != FlowState.Syn ? new FlowPlaces(maps, bucket, entry.Vip, now).ForFlow(hasOpened: true) : -1;
        bucket[found] = 0;
        bucket[seat < 0 ? found : seat] = fresh;
    }

    /// <summary>Whether there was a place.</summary>
    private bool Record(ref readonly Vip vip, Span<ulong> bucket, int place, FlowEntry entry)
    {
        if (place >= 0)
        {
            bucket[place] = entry.Word;
        }

        if (vip.Id < maps.VipStats.Length)
        {
            ref VipCounter counter = ref maps.VipStats[vip.Id];
            (counter.Recorded, counter.Unrecorded) = place >= 0 ? (counter.Recorded + 1, counter.Unrecorded) : (counter.Recorded, counter.Unrecorded + 1);
        }

        return place >= 0;
    }

    /// <summary>What was chosen, why, whose unrecorded flows are, and the records of flow and client.</summary>
    internal readonly record struct KeyedChoice(uint Real, SlotDecision Decision, uint Previous, Place Flow, Place Client);

    /// <summary>Where a record is; <see cref="Real"/> is 0 where there is none.</summary>
    internal readonly record struct Place(ulong Hash, uint Tag, int Index, uint Real)
    {
        public static Place None => new(0, 0, -1, 0);

        public bool IsFound => Index >= 0;
    }
}
