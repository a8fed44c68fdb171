using System.Globalization;
using System.Text.RegularExpressions;
using Lodestone.Datapath.Layout;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>Every file of tests/packets, run by the kernel through the program that gets attached.</summary>
public sealed partial class GoldenPacketTests(DatapathUnderTest datapath) : IClassFixture<DatapathUnderTest>
{
    private const int XdpDrop = 1;
    private const int XdpPass = 2;
    private const int XdpTx = 3;
    private const int XdpRedirect = 4;
    private const int TcNext = -1;
    private const int TcShot = 2;
    private const int TcRedirect = 7;

    internal static string Folder => Path.Combine(AppContext.BaseDirectory, "packets");

    public static TheoryData<string> Cases() => [.. Directory.GetFiles(Folder, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Packet_ThroughTheProgram_IsAsWritten(string name) => Check(datapath, name);

    /// <summary>Runs a case.</summary>
    internal static void Check(DatapathUnderTest datapath, string name)
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
                    program = text switch { "nic" => "lodestone_nic", "in" => "lodestone_translate", "probe" => "lodestone_probe", _ => "lodestone_xdp" };
                    break;
                case "given":
                    state.Apply(text);
                    break;
                case "in":
                    packet = PacketText.Parse(WithHash(text, flow));
                    flow = packet;
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
                    AssertDelivery(program, text, outcome!);
                    break;
                case "arrives":
                    PacketOutcome arrived = datapath.Run("lodestone_translate", outcome!.Packet, BitConverter.ToUInt32(outcome.Metadata.AsSpan(4)));
                    Assert.Equal(Verdict.Translated, arrived.Verdict);
                    AssertPacket(golden, text, packet, flow, arrived);
                    break;
                case "path":
                    Assert.Equal(text, state.PathTo(text.Split(' ')[0]));
                    break;
                case "record":
                    Assert.Equal(text, state.RecordOf(flow));
                    break;
                case "client":
                    Assert.Equal(text, state.ClientRecordOf(flow));
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
        string[] elsewhere = ["VERDICT_NONE", "PASS_NO_DELIVERY", "DROP_ENCAP_FAILED", "DROP_DELIVERY_FAILED", "DROP_SPLIT_HEADER"];
        Assert.Empty(VerdictNames.All.Except(shown).Except(elsewhere));
    }

    [Fact]
    public void Format_EveryGoldenPacket_ParsesBackToTheSameBytes()
    {
        foreach (string name in Cases().Select(c => c.Data))
        {
            foreach ((string keyword, string text) in GoldenCase.Load(Path.Combine(Folder, name + ".txt")).Lines)
            {
                if (keyword == "in" && !text.Contains(" / cut ", StringComparison.Ordinal) && !text.Contains(" hash", StringComparison.Ordinal))
                {
                    byte[] packet = PacketText.Parse(text);
                    Assert.Equal(packet, PacketText.Parse(PacketText.Format(packet)));
                }
            }
        }
    }

    /// <summary>The bytes that an <c>out</c> line stands for.</summary>
    internal static byte[] Wanted(string expected, byte[] packet, byte[] flow)
    {
        if (expected is "unchanged" or "dropped")
        {
            return packet;
        }

        return PacketText.Parse(WithHash(expected, flow));
    }

    private static void AssertPacket(GoldenCase golden, string expected, byte[] packet, byte[] flow, PacketOutcome outcome)
    {
        byte[] wanted = Wanted(expected, packet, flow);
        Assert.True(
            wanted.AsSpan().SequenceEqual(outcome.Packet),
            $"{golden.Description}\nin       {PacketText.Format(packet)}\nexpected {PacketText.Format(wanted)}\nactual   {PacketText.Format(outcome.Packet)}");
    }

    /// <summary>Puts in the bits of a flow's hash that outer headers have.</summary>
    private static string WithHash(string text, byte[] flow)
    {
        if (!text.Contains(" hash", StringComparison.Ordinal))
        {
            return text;
        }

        // "flow hash" and "udp hash", or "hash@N" for a VIP of network N.
        return HashBits().Replace(text, match =>
        {
            uint network = match.Groups[2].Success ? uint.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) : 0;
            ulong hash = GoldenState.FlowOf(flow, network);
            return match.Groups[1].Value == "flow" ? $"flow {hash & 0xfffff}" : $"udp {0xc000 | (hash & 0x3fff)}";
        });
    }

    private static void AssertDelivery(string program, string text, PacketOutcome outcome)
    {
        // Where tc redirects to, a test run doesn't tell.
        if (program == "lodestone_nic")
        {
            Assert.Equal(TcRedirect, outcome.Action);
            return;
        }

        string[] words = text.Split(' ');
        bool translated = words.Contains("translated");
        Assert.Equal(words[0] == "peer" || translated ? XdpPass : XdpRedirect, outcome.Action);
        if (words[0] == "peer" || translated)
        {
            Delivery delivery = System.Runtime.InteropServices.MemoryMarshal.Read<Delivery>(outcome.Metadata);
            Assert.Equal(!translated ? Delivery.ExpectedMagic : words[0] == "peer" ? Delivery.TranslatedMagic : Delivery.TranslatedOutMagic, delivery.Magic);
            Assert.Equal(uint.Parse(words[1], CultureInfo.InvariantCulture), delivery.Ifindex);
        }
    }

    [GeneratedRegex("(flow|udp) hash(?:@([0-9]+))?")]
    private static partial Regex HashBits();

    private static void AssertAction(string program, GoldenCase golden, PacketOutcome outcome)
    {
        bool tc = program != "lodestone_xdp";
        int expected = outcome.Verdict switch
        {
            >= Verdict.DropTruncated => tc ? TcShot : XdpDrop,
            >= Verdict.PassNotAVip => tc ? TcNext : XdpPass,
            Verdict.DeliverLocal or Verdict.DecapLocal => outcome.Action, // checked by "to", which must be there
            Verdict.MtuLearnt or Verdict.OwnStack => XdpPass,
            Verdict.Translated => TcNext,
            _ => tc ? TcRedirect : XdpTx,
        };
        Assert.Equal(expected, outcome.Action);
        Assert.True(outcome.Verdict is not (Verdict.DeliverLocal or Verdict.DecapLocal) || golden.Lines.Any(l => l.Keyword == "to"));
    }
}
