using System.Globalization;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>Who gets a place in a full bucket, and whose (docs/adr/0011-fair-flow-table.md).</summary>
/// <remarks>Entries are <c>[VIP] state age</c>; the packets are of VIP 0, and where no VIP is named, so is the entry.</remarks>
public sealed class FlowTableTests(DatapathUnderTest datapath) : IClassFixture<DatapathUnderTest>
{
    private static readonly byte[] Syn = PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 31337 > 80 S");
    private static readonly byte[] Ack = PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 31337 > 80 A");

    [Theory]
    [InlineData("none 0,none 0,new 1,new 1,new 1,new 1,new 1,new 1", 0)]
    [InlineData("7 syn 1,none 0,none 0,none 0,none 0,none 0,none 0,none 0", 1)]
    [InlineData("7 syn 1,syn 221,none 0,none 0,none 0,none 0,none 0,none 0", 1)] // expired
    [InlineData("syn 1,none 0,none 0,none 0,none 0,none 0,none 0,none 0", null)] // one way is enough, and a seat is none
    [InlineData("none 0,syn 3,none 0,none 0,none 0,none 0,none 0,none 0", null)]
    [InlineData("none 0,syn 4,none 0,none 0,none 0,none 0,none 0,none 0", 1)] // its flow has not begun in time
    [InlineData("syn 4,syn 9,none 0,none 0,none 0,none 0,none 0,none 0", 1)]
    [InlineData("syn 9,7 syn 9,none 0,none 0,none 0,none 0,none 0,none 0", 0)]
    [InlineData("7 syn 3,7 syn 1,none 0,none 0,none 0,none 0,none 0,none 0", null)] // just started: another VIP's as well
    [InlineData("7 syn 9,syn 1,none 0,none 0,none 0,none 0,none 0,none 0", null)]
    [InlineData("7 syn 1,8 syn 5,none 0,none 0,none 0,none 0,none 0,none 0", 1)]
    [InlineData("7 syn 5,8 syn 6,none 0,none 0,none 0,none 0,none 0,none 0", 1)]
    [InlineData("new 2,7 syn 1,none 0,none 0,none 0,none 0,none 0,none 0", 0)] // had found no seat, and went quiet
    [InlineData("new 1,none 0,none 0,none 0,none 0,none 0,none 0,none 0", null)]
    [InlineData("7 proven 9,8 proven 9,none 0,none 0,none 0,none 0,none 0,none 0", null)]
    public void Start_FullBucket_TakesAWayOrNothing(string entries, int? place) => Check(Syn, entries, place, "syn real 1");

    [Theory]
    [InlineData("none 0,none 0,new 1,new 1,none 0,new 1,new 1,new 1", 4)] // never a way
    [InlineData("none 0,none 0,new 9,proven 9,learnt 1,learnt 2,learnt 3,new 9", 6)] // its own, not proven, longest idle
    [InlineData("none 0,none 0,new 9,proven 200,learnt 1,learnt 0,new 200,syn 3", null)] // nothing that has begun
    [InlineData("none 0,none 0,new 9,proven 9,learnt 1,learnt 1,new 9,syn 4", 7)]
    [InlineData("none 0,none 0,new 1,new 1,new 221,new 1,new 1,new 1", 4)] // expired
    [InlineData("none 0,none 0,7 new 1,7 new 3,7 proven 9,7 new 1,7 new 1,7 new 1", 3)] // of one that has two more
    [InlineData("none 0,none 0,7 new 1,7 new 3,7 learnt 0,7 new 1,7 new 1,7 new 1", 4)]
    [InlineData("none 0,none 0,7 proven 1,7 proven 3,8 new 5,8 new 5,7 proven 2,7 proven 2", 3)] // of the one that has most
    [InlineData("none 0,none 0,new 1,proven 1,7 new 5,7 new 5,7 new 5,7 new 5", 4)]
    [InlineData("none 0,none 0,new 1,proven 1,new 1,7 new 5,7 new 5,7 new 5", null)] // as many each
    [InlineData("none 0,none 0,new 1,proven 1,8 new 1,7 new 5,7 new 5,7 new 5", null)] // one more
    [InlineData("none 0,none 0,learnt 1,7 new 1,7 new 1,7 new 5,7 new 5,7 new 5", null)] // it has a claim already
    public void Learn_FullBucket_TakesASeatOrNothing(string entries, int? place) => Check(Ack, entries, place, "learnt real 2");

