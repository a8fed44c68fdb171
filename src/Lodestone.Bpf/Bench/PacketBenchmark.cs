using System.Buffers.Binary;
using Lodestone.Datapath.Layout;

namespace Lodestone.Bpf.Bench;

/// <summary>Measures the data path in the kernel: one VIP of each family with three targets on other machines.</summary>
/// <remarks>
/// A batch is one test run of many repetitions, yet shorter than a time slice. Batches of the wrapper and of the whole alternate, and the least of each
/// counts, so that what other guests of the machine do falls out. Needs the agent's privileges, and touches no device.
/// </remarks>
public sealed class PacketBenchmark : IDisposable
{
    private const int RingBits = 9;
    private const int RingSlots = 1 << RingBits;
    private const int FlowBuckets = 1 << 19;
    private const int Targets = 3;
    private const int Repeat = 10_000;
    private const int TcpAck = 0x10;

    private static readonly int[] FlowCounts = [1, 1 << 16, 1 << 20];

    private readonly int _rounds;
    private readonly BpfObject _object;
    private readonly BpfArray<ulong> _rings;
    private readonly BpfArray<ulong> _state;

    private PacketBenchmark(int rounds)
    {
        _rounds = rounds;
        _object = BpfObject.Load(LodestoneObjects.Bench, new BpfLoadOptions
        {
            Name = "bench",
            MapSizes = new Dictionary<string, uint>
            {
                ["vips"] = 4,
                ["rings"] = RingSlots,
                ["reals"] = Targets + 2,
                ["flows"] = FlowBuckets,
                ["real_stats"] = Targets + 2,
                ["vip_stats"] = 2,
            },
        });
        _rings = _object.Maps["rings"].Mmap<ulong>();
        _state = _object.Maps["bench_state"].Mmap<ulong>();
        FillTables();
    }

    private enum SlotState
    {
        Stable,
        Learning,
        Settling,
    }

    /// <summary>Loads the bench object, measures every case and unloads it; some ten seconds.</summary>
    /// <param name="rounds">Batches of each program in each case.</param>
    /// <exception cref="BpfException">The kernel refused the object, or a packet was not forwarded.</exception>
    public static PacketBenchmarkResult Run(int rounds = 100)
    {
        using PacketBenchmark bench = new(rounds);
        return bench.Measure();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rings.Dispose();
        _state.Dispose();
        _object.Dispose();
    }

    private PacketBenchmarkResult Measure()
    {
        byte[] ipv4 = TcpOverIpv4();
        byte[] ipv6 = TcpOverIpv6();
        double empty = Enumerable.Range(0, _rounds).Min(_ => Batch("bench_empty", ipv4, expected: 2));
        List<PacketBenchmarkCase> cases = [];
        foreach (int flows in FlowCounts)
        {
            cases.Add(MeasureCase("ipv4-tcp-established", "ipv4", ipv4, flows, SlotState.Stable));
        }

        foreach (int flows in FlowCounts)
        {
            cases.Add(MeasureCase("ipv6-tcp-established", "ipv6", ipv6, flows, SlotState.Stable));
        }

        foreach (int flows in FlowCounts)
        {
            cases.Add(MeasureCase("ipv4-tcp-learning-recorded", "ipv4", ipv4, flows, SlotState.Learning));
            cases.Add(MeasureCase("ipv4-tcp-settling-recorded", "ipv4", ipv4, flows, SlotState.Settling));
        }

        return new PacketBenchmarkResult(empty, cases);
    }

    private PacketBenchmarkCase MeasureCase(string name, string family, byte[] packet, int flows, SlotState state)
    {
        _state[1] = (ulong)flows - 1;
        if (state != SlotState.Stable)
        {
            // Record every flow before anything is measured.
            FillRing(SlotState.Learning);
            _state[0] = 0;
            for (int done = 0; done < flows; done += Repeat)
            {
                Batch($"bench_{family}", packet, expected: 3);
            }
        }

        FillRing(state);
        double wrapper = double.MaxValue, whole = double.MaxValue;
        for (int round = 0; round < _rounds; round++)
        {
            wrapper = Math.Min(wrapper, Batch($"bench_wrap_{family}", packet, expected: 3));
            whole = Math.Min(whole, Batch($"bench_{family}", packet, expected: 3));
        }

        return new PacketBenchmarkCase(name, flows, whole - wrapper);
    }

