using Lodestone.Bpf;
using Lodestone.Bpf.Bench;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>A flood of forged packets while targets drain: VIP A is flooded, VIP B is another one that drains as well.</summary>
/// <remarks>The program of the benchmark makes up millions of flows of A in the kernel, each through the very code that serves.</remarks>
public sealed class FloodTests : IDisposable
{
    private const int RingSlots = 256;
    private const int Buckets = 4096;
    private const int Flows = 2000;
    private const int Batch = 10_000;
    private const int Sent = 3;
    private const byte Current = 1;
    private const byte Previous = 2;
    private const string A = "198.51.100.1";
    private const string B = "198.51.100.2";

    private readonly BpfObject _object = BpfObject.Load(LodestoneObjects.Bench, new BpfLoadOptions
    {
        Name = "flood",
        MapSizes = new Dictionary<string, uint>
        {
            ["vips"] = 8,
            ["rings"] = RingSlots,
            ["reals"] = 3,
            ["flows"] = Buckets,
            ["real_stats"] = 3,
            ["vip_stats"] = 2,
        },
    });

    private readonly BpfArray<ulong> _rings;
    private readonly BpfArray<FlowBucket> _flows;
    private readonly BpfArray<BenchState> _state;

    public FloodTests()
    {
        _rings = _object.Maps["rings"].Mmap<ulong>();
        _flows = _object.Maps["flows"].Mmap<FlowBucket>();
        _state = _object.Maps["bench_state"].Mmap<BenchState>();
        _state[0] = new BenchState { FlowMask = (1 << 20) - 1, Vips = 1, FirstVip = 0xc6336401, Shape = BenchShape.Ipv4, Port = 0x5000 };
        using BpfArray<DatapathConfig> config = _object.Maps["config"].Mmap<DatapathConfig>();
        config[0] = new DatapathConfig
        {
            HashSeed0 = DatapathUnderTest.Seed.Seed0,
            HashSeed1 = DatapathUnderTest.Seed.Seed1,
            UplinkIfindex = 1,
            VipMask = 3,
            FlowMask = Buckets - 1,
            UplinkMtu = 1500,
            LayoutVersion = DatapathConfig.CurrentLayoutVersion,
        };
        using BpfArray<Vip> vips = _object.Maps["vips"].Mmap<Vip>();
        VipTable.Build([NewVip(A, 0), NewVip(B, 1)], vips.Span[..4]);
        using BpfArray<Real> reals = _object.Maps["reals"].Mmap<Real>();
        foreach (byte real in (byte[])[Current, Previous])
        {
            reals[real] = RealTemplate.Encap(1, default, default, DatapathAddress.Parse("2001:db8:1::1"), DatapathAddress.Parse($"2001:db8:2::{real}"), 1500);
        }

        Drain();
    }

    [Theory]
    [InlineData("S")]
    [InlineData("A")]
    [InlineData("S A")]
    public void Flood_OfOneVipInADrain_MovesNoEstablishedFlow(string flags)
    {
        // Older than the drain, and in use; then opened in it.
        byte[][] old = [.. Established(A, 1000), .. Established(B, 1000)];
        Assert.All(old, packet => Assert.Equal(Previous, Run(packet)));
        Age();
        Assert.All(old, packet => Assert.Equal(Previous, Run(packet)));
        byte[][] young = [.. Established(A, 30_000), .. Established(B, 30_000)];
        Assert.All(young, packet => Assert.Equal(Run(With(packet, syn: true)), Run(packet)));
        byte[] realsOfYoung = [.. young.Select(Run)];
        Age();
        Assert.Equal(realsOfYoung, young.Select(Run));
        Dictionary<byte[], byte> recorded = old.Zip(Enumerable.Repeat(Previous, old.Length)).Concat(young.Zip(realsOfYoung))
            .Where(flow => IsRecorded(flow.First)).ToDictionary(flow => flow.First, flow => flow.Second);

        Flood(flags, 2_000_000);
        _rings.Span.Fill(new RingSlot { Current = Current, Previous = Current | RingSlot.Consult }.Word);

        // All that A had recorded; all of B but what is more than half of a bucket's seats.
        const int half = (FlowEntries.Length - FlowBucket.Ways) / 2;
        Dictionary<uint, int> inBucket = recorded.Keys.Where(packet => IsOf(packet, B)).CountBy(BucketOf).ToDictionary();
        byte[][] moved = [.. recorded.Where(flow => Run(flow.Key) != flow.Value).Select(flow => flow.Key)];
        Assert.DoesNotContain(moved, packet => !IsOf(packet, B));
        Assert.DoesNotContain(moved, packet => inBucket[BucketOf(packet)] <= half);
        Assert.InRange(moved.Length, 0, inBucket.Values.Sum(flows => Math.Max(0, flows - half)));
        Assert.InRange(recorded.Count, 3.8 * Flows, 4 * Flows);
    }

