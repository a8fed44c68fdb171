using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>What nobody answers, or answers with a handshake or a refusal only, pushes out no flow that a workload has answered.</summary>
public sealed class TranslationFloodTests : IDisposable
{
    private const int Flood = 12_000; // more than translated_new holds, and ten times translated_flows here
    private const string Client = "192.0.2.10";
    private const string Vip = "198.51.100.1";
    private const string Own = "10.0.0.5";

    private readonly DatapathUnderTest _datapath = new();

    public TranslationFloodTests()
    {
        GoldenState state = new(_datapath);
        state.Apply($"translate {Vip} -> {Own}");
        state.Apply($"source {Own} own");
        state.Apply($"source {Vip} vip");
        In("tcp 31337 > 80 S");
        Assert.True(IsFromVip("tcp 80 > 31337 SA"));
        Assert.True(IsFromVip("tcp 80 > 31337 A"));
        In("udp 31337 > 53");
        Assert.True(IsFromVip("udp 53 > 31337"));
    }

    [Theory]
    [InlineData("tcp {0} > 80 S", null)]
    [InlineData("tcp {0} > 80 S", "tcp 80 > {0} SA")]
    [InlineData("tcp {0} > 80 A", "tcp 80 > {0} R")]
    [InlineData("udp {0} > 53", null)]
    [InlineData("sctp {0} > 80 init", null)]
    public void Flood_OfFlowsThatAreNotTakenUp_LeavesAnsweredOnes(string packet, string? answer)
    {
        for (int i = 0; i < Flood; i++)
        {
            int port = 32_000 + i;
            In(packet.Replace("{0}", $"{port}", StringComparison.Ordinal));
            if (answer is not null)
            {
                Assert.True(IsFromVip(answer.Replace("{0}", $"{port}", StringComparison.Ordinal)));
            }
        }

        // The workload goes on by itself: no packet of the client has renewed anything.
        Assert.True(IsFromVip("tcp 80 > 31337 A"));
        Assert.True(IsFromVip("udp 53 > 31337"));
    }

    public void Dispose() => _datapath.Dispose();

    private void In(string transport)
    {
        _datapath.Programs["lodestone_translate"].TestRun(PacketText.Parse($"eth 02::01 > 02::02 / ip4 {Client} > {Vip} / {transport}"));
    }

    private bool IsFromVip(string transport)
    {
        byte[] sent = PacketText.Parse($"eth 02::05 > 02::02 / ip4 {Own} > {Client} / {transport}");
        byte[] wanted = PacketText.Parse($"eth 02::05 > 02::02 / ip4 {Vip} > {Client} / {transport}");
        return _datapath.Programs["lodestone_nic"].TestRun(sent).Data.AsSpan().SequenceEqual(wanted);
    }
}