    /// <summary>
    /// Nanoseconds a repetition by the kernel's own clock, in whole ones. A clock around the call would also see the kernel patch
    /// its XDP dispatcher, which takes longer than the batch, and other processes, for which the kernel stops its clock.
    /// </summary>
    private double Batch(string program, byte[] packet, uint expected)
    {
        BpfTestRun run = _object.Programs[program].TestRun(packet, repeat: Repeat);
        return run.ReturnValue == expected
            ? run.DurationNs
            : throw new BpfException($"program '{program}' returned {run.ReturnValue} instead of {expected}: nothing was measured");
    }

    private void FillRing(SlotState state)
    {
        uint flags = state switch
        {
            SlotState.Learning => RingSlot.Consult | RingSlot.Learn,
            SlotState.Settling => RingSlot.Consult,
            _ => 0,
        };
        for (int slot = 0; slot < RingSlots; slot++)
        {
            _rings[slot] = new RingSlot { Current = 1 + (uint)(slot % Targets), Previous = (1 + (uint)((slot + 1) % Targets)) | flags }.Word;
        }
    }

    /// <summary>Fills everything but the ring. In a VIP table of two slots any home reaches both VIPs by probing.</summary>
    private void FillTables()
    {
        using BpfArray<DatapathConfig> config = _object.Maps["config"].Mmap<DatapathConfig>();
        config[0] = new DatapathConfig
        {
            HashSeed0 = 0x243f6a8885a308d3,
            HashSeed1 = 0x13198a2e03707344,
            UplinkIfindex = 1,
            VipMask = 1,
            FlowMask = FlowBuckets - 1,
            UplinkMtu = 1500,
            LayoutVersion = DatapathConfig.CurrentLayoutVersion,
        };

        using BpfArray<Vip> vips = _object.Maps["vips"].Mmap<Vip>();
        vips[0] = NewVip("198.51.100.1", id: 0);
        vips[1] = NewVip("2001:db8::1", id: 1);

        using BpfArray<Real> reals = _object.Maps["reals"].Mmap<Real>();
        for (byte i = 1; i <= Targets; i++)
        {
            Real real = new() { Ifindex = 1, Mtu = 1500, Kind = RealKind.Encap };
            byte[] eth = [2, 0, 0, 0, 1, i, 2, 0, 0, 0, 0, 2, 0x86, 0xdd];
            eth.CopyTo(real.Eth);
            real.Ip6[0] = 0x60;
            real.Ip6[7] = 64;
            DatapathAddress.Parse("2001:db8:1::1").CopyTo(real.Ip6[8..24]);
            DatapathAddress.Parse($"2001:db8:2::{i}").CopyTo(real.Ip6[24..40]);
            reals[i] = real;
        }
    }

    private static Vip NewVip(string address, uint id)
    {
        Vip vip = new()
        {
            Addr = DatapathAddress.Parse(address),
            Flags = VipFlags.Used,
            RingShift = 64 - RingBits,
            Id = id,
            RangeCount = 1,
        };
        vip.Ranges[0] = new PortRange { From = 80, To = 80, Proto = 6 };
        return vip;
    }

    private static byte[] TcpOverIpv4()
    {
        byte[] packet = new byte[14 + 20 + 20];
        WriteEthernet(packet, 0x0800);
        Span<byte> ip = packet.AsSpan(14);
        ip[0] = 0x45;
        ip[3] = 40;
        ip[8] = 64;
        ip[9] = 6;
        byte[] addresses = [192, 0, 2, 10, 198, 51, 100, 1];
        addresses.CopyTo(ip[12..]);
        WriteTcp(ip[20..]);
        return packet;
    }

    private static byte[] TcpOverIpv6()
    {
        byte[] packet = new byte[14 + 40 + 20];
        WriteEthernet(packet, 0x86dd);
        Span<byte> ip = packet.AsSpan(14);
        ip[0] = 0x60;
        ip[5] = 20;
        ip[6] = 6;
        ip[7] = 64;
        DatapathAddress.Parse("2001:db8:ffff::10").CopyTo(ip[8..]);
        DatapathAddress.Parse("2001:db8::1").CopyTo(ip[24..]);
        WriteTcp(ip[40..]);
        return packet;
    }

    private static void WriteEthernet(Span<byte> packet, ushort ethertype)
    {
        byte[] macs = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
        macs.CopyTo(packet);
        BinaryPrimitives.WriteUInt16BigEndian(packet[12..], ethertype);
    }

    private static void WriteTcp(Span<byte> tcp)
    {
        BinaryPrimitives.WriteUInt16BigEndian(tcp, 31337);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], 80);
        tcp[12] = 5 << 4;
        tcp[13] = TcpAck;
    }
}
