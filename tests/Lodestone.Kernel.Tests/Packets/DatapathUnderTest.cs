using Lodestone.Bpf;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>The data path loaded into the kernel, small and attached to nothing, with its tables open for writing.</summary>
public class DatapathUnderTest : IDisposable
{
    public const int RingSlots = 256;
    public const uint VipMask = 31;
    public const uint FlowMask = 15;

    public static readonly FlowSeed Seed = new(0x243f6a8885a308d3, 0x13198a2e03707344);
    public static readonly MacAddress UplinkMac = MacAddress.Parse("02:00:00:00:00:02");

    private const int Rings = 16;
    private const int LoopbackIfindex = 1;
    private const int SkBuffSize = 192; // struct __sk_buff (linux/bpf.h), and its gso_size
    private const int SegmentBytesOffset = 176;
    private const int ControlBytesOffset = 48; // its cb
    private const int MarkOffset = 8;

    private readonly BpfObject _object;
    private readonly int _linear;

    private readonly List<(uint Network, DatapathAddress Address)> _vipIds = [];

    public DatapathUnderTest()
        : this(0)
    {
    }

    /// <param name="linear">
    /// 0 for the program as it mostly is. Else the one for frames of several buffers, of which the first has so many bytes.
    /// </param>
    private protected DatapathUnderTest(int linear)
    {
        _linear = linear;
        _object = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions
        {
            MapSizes = new Dictionary<string, uint>
            {
                ["vips"] = 2 * (VipMask + 1),
                ["rings"] = RingSlots * Rings,
                ["reals"] = RingSlots + 1,
                ["flows"] = FlowMask + 1,
                ["port_bitmaps"] = 3 * 1024,
                ["underlay"] = 64,
                ["geneve_nics"] = 64,
                ["underlay_sources"] = 64,
                ["path_mtus"] = 64,
                ["quic_servers"] = 64,
                ["nic_sources"] = 64,
                ["translations"] = 64,
                ["translated_flows"] = 1024,
                ["routes"] = 64,
                ["real_stats"] = RingSlots + 1,
                ["vip_stats"] = Rings,
            },
            Constants = linear == 0 ? new Dictionary<string, ulong>() : new Dictionary<string, ulong> { ["xdp_frags"] = 1 },
            XdpFrags = linear != 0,
        });
        Config = _object.Maps["config"].Mmap<DatapathConfig>();
        Vips = _object.Maps["vips"].Mmap<Vip>();
        Slots = _object.Maps["rings"].Mmap<ulong>();
        Reals = _object.Maps["reals"].Mmap<Real>();
        Flows = _object.Maps["flows"].Mmap<FlowBucket>();
        Bitmaps = _object.Maps["port_bitmaps"].Mmap<ulong>();
        Reset();
    }

    /// <summary>The uplink's device, and that of the NIC which <c>source</c> lines are about.</summary>
    public int UplinkIfindex { get; set; } = LoopbackIfindex;

    public int NicIfindex { get; set; } = LoopbackIfindex;

    public BpfArray<DatapathConfig> Config { get; }

    public BpfArray<Vip> Vips { get; }

    public BpfArray<ulong> Slots { get; }

    public BpfArray<Real> Reals { get; }

    public BpfArray<FlowBucket> Flows { get; }

    public BpfArray<ulong> Bitmaps { get; }

    public IReadOnlyDictionary<string, BpfMap> Maps => _object.Maps;

    public IReadOnlyDictionary<string, BpfProgram> Programs => _object.Programs;

    /// <summary>The flow table's clock, of the time that the programs read.</summary>
    public static uint FlowClock => FlowTable.Clock((ulong)Environment.TickCount64 * 1_000_000);

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

        foreach (GeneveKey key in Maps["geneve_nics"].Keys<GeneveKey>())
        {
            Maps["geneve_nics"].Delete(key);
        }

        foreach (string map in new[] { "underlay_sources", "path_mtus" })
        {
            foreach (DatapathAddress key in Maps[map].Keys<DatapathAddress>())
            {
                Maps[map].Delete(key);
            }
        }

        foreach (QuicKey key in Maps["quic_servers"].Keys<QuicKey>())
        {
            Maps["quic_servers"].Delete(key);
        }

        foreach (FragmentKey key in Maps["fragments"].Keys<FragmentKey>())
        {
            Maps["fragments"].Delete(key);
        }

        foreach (NicSourceKey key in Maps["nic_sources"].Keys<NicSourceKey>())
        {
            Maps["nic_sources"].Delete(key);
        }

        foreach (NicSourceKey key in Maps["translations"].Keys<NicSourceKey>())
        {
            Maps["translations"].Delete(key);
        }

        foreach (string map in new[] { "translated_flows", "translated_new" })
        {
            foreach (TranslatedKey key in Maps[map].Keys<TranslatedKey>())
            {
                Maps[map].Delete(key);
            }
        }

        foreach (FragmentKey key in Maps["translated_fragments"].Keys<FragmentKey>())
        {
            Maps["translated_fragments"].Delete(key);
        }

        foreach (RouteKey key in Maps["routes"].Keys<RouteKey>())
        {
            Maps["routes"].Delete(key);
        }

        SegmentBytes = 0;
        Config[0] = new DatapathConfig
        {
            HashSeed0 = Seed.Seed0,
            HashSeed1 = Seed.Seed1,
            UplinkIfindex = (uint)UplinkIfindex,
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
        int id = _vipIds.IndexOf((vip.Network, vip.Addr));
        if (id < 0)
        {
            id = _vipIds.Count;
            _vipIds.Add((vip.Network, vip.Addr));
        }

        vip.Id = (uint)id;
        vip.Flags |= VipFlags.Used;
        vip.RingBase = (uint)(id * RingSlots);
        vip.RingShift = ringWord is null ? 0u : 64 - 8;
        Slots.Span.Slice(id * RingSlots, RingSlots).Fill(ringWord ?? 0);
        uint slot = VipHash.Home(vip.Addr.High, vip.Addr.Low, vip.Network, VipMask);
        while (Vips[(int)slot].Flags != VipFlags.None && (Vips[(int)slot].Addr != vip.Addr || Vips[(int)slot].Network != vip.Network))
        {
            slot = (slot + 1) & VipMask;
        }

        Vips[(int)slot] = vip;
    }

    public void AddSource(DatapathAddress address, NicSource source, int? ifindex = null)
        => Maps["nic_sources"].Update(new NicSourceKey { Ifindex = (uint)(ifindex ?? NicIfindex), Addr = address }, source);

    /// <summary>Payload of each segment that a device is to make of the next packets at a NIC.</summary>
    public uint SegmentBytes { get; set; }

    /// <summary>Runs a packet through a program as it gets attached.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="packet">The frame.</param>
    /// <param name="device">Of <c>lodestone_translate</c> and <c>lodestone_probe</c>: whose NIC the packet is for; absent: <see cref="NicIfindex"/>.</param>
    public PacketOutcome Run(string program, byte[] packet, uint? device = null)
    {
        bool xdp = program == "lodestone_xdp";
        Counter[] before = ReadVerdicts();
        byte[] context = xdp ? new byte[24] : SegmentBytes > 0 || program is "lodestone_translate" or "lodestone_probe" ? new byte[SkBuffSize] : [];
        if (xdp)
        {
            BitConverter.TryWriteBytes(context.AsSpan(4), _linear == 0 ? packet.Length : Math.Min(packet.Length, _linear));
        }
        else if (context.Length > 0)
        {
            BitConverter.TryWriteBytes(context.AsSpan(SegmentBytesOffset), SegmentBytes);
            BitConverter.TryWriteBytes(context.AsSpan(ControlBytesOffset), program == "lodestone_translate" ? device ?? (uint)NicIfindex : 0u);
            BitConverter.TryWriteBytes(context.AsSpan(MarkOffset), program == "lodestone_probe" ? device ?? (uint)NicIfindex : 0u);
        }

        BpfTestRun run = _object.Programs[program].TestRun(packet, context);
        Counter[] after = ReadVerdicts();
        int meta = xdp ? BitConverter.ToInt32(run.Context) : 0;
        List<int> counted = [.. Enumerable.Range(0, after.Length).Where(i => after[i].Packets != before[i].Packets)];
        if (counted.Contains((int)Verdict.Probe))
        {
            counted.Remove((int)Verdict.Translated); // on the way
        }

        int verdict = Assert.Single(counted);
        Assert.Equal(1ul, after[verdict].Packets - before[verdict].Packets);
        int tags = xdp && (Verdict)verdict != Verdict.PassOtherVlan ? VlanTags.Read(packet, out _)?.Length ?? 0 : 0;
        Assert.Equal((ulong)(packet.Length - 14 - tags), after[verdict].Bytes - before[verdict].Bytes);
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
        GC.SuppressFinalize(this);
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