    [Theory]
    [InlineData("S")]
    [InlineData("A")]
    [InlineData("S A")]
    public void Flood_OfOneVipInADrain_LeavesNewFlowsWhole(string flags)
    {
        Flood(flags, 500_000);
        int toCurrent = 0;
        for (int i = 0; i < 40; i++)
        {
            byte[][] opening = [.. Established(B, 1000 + (i * 20), 20), .. Established(A, 1000 + (i * 20), 20)];
            byte[] reals = [.. opening.Select(packet => Run(With(packet, syn: true)))];
            Flood(flags, 50_000);
            Assert.Equal(reals, opening.Select(Run));
            toCurrent += reals[..20].Count(real => real == Current);
        }

        // B has its way in every bucket, and so its new flows go where they should.
        Assert.InRange(toCurrent, 780, 800);
    }

    public void Dispose()
    {
        _rings.Dispose();
        _flows.Dispose();
        _state.Dispose();
        _object.Dispose();
    }

    private static Vip NewVip(string address, uint id) => new()
    {
        Addr = DatapathAddress.Parse(address),
        Flags = VipFlags.Used | VipFlags.AllPorts,
        RingShift = 64 - 8,
        Id = id,
    };

    private static byte[] Packet(string vip, string flags) => PacketText.Parse($"eth 02::01 > 02::02 / ip4 192.0.2.10 > {vip} / tcp 1 > 80 {flags} / data 60");

    private static IEnumerable<byte[]> Established(string vip, int from, int count = Flows)
    {
        for (int i = from; i < from + count; i++)
        {
            byte[] packet = Packet(vip, "A");
            packet[34] = (byte)(i >> 8);
            packet[35] = (byte)i;
            yield return packet;
        }
    }

    private static byte[] With(byte[] packet, bool syn)
    {
        byte[] copy = [.. packet];
        copy[47] = (byte)(syn ? 0x02 : 0x10);
        return copy;
    }

    private static bool IsOf(byte[] packet, string vip) => packet[33] == DatapathAddress.Parse(vip).ToIPAddress().GetAddressBytes()[^1];

    private static uint BucketOf(byte[] packet) => FlowHash.Bucket(GoldenState.FlowOf(packet), Buckets - 1);

    private bool IsRecorded(byte[] packet)
    {
        uint tag = FlowHash.Tag(GoldenState.FlowOf(packet));
        byte vip = (byte)(IsOf(packet, A) ? 0 : 1);
        foreach (ulong word in (ReadOnlySpan<ulong>)_flows[(int)BucketOf(packet)].Entries)
        {
            FlowEntry entry = FlowEntry.FromWord(word);
            if (word != 0 && entry.Tag == tag && entry.Vip == vip)
            {
                return true;
            }
        }

        return false;
    }

    private void Drain() => _rings.Span.Fill(new RingSlot { Current = Current, Previous = Previous | RingSlot.Consult | RingSlot.Learn }.Word);

    /// <summary>Has every record refreshed a unit of age ago, which is half a minute.</summary>
    private void Age()
    {
        foreach (ref FlowBucket bucket in _flows.Span)
        {
            foreach (ref ulong word in (Span<ulong>)bucket.Entries)
            {
                FlowEntry entry = FlowEntry.FromWord(word);
                word = word == 0 ? 0 : (entry with { Age = (byte)(entry.Age - 1) }).Word;
            }
        }
    }

    private byte Run(byte[] packet)
    {
        BpfTestRun run = _object.Programs["lodestone_xdp"].TestRun(packet);
        Assert.Equal((uint)Sent, run.ReturnValue);
        return run.Data[14 + 39];
    }

    /// <summary>So many forged flows of A, with these flags one behind the other.</summary>
    private void Flood(string flags, int count)
    {
        ulong first = _state[0].Counter;
        foreach (string flag in flags.Split(' '))
        {
            _state[0].Counter = first;
            for (int done = 0; done < count; done += Batch)
            {
                Assert.Equal((uint)Sent, _object.Programs["bench_whole"].TestRun(Packet(A, flag), repeat: Batch).ReturnValue);
            }
        }
    }
}
