using Lodestone.Datapath.Layout;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>Frames of several buffers: every golden packet, and larger ones, through the program that takes them (xdp.frags).</summary>
public sealed class JumboFrameTests(DatapathInBuffers datapath) : IClassFixture<DatapathInBuffers>
{
    private const int XdpTx = 3;

    [Theory]
    [MemberData(nameof(GoldenPacketTests.Cases), MemberType = typeof(GoldenPacketTests))]
    public void Packet_InBuffers_IsAsWritten(string name)
    {
        // Quoted is what is in the first buffer: give these one that the quotes of the cases fit into.
        if (name.Contains("too-big", StringComparison.Ordinal))
        {
            using var larger = new DatapathInBuffers(1300);
            GoldenPacketTests.Check(larger, name);
            return;
        }

        GoldenPacketTests.Check(datapath, name);
    }

    [Theory]
    [InlineData("ip4 192.0.2.10 > 198.51.100.1 ttl 60 / udp 5 > 53 / data 8872", "ip4 192.0.2.10 > 198.51.100.1 ttl 60 / udp 5 > 53 / data 8872")]
    [InlineData("ip4 192.0.2.10 > 198.51.100.1 ttl 60 / tcp 5 > 80 A / data 8860", "ip4 192.0.2.10 > 198.51.100.1 ttl 60 / tcp 5 > 80 A / data 8860")]
    public void Frame_Of8900Bytes_IsEncapsulatedWhole(string inner, string forwarded)
    {
        GoldenState state = Given("real 1 encap 2001:db8:1::1 > 2001:db8:2::1 mtu 9000", "vip 198.51.100.1 tcp:80,udp:53 -> 1");
        byte[] frame = PacketText.Parse($"eth 02::01 > 02::02 / {inner}");

        PacketOutcome outcome = datapath.Run("lodestone_xdp", frame);

        Assert.Equal((Verdict.Forward, XdpTx), (outcome.Verdict, outcome.Action));
        string wanted = $"eth 02::02 > 02::03 / ip6 2001:db8:1::1 > 2001:db8:2::1 flow {GoldenState.FlowOf(frame) & 0xfffff} / {forwarded}";
        Assert.Equal(PacketText.Parse(wanted), outcome.Packet);
        Assert.NotNull(state);
    }

    [Fact]
    public void Frame_TooBigForItsReal_IsAnsweredWithWhatTheFirstBufferHas()
    {
        Given("real 1 encap 2001:db8:1::1 > 2001:db8:2::1 mtu 1500", "vip 198.51.100.1 udp:53 -> 1");
        const string packet = "ip4 192.0.2.10 > 198.51.100.1 ttl 60 frag 16384 / udp 5 > 53 / data 8000";

        PacketOutcome outcome = datapath.Run("lodestone_xdp", PacketText.Parse($"eth 02::01 > 02::02 / {packet}"));

        Assert.Equal((Verdict.TooBigReply, XdpTx), (outcome.Verdict, outcome.Action));
        string wanted = $"eth 02::02 > 02::01 / ip4 198.51.100.1 > 192.0.2.10 tos 192 frag 16384 / icmp type 3 code 4 mtu 1460 quote 324 / {packet}";
        Assert.Equal(PacketText.Parse(wanted), outcome.Packet);
    }

    [Fact]
    public void Frame_ShorterThanItsPacketSays_IsDropped()
    {
        Given("real 1 encap 2001:db8:1::1 > 2001:db8:2::1 mtu 9000", "vip 198.51.100.1 udp:53 -> 1", "vip 2001:db8::1 udp:53 -> 1");

        foreach (string ip in (string[])["ip4 192.0.2.10 > 198.51.100.1 len 9000", "ip6 2001:db8::9 > 2001:db8::1 len 9000"])
        {
            byte[] frame = PacketText.Parse($"eth 02::01 > 02::02 / {ip} / udp 5 > 53 / data 8000");
            Assert.Equal(Verdict.DropBadHeader, datapath.Run("lodestone_xdp", frame).Verdict);
        }
    }

    [Fact]
    public void Frame_FirstBufferEndsInAHeader_SaysSo()
    {
        using var split = new DatapathInBuffers(40);
        new GoldenState(split).Apply("vip 198.51.100.1 udp:53 -> none");
        byte[] frame = PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / udp 5 > 53 / data 200");

        Assert.Equal(Verdict.DropSplitHeader, split.Run("lodestone_xdp", frame).Verdict);
        Assert.Equal(Verdict.DropBadHeader, split.Run("lodestone_xdp", frame[..40]).Verdict);
    }

    private GoldenState Given(params string[] lines)
    {
        datapath.Reset();
        GoldenState state = new(datapath);
        foreach (string line in lines)
        {
            state.Apply(line);
        }

        return state;
    }
}