    [Theory]
    [InlineData("new 1,new 1,new 1,none 0,new 1,new 1", 5)]
    [InlineData("proven 9,new 1,learnt 1,learnt 0,new 1,new 1", 4)] // its own learnt ones, young too
    [InlineData("proven 9,new 3,new 2,new 1,new 1,new 1", 3)] // or new ones that went quiet
    [InlineData("proven 9,new 1,new 1,new 1,new 1,new 1", 0)] // else it stays where it began
    [InlineData("7 proven 9,7 new 1,learnt 1,7 new 1,7 new 1,7 new 1", 4)]
    [InlineData("7 proven 9,7 new 1,new 1,7 new 1,7 new 1,7 proven 1", 3)] // of one that has two more
    public void HandshakeDone_MovesToASeatIfItGetsOne(string seats, int place)
    {
        GoldenState state = Prepare();
        ulong hash = GoldenState.FlowOf(Syn);
        datapath.Run("lodestone_xdp", Syn);
        Span<ulong> bucket = datapath.Flows[(int)(hash & DatapathUnderTest.FlowMask)].Entries;
        seats.Split(',').Select((text, i) => Entry(text, (uint)i)).ToArray().CopyTo(bucket[FlowBucket.Ways..]);
        ulong[] before = bucket.ToArray();
        before[0] = 0;

        datapath.Run("lodestone_xdp", Ack);

        Assert.Equal("new real 1", state.RecordOf(Syn));
        Assert.Equal([place], Changed(before, bucket));
    }

    [Fact]
    public void Syn_OfARecordedFlowOfTheOwner_LeavesTheRecord()
    {
        GoldenState state = Prepare();
        datapath.Run("lodestone_xdp", Syn);
        datapath.Run("lodestone_xdp", Ack);
        datapath.Run("lodestone_xdp", Syn);
        Assert.Equal("new real 1", state.RecordOf(Syn));
    }

    private void Check(byte[] packet, string entries, int? place, string record)
    {
        GoldenState state = Prepare();
        ulong hash = GoldenState.FlowOf(packet);
        Span<ulong> bucket = datapath.Flows[(int)(hash & DatapathUnderTest.FlowMask)].Entries;
        ulong[] before = [.. entries.Split(',').Select((text, i) => Entry(text, (uint)i))];
        before.CopyTo(bucket);
        ulong unrecorded = datapath.VipCounters(0, v => v.Unrecorded);

        PacketOutcome outcome = datapath.Run("lodestone_xdp", packet);

        Assert.Equal(place is null ? "none" : record, state.RecordOf(packet));
        Assert.Equal(place is null ? [] : [place.Value], Changed(before, bucket));
        Assert.Equal(place is null ? 1ul : 0, datapath.VipCounters(0, v => v.Unrecorded) - unrecorded);

        // What is not recorded goes to the previous owner, also if it starts: as the next packets of its flow.
        Assert.Equal(place is null || packet == Ack ? 2 : 1, outcome.Packet[14 + 39]);
    }

    private GoldenState Prepare()
    {
        datapath.Reset();
        GoldenState state = new(datapath);
        state.Apply("real 1 encap 2001:db8:1::1 > 2001:db8:2::1");
        state.Apply("real 2 encap 2001:db8:1::1 > 2001:db8:2::2");
        state.Apply("vip 198.51.100.1 all -> 1 previous 2 learn");
        return state;
    }

    private static IEnumerable<int> Changed(ulong[] before, ReadOnlySpan<ulong> after)
    {
        ulong[] now = after.ToArray();
        return Enumerable.Range(0, now.Length).Where(i => now[i] != before[i]);
    }

    private static ulong Entry(string text, uint tag)
    {
        string[] parts = text.Split(' ');
        FlowState state = Enum.Parse<FlowState>(parts[^2], ignoreCase: true);
        uint vip = parts.Length == 3 ? uint.Parse(parts[0], CultureInfo.InvariantCulture) : 0;
        FlowEntry fresh = FlowEntry.Fresh(vip, tag, state, DatapathUnderTest.FlowClock, 2);
        return state == FlowState.None ? 0 : (fresh with { Age = (byte)(fresh.Age - byte.Parse(parts[^1], CultureInfo.InvariantCulture)) }).Word;
    }
}
