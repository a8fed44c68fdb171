using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>C and C# hash alike: every slot of a ring has a real of its own, so the real tells the slot.</summary>
public sealed class FlowHashTests(DatapathUnderTest datapath) : IClassFixture<DatapathUnderTest>
{
    private const int OuterDestination = 14 + 24;

    [Theory]
    [InlineData("ip4 192.0.2.10 > 198.51.100.1", "tcp 1000 > 80 A")]
    [InlineData("ip4 192.0.2.10 > 198.51.100.1", "udp 1000 > 80")]
    [InlineData("ip6 2001:db8:ffff::10 > 2001:db8::1", "tcp 1000 > 80 A")]
    [InlineData("ip6 2001:db8:ffff::10 > 2001:db8::1", "sctp 1000 > 80 data")]
    public void Slot_RandomFlows_SameInKernelAndModel(string network, string transport)
    {
        datapath.Reset();
        FillRing(network.Split(" > ")[1]);
        byte[] packet = PacketText.Parse($"eth 02::01 > 02::02 / {network} / {transport}");
        int header = network.StartsWith("ip4", StringComparison.Ordinal) ? 20 : 40;
        Random random = new(20261122);
        HashSet<int> slots = [];
        for (int i = 0; i < 300; i++)
        {
            random.NextBytes(packet.AsSpan(14 + (header == 20 ? 12 : 8), header == 20 ? 4 : 16));
            random.NextBytes(packet.AsSpan(14 + header, 2));

            PacketOutcome outcome = datapath.Run("lodestone_xdp", packet);

            int expected = (int)FlowHash.Slot(GoldenState.FlowOf(packet), 64 - 8);
            Assert.Equal(expected, outcome.Packet[OuterDestination + 15]);
            slots.Add(expected);
        }

        Assert.True(slots.Count > 150, $"300 flows fell into {slots.Count} of 256 slots");
    }

    private void FillRing(string vip)
    {
        GoldenState state = new(datapath);
        for (int i = 0; i < DatapathUnderTest.RingSlots; i++)
        {
            state.Apply($"real {i + 1} encap 2001:db8:1::1 > 2001:db8:2::{i:x}");
        }

        state.Apply($"vip {vip} all -> 1");
        for (int i = 0; i < DatapathUnderTest.RingSlots; i++)
        {
            datapath.Slots[i] = new RingSlot { Current = (uint)i + 1 }.Word;
        }
    }
}
