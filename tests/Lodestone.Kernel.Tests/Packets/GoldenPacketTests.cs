using System.Globalization;
using Lodestone.Datapath.Layout;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>Every file of tests/packets, run by the kernel through the program that gets attached.</summary>
public sealed class GoldenPacketTests(DatapathUnderTest datapath) : IClassFixture<DatapathUnderTest>
{
    private const int XdpDrop = 1;
    private const int XdpPass = 2;
    private const int XdpTx = 3;
    private const int XdpRedirect = 4;
    private const int TcNext = -1;
    private const int TcShot = 2;
    private const int TcRedirect = 7;

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "packets");

    public static TheoryData<string> Cases() => [.. Directory.GetFiles(Folder, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Packet_ThroughTheProgram_IsAsWritten(string name)
    {
        GoldenCase golden = GoldenCase.Load(Path.Combine(Folder, name + ".txt"));
        GoldenState state = new(datapath);
        datapath.Reset();
        string program = "lodestone_xdp";
        byte[] packet = [];
        byte[] flow = [];
        PacketOutcome? outcome = null;
        foreach ((string keyword, string text) in golden.Lines)
        {
            switch (keyword)
            {
                case "at":
                    program = text == "nic" ? "lodestone_nic" : "lodestone_xdp";
                    break;
                case "given":
                    state.Apply(text);
                    break;
                case "in":
                    flow = packet = PacketText.Parse(text);
                    outcome = datapath.Run(program, packet);
                    break;
                case "of":
                    flow = PacketText.Parse(text);
                    break;
                case "verdict":
                    Assert.Equal(text, outcome!.Verdict.ToCName());
                    AssertAction(program, golden, outcome);
                    break;
                case "to":
                    AssertDelivery(text, outcome!);
                    break;
                case "record":
                    Assert.Equal(text, state.RecordOf(flow));
                    break;
                default:
                    AssertPacket(golden, text, packet, flow, outcome!);
                    break;
            }
        }
    }

    [Fact]
    public void Cases_AllTogether_ShowEveryVerdictThatATestRunCanShow()
    {
        HashSet<string> shown = [.. Cases().SelectMany(c => GoldenCase.Load(Path.Combine(Folder, c.Data + ".txt")).Lines).Where(l => l.Keyword == "verdict").Select(l => l.Text)];

        // These need an attached program, a driver that refuses, or are the agent's.
        string[] elsewhere = ["VERDICT_NONE", "PASS_NO_DELIVERY", "DROP_ENCAP_FAILED", "DROP_DELIVERY_FAILED"];
        Assert.Empty(VerdictNames.All.Except(shown).Except(elsewhere));
    }

    [Fact]
    public void Format_EveryGoldenPacket_ParsesBackToTheSameBytes()
    {
        foreach (string name in Cases().Select(c => c.Data))
        {
            foreach ((string keyword, string text) in GoldenCase.Load(Path.Combine(Folder, name + ".txt")).Lines)
            {
                if (keyword == "in" && !text.Contains(" / cut ", StringComparison.Ordinal))
                {
                    byte[] packet = PacketText.Parse(text);
                    Assert.Equal(packet, PacketText.Parse(PacketText.Format(packet)));
                }
            }
        }
    }

    private static void AssertPacket(GoldenCase golden, string expected, byte[] packet, byte[] flow, PacketOutcome outcome)
    {
        byte[] wanted = packet;
        if (expected is not ("unchanged" or "dropped"))
        {
            ulong label = expected.Contains("flow hash", StringComparison.Ordinal) ? GoldenState.FlowOf(flow) & 0xfffff : 0;
            wanted = PacketText.Parse(expected.Replace("flow hash", $"flow {label}", StringComparison.Ordinal));
        }

        Assert.True(
            wanted.AsSpan().SequenceEqual(outcome.Packet),
            $"{golden.Description}\nin       {PacketText.Format(packet)}\nexpected {PacketText.Format(wanted)}\nactual   {PacketText.Format(outcome.Packet)}");
    }

    private static void AssertDelivery(string text, PacketOutcome outcome)
    {
        string[] words = text.Split(' ');
        Assert.Equal(words[0] == "peer" ? XdpPass : XdpRedirect, outcome.Action);
        if (words[0] == "peer")
        {
            Delivery delivery = System.Runtime.InteropServices.MemoryMarshal.Read<Delivery>(outcome.Metadata);
            Assert.Equal(Delivery.ExpectedMagic, delivery.Magic);
            Assert.Equal(uint.Parse(words[1], CultureInfo.InvariantCulture), delivery.Ifindex);
        }
    }

    private static void AssertAction(string program, GoldenCase golden, PacketOutcome outcome)
    {
        bool tc = program == "lodestone_nic";
        int expected = outcome.Verdict switch
        {
            >= Verdict.DropTruncated => tc ? TcShot : XdpDrop,
            >= Verdict.PassNotAVip => tc ? TcNext : XdpPass,
            Verdict.DeliverLocal or Verdict.DecapLocal => outcome.Action, // checked by "to", which must be there
            _ => tc ? TcRedirect : XdpTx,
        };
        Assert.Equal(expected, outcome.Action);
        Assert.True(outcome.Verdict is not (Verdict.DeliverLocal or Verdict.DecapLocal) || golden.Lines.Any(l => l.Keyword == "to"));
    }
}
