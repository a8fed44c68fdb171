using Lodestone.Bpf;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>The data path loaded into the kernel, small and attached to nothing, with its tables open for writing.</summary>
public sealed class DatapathUnderTest : IDisposable
{
    public const int RingSlots = 256;
    public const uint VipMask = 31;
    public const uint FlowMask = 15;

    public static readonly FlowSeed Seed = new(0x243f6a8885a308d3, 0x13198a2e03707344);
    public static readonly MacAddress UplinkMac = MacAddress.Parse("02:00:00:00:00:02");

    private const int Rings = 16;
    private const int LoopbackIfindex = 1;

    private readonly BpfObject _object = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions
    {
        MapSizes = new Dictionary<string, uint>
        {
            ["vips"] = 2 * (VipMask + 1),
            ["rings"] = RingSlots * Rings,
            ["reals"] = RingSlots + 1,
            ["flows"] = FlowMask + 1,
            ["port_bitmaps"] = 3 * 1024,
            ["underlay"] = 16,
            ["nic_sources"] = 16,
            ["real_stats"] = RingSlots + 1,
            ["vip_stats"] = Rings,
        },
    });

    private readonly List<DatapathAddress> _vipIds = [];

    public DatapathUnderTest()
    {
        Config = _object.Maps["config"].Mmap<DatapathConfig>();
        Vips = _object.Maps["vips"].Mmap<Vip>();
        Slots = _object.Maps["rings"].Mmap<ulong>();
        Reals = _object.Maps["reals"].Mmap<Real>();
        Flows = _object.Maps["flows"].Mmap<FlowBucket>();
        Bitmaps = _object.Maps["port_bitmaps"].Mmap<ulong>();
        Reset();
    }

    public BpfArray<DatapathConfig> Config { get; }

    public BpfArray<Vip> Vips { get; }

    public BpfArray<ulong> Slots { get; }

    public BpfArray<Real> Reals { get; }

    public BpfArray<FlowBucket> Flows { get; }

    public BpfArray<ulong> Bitmaps { get; }

    public IReadOnlyDictionary<string, BpfMap> Maps => _object.Maps;

    public IReadOnlyDictionary<string, BpfProgram> Programs => _object.Programs;

    /// <summary>Now in units of a flow's age, on the clock that the programs read.</summary>
    public static byte FlowClock => (byte)(((ulong)Environment.TickCount64 * 1_000_000) >> FlowBucket.AgeShift);

    public void Reset()
    {
        Vips.Span.Clear();
        Slots.Span.Clear();
        Reals.Span.Clear();
        Flows.Span.Clear();
        Bitmaps.Span.Clear();
        _vipIds.Clear();
        Maps["answer_limit"].UpdatePerCpu(0u, 0ul);
        foreach (DatapathAddress key in Maps["underlay"].Keys<DatapathAddress>())
        {
            Maps["underlay"].Delete(key);
        }

        foreach (FragmentKey key in Maps["fragments"].Keys<FragmentKey>())
        {
            Maps["fragments"].Delete(key);
        }

        foreach (NicSourceKey key in Maps["nic_sources"].Keys<NicSourceKey>())
        {
            Maps["nic_sources"].Delete(key);
        }

        Config[0] = new DatapathConfig
        {
            HashSeed0 = Seed.Seed0,
            HashSeed1 = Seed.Seed1,
            UplinkIfindex = LoopbackIfindex,
            VipMask = VipMask,
            FlowMask = FlowMask,
            UplinkMac = UplinkMac,
            UplinkMtu = 1500,
            LayoutVersion = DatapathConfig.CurrentLayoutVersion,
        };
    }

    /// <summary>Puts a VIP into table 0, or overwrites it; its ring is its own and is one word throughout.</summary>
    public void SetVip(Vip vip, ulong? ringWord)
    {
        int id = _vipIds.IndexOf(vip.Addr);
        if (id < 0)
        {
            id = _vipIds.Count;
            _vipIds.Add(vip.Addr);
        }

        vip.Id = (uint)id;
        vip.Flags |= VipFlags.Used;
        vip.RingBase = (uint)(id * RingSlots);
        vip.RingShift = ringWord is null ? 0u : 64 - 8;
        Slots.Span.Slice(id * RingSlots, RingSlots).Fill(ringWord ?? 0);
        uint slot = VipHash.Home(vip.Addr.High, vip.Addr.Low, vip.Network, VipMask);
        while (Vips[(int)slot].Flags != VipFlags.None && Vips[(int)slot].Addr != vip.Addr)
        {
            slot = (slot + 1) & VipMask;
        }

        Vips[(int)slot] = vip;
    }

    public void AddSource(DatapathAddress address, NicSource source, int ifindex = LoopbackIfindex)
        => Maps["nic_sources"].Update(new NicSourceKey { Ifindex = (uint)ifindex, Addr = address }, source);

    /// <summary>Runs a packet through a program as it gets attached.</summary>
    public PacketOutcome Run(string program, byte[] packet)
    {
        bool xdp = program == "lodestone_xdp";
        Counter[] before = ReadVerdicts();
        byte[] context = xdp ? new byte[24] : [];
        if (xdp)
        {
            BitConverter.TryWriteBytes(context.AsSpan(4), packet.Length);
        }

        BpfTestRun run = _object.Programs[program].TestRun(packet, context);
        Counter[] after = ReadVerdicts();
        int meta = xdp ? BitConverter.ToInt32(run.Context) : 0;
        List<int> counted = [.. Enumerable.Range(0, after.Length).Where(i => after[i].Packets != before[i].Packets)];
        int verdict = Assert.Single(counted);
        Assert.Equal(1ul, after[verdict].Packets - before[verdict].Packets);
        Assert.Equal((ulong)packet.Length - 14, after[verdict].Bytes - before[verdict].Bytes);
        return new PacketOutcome((int)run.ReturnValue, run.Data[meta..], (Verdict)verdict, run.Data[..meta]);
    }

    public ulong VipCounters(uint id, Func<VipCounter, ulong> field)
    {
        VipCounter[] values = new VipCounter[BpfMap.PossibleCpus];
        Assert.True(Maps["vip_stats"].TryLookupPerCpu(id, values.AsSpan()));
        return values.Aggregate(0ul, (sum, v) => sum + field(v));
    }

    public void Dispose()
    {
        Config.Dispose();
        Vips.Dispose();
        Slots.Dispose();
        Reals.Dispose();
        Flows.Dispose();
        Bitmaps.Dispose();
        _object.Dispose();
    }

    public Counter[] ReadVerdicts()
    {
        Counter[] verdicts = new Counter[Mirrors.VerdictMax];
        Counter[] cpus = new Counter[BpfMap.PossibleCpus];
        for (uint i = 0; i < verdicts.Length; i++)
        {
            Assert.True(Maps["verdicts"].TryLookupPerCpu(i, cpus.AsSpan()));
            foreach (Counter cpu in cpus)
            {
                verdicts[i].Packets += cpu.Packets;
                verdicts[i].Bytes += cpu.Bytes;
            }
        }

        return verdicts;
    }
}
