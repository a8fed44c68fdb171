using System.Diagnostics;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Kernel.Tests.Model;

/// <summary>The BPF programs, loaded and run on single packets; attached to nothing.</summary>
internal sealed class ProgramUnderTest : IDisposable
{
    private readonly BpfObject _object = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions
    {
        Name = "model",
        MapSizes = new Dictionary<string, uint>
        {
            ["vips"] = RandomMaps.VipSlots,
            ["rings"] = RandomMaps.RingSlots,
            ["reals"] = RandomMaps.RealCount,
            ["flows"] = RandomMaps.FlowBuckets,
            ["port_bitmaps"] = RandomMaps.BitmapWords,
            ["underlay"] = 64,
            ["geneve_nics"] = 64,
            ["underlay_sources"] = 64,
            ["path_mtus"] = 64,
            ["quic_servers"] = 256,
            ["nic_sources"] = 64,
            ["translations"] = 64,
            ["translated_flows"] = 4096,
            ["routes"] = 64,
            ["real_stats"] = RandomMaps.RealCount,
            ["vip_stats"] = RandomMaps.VipCount,
        },
    });

    private readonly BpfArray<FlowBucket> _flows;
    private readonly ulong[] _verdicts = new ulong[Mirrors.VerdictMax];

    public ProgramUnderTest() => _flows = _object.Maps["flows"].Mmap<FlowBucket>();

    public ReadOnlySpan<FlowBucket> Flows => _flows.Span;

    /// <summary>The clock of the flow table, waited for until it will stand still for the time of a test run.</summary>
    public static uint SteadyNow()
    {
        const ulong unit = 1ul << FlowBucket.TickShift;
        const ulong margin = 50_000_000;
        ulong nanoseconds;
        do
        {
            nanoseconds = (ulong)Stopwatch.GetElapsedTime(0).Ticks * 100;
        }
        while (nanoseconds % unit < margin || nanoseconds % unit > unit - margin);

        return Datapath.Tables.FlowTable.Clock(nanoseconds);
    }

    public void Install(DatapathMaps maps)
    {
        Write("vips", maps.Vips);
        Write("rings", maps.Rings);
        Write("reals", maps.Reals);
        Write("port_bitmaps", maps.PortBitmaps);
        Write("config", [maps.Config]);
        Write("event_control", Enumerable.Repeat(new EventControl { UntilNs = ulong.MaxValue, OneIn = 3 }, Mirrors.EventKinds).ToArray());
        maps.Flows.CopyTo(_flows.Span);
        Replace("underlay", maps.Underlay);
        Replace("geneve_nics", maps.GeneveNics);
        Replace("underlay_sources", maps.UnderlaySources.ToDictionary(source => source, _ => 1u));
        Replace("path_mtus", maps.PathMtus);
        Replace("quic_servers", maps.QuicServers);
        Replace("fragments", maps.Fragments);
        Replace("nic_sources", maps.NicSources.ToDictionary(
            entry => new NicSourceKey { Ifindex = entry.Key.Ifindex, Addr = entry.Key.Address }, entry => entry.Value));
        Replace("routes", maps.Routes);
        Replace("translations", maps.Translations.ToDictionary(
            entry => new NicSourceKey { Ifindex = entry.Key.Ifindex, Addr = entry.Key.Address }, entry => entry.Value));
        Replace("translated_flows", maps.TranslatedFlows);
        Replace("translated_new", maps.TranslatedNew);
        Replace("translated_fragments", maps.TranslatedFragments);
    }

    /// <summary>Writes the arrays that change under running packets.</summary>
    public void Rewrite(DatapathMaps maps)
    {
        Write("vips", maps.Vips);
        Write("rings", maps.Rings);
        Write("reals", maps.Reals);
        maps.Flows.CopyTo(_flows.Span);
    }

    /// <summary>Fills or locks what limits the rate of answers.</summary>
    public void AllowAnswers(bool allow) => _object.Maps["answer_limit"].UpdatePerCpu(0u, allow ? 0ul : long.MaxValue);

    public BpfTestRun Run(string program, byte[] frame) => _object.Programs[program].TestRun(frame);

    /// <summary>The same of a packet with a mark.</summary>
    public BpfTestRun RunMarked(string program, byte[] frame, uint mark)
    {
        byte[] context = new byte[192]; // struct __sk_buff
        BitConverter.TryWriteBytes(context.AsSpan(8), mark);
        return _object.Programs[program].TestRun(frame, context);
    }

    /// <summary>The same without allocating: the return value, and the packet afterwards in <paramref name="output"/>.</summary>
    public uint Run(string program, ReadOnlySpan<byte> frame, Span<byte> output, out int length) =>
        _object.Programs[program].TestRun(frame, output, out length);

    /// <summary>How often each verdict has been counted since the program was loaded.</summary>
    public ulong[] CountAll() => [.. Enumerable.Range(0, Mirrors.VerdictMax).Select(i => CountOf((Verdict)i))];

    /// <summary>The verdict that has been counted since the last call, once; anything else is an error.</summary>
    public Verdict TakeVerdict(Verdict likely)
    {
        ulong count = CountOf(likely);
        if (count == _verdicts[(int)likely] + 1)
        {
            _verdicts[(int)likely] = count;
            return likely;
        }

        List<Verdict> counted = [];
        for (int i = 0; i < _verdicts.Length; i++)
        {
            count = CountOf((Verdict)i);
            if (count != _verdicts[i])
            {
                counted.Add((Verdict)i);
                _verdicts[i] = count;
            }
        }

        return counted.Count == 1 ? counted[0] : throw new InvalidOperationException($"counted: {string.Join(", ", counted)}");
    }

    /// <summary>The verdicts that have been counted since the last call, each once.</summary>
    public IReadOnlyList<Verdict> TakeVerdicts()
    {
        List<Verdict> counted = [];
        for (int i = 0; i < _verdicts.Length; i++)
        {
            ulong count = CountOf((Verdict)i);
            if (count != _verdicts[i])
            {
                Assert.Equal(_verdicts[i] + 1, count);
                counted.Add((Verdict)i);
                _verdicts[i] = count;
            }
        }

        return counted;
    }

    /// <summary>What is recorded of flows that came by a VIP, answered ones or others.</summary>
    public Dictionary<TranslatedKey, TranslatedFlow> Translated(bool answered)
    {
        BpfMap map = _object.Maps[answered ? "translated_flows" : "translated_new"];
        var flows = new Dictionary<TranslatedKey, TranslatedFlow>();
        foreach (TranslatedKey key in map.Keys<TranslatedKey>())
        {
            Assert.True(map.TryLookup(key, out TranslatedFlow flow));
            flows.Add(key, flow);
        }

        return flows;
    }

    /// <summary>What is known of the way to a destination.</summary>
    public PathMtu PathTo(DatapathAddress destination) =>
        _object.Maps["path_mtus"].TryLookup(destination, out PathMtu path) ? path : default;

    /// <summary>The counters of a VIP, over all CPUs.</summary>
    public VipCounter StatsOf(uint vip)
    {
        VipCounter[] perCpu = new VipCounter[BpfMap.PossibleCpus];
        _object.Maps["vip_stats"].TryLookupPerCpu<uint, VipCounter>(vip, perCpu);
        VipCounter sum = default;
        foreach (VipCounter counter in perCpu)
        {
            sum.Add(counter);
        }

        return sum;
    }

    public void Dispose()
    {
        _flows.Dispose();
        _object.Dispose();
    }

    private ulong CountOf(Verdict verdict)
    {
        Counter[] perCpu = new Counter[BpfMap.PossibleCpus];
        _object.Maps["verdicts"].TryLookupPerCpu<uint, Counter>((uint)verdict, perCpu);
        ulong sum = 0;
        foreach (Counter counter in perCpu)
        {
            sum += counter.Packets;
        }

        return sum;
    }

    private void Write<T>(string map, T[] values)
        where T : unmanaged
    {
        using BpfArray<T> array = _object.Maps[map].Mmap<T>();
        values.CopyTo(array.Span);
    }

    private void Replace<TKey, TValue>(string map, Dictionary<TKey, TValue> entries)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        foreach (TKey key in _object.Maps[map].Keys<TKey>())
        {
            _object.Maps[map].Delete(key);
        }

        foreach ((TKey key, TValue value) in entries)
        {
            _object.Maps[map].Update(key, value);
        }
    }
}
