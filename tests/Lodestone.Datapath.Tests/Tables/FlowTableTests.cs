using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Tests.Tables;

public sealed class FlowTableTests
{
    private const int UnitShift = FlowBucket.AgeShift - FlowBucket.TickShift;

    [Fact]
    public void FromWord_AnyEntry_IsTheReverseOfWord()
    {
        FlowEntry entry = new(0xab, 0x1ffffff, FlowState.Learnt, 200, 0xabcde);
        Assert.Equal(entry, FlowEntry.FromWord(entry.Word));
        Assert.Equal(0xabffffff_bc8abcdeUL, entry.Word);
    }

    [Theory]
    [InlineData(10, 229, false)]
    [InlineData(10, 230, true)]
    [InlineData(250, 4, false)]
    public void IsExpired_Age_IsCountedModulo256(byte age, byte now, bool expected)
    {
        Assert.Equal(expected, new FlowEntry(0, 0, FlowState.New, age, 1).IsExpired((uint)now << UnitShift));
        Assert.Equal(expected, new FlowEntry(0, 0, FlowState.Syn, age, 1).IsExpired(now + 512u));
    }

    [Fact]
    public void Sweep_ExpiredOrDeadReal_IsForgotten()
    {
        Real[] reals = [default, new Real { Kind = RealKind.Peer }, default];
        FlowBucket[] buckets = new FlowBucket[2];
        buckets[0].Entries[0] = new FlowEntry(9, 1, FlowState.New, 100, 1).Word;
        buckets[0].Entries[7] = new FlowEntry(9, 2, FlowState.New, 100, 2).Word; // dead
        buckets[1].Entries[3] = new FlowEntry(9, 3, FlowState.Learnt, 130, 1).Word; // idle for 226 units
        buckets[1].Entries[4] = new FlowEntry(9, 4, FlowState.Syn, 0, 9).Word; // no such real

        Assert.Equal(3, FlowTable.Sweep(buckets, reals, now: 100 << UnitShift));
        Assert.Equal(1, FlowTable.CountUsed(buckets));
        Assert.NotEqual(0UL, buckets[0].Entries[0]);
    }
}
