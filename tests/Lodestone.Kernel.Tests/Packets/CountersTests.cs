using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>What the agent reads: counters of VIPs and reals, and those that end a transition.</summary>
public sealed class CountersTests(DatapathUnderTest datapath) : IClassFixture<DatapathUnderTest>
{
    private static readonly byte[] Established = PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 31337 > 80 A");

    [Fact]
    public void Run_PacketOfAnOldFlow_CountsVipRealRecordedAndPinned()
    {
        datapath.Reset();
        GoldenState state = new(datapath);
        state.Apply("real 1 encap 2001:db8:1::1 > 2001:db8:2::1");
        state.Apply("real 2 encap 2001:db8:1::1 > 2001:db8:2::2");
        state.Apply("vip 198.51.100.1 all -> 1 previous 2 learn");
        ulong[] before = Counters();

        datapath.Run("lodestone_xdp", Established);
        datapath.Run("lodestone_xdp", Established);

        // Packets and bytes of the VIP, recorded, pinned (only the second found a record), packets of the reals.
        Assert.Equal([2ul, 80, 1, 1, 0, 2], Counters().Zip(before, (now, then) => now - then));
    }

    private ulong[] Counters() =>
    [
        datapath.VipCounters(0, v => v.Packets), datapath.VipCounters(0, v => v.Bytes),
        datapath.VipCounters(0, v => v.Recorded), datapath.VipCounters(0, v => v.Pinned), Real(1), Real(2),
    ];

    private ulong Real(uint index)
    {
        Counter[] cpus = new Counter[BpfMap.PossibleCpus];
        Assert.True(datapath.Maps["real_stats"].TryLookupPerCpu(index, cpus.AsSpan()));
        return cpus.Aggregate(0ul, (sum, c) => sum + c.Packets);
    }
}
