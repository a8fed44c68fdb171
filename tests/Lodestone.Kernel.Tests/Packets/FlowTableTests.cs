using Lodestone.Datapath.Layout;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>What is evicted from a full bucket.</summary>
public sealed class FlowTableTests(DatapathUnderTest datapath) : IClassFixture<DatapathUnderTest>
{
    private static readonly byte[] Packet = PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 31337 > 80 S");

    [Theory]
    [InlineData("new 9,new 9,learnt 9,syn 9,syn 5,new 200,learnt 200,new 9", 3)]
    [InlineData("new 9,new 9,learnt 9,learnt 30,new 5,new 200,learnt 20,new 9", 3)]
    [InlineData("new 9,new 9,new 10,new 9,new 9,new 9,new 9,new 9", 2)]
    [InlineData("syn 200,new 9,new 9,new 9,new 9,new 9,new 225,new 9", 6)]
    [InlineData("syn 9,syn 9,syn 9,syn 9,none 0,syn 9,syn 9,syn 9", 4)]
    public void Record_FullBucket_EvictsTheLeastWorth(string entries, int victim)
    {
        datapath.Reset();
        GoldenState state = new(datapath);
        state.Apply("real 1 encap 2001:db8:1::1 > 2001:db8:2::1");
        state.Apply("real 2 encap 2001:db8:1::1 > 2001:db8:2::2");
        state.Apply("vip 198.51.100.1 all -> 1 previous 2 learn");
        ulong hash = GoldenState.FlowOf(Packet);
        ref FlowBucket bucket = ref datapath.Flows[(int)(hash & DatapathUnderTest.FlowMask)];
        ulong[] before = [.. entries.Split(',').Select((text, i) => Entry(text, (ulong)i))];
        before.CopyTo(bucket.Entries);

        datapath.Run("lodestone_xdp", Packet);

        Assert.Equal("syn real 1", state.RecordOf(Packet));
        ulong[] after = ((ReadOnlySpan<ulong>)bucket.Entries).ToArray();
        Assert.Equal([victim], Enumerable.Range(0, 8).Where(i => after[i] != before[i]));
    }

    private static ulong Entry(string text, ulong tag)
    {
        string[] parts = text.Split(' ');
        FlowState state = Enum.Parse<FlowState>(parts[0], ignoreCase: true);
        byte age = (byte)(DatapathUnderTest.FlowClock - byte.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
        return state == FlowState.None ? 0 : (tag << 34) | ((ulong)state << 32) | ((ulong)age << 24) | 2;
    }
}
