using System.Diagnostics;
using Lodestone.Bpf;
using Lodestone.Datapath.Events;
using Lodestone.Datapath.Layout;
using Lodestone.Kernel.Tests.Packets;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Events;

/// <summary>What the programs tell a listener, and that they tell nothing without one.</summary>
public sealed class EventTests : IClassFixture<DatapathUnderTest>, IDisposable
{
    private const ulong Second = 1_000_000_000;
    private const int Burst = 500;          // EVENT_WINDOW_NS / EVENT_INTERVAL_NS
    private const int PerMillisecond = 10;  // 1 ms / EVENT_INTERVAL_NS
    private const int PerTick = 100;        // the coarse clock moves in ticks of 10 ms at the most

    private static readonly byte[] Syn = PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 31337 > 80 S");
    private static readonly byte[] Established = PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 31337 > 80 A");
    private static readonly byte[] WrongPort = PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 31337 > 81 S");

    private readonly DatapathUnderTest _datapath;
    private readonly GoldenState _state;
    private readonly BpfArray<EventControl> _control;
    private readonly BpfRingBuffer _events;
    private readonly EventRecord[] _records = new EventRecord[4096];

    public EventTests(DatapathUnderTest datapath)
    {
        _datapath = datapath;
        _datapath.Reset();
        foreach (EventKind kind in Enum.GetValues<EventKind>())
        {
            _datapath.Maps["event_limits"].UpdatePerCpu((uint)kind, default(EventLimit));
        }

        _state = new GoldenState(_datapath);
        _control = _datapath.Maps["event_control"].Mmap<EventControl>();
        _events = _datapath.Maps["events"].MmapRing();
        _events.Skip();
        _state.Apply("real 1 encap 2001:db8:1::1 > 2001:db8:2::1");
        _state.Apply("real 2 encap 2001:db8:1::1 > 2001:db8:2::2");
    }

    [Fact]
    public void Run_NobodyListens_TellsNothing()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1 previous 2 learn");
        Grant(oneIn: 1, Now() + Second);

        Run(Syn, Established, Established, WrongPort);

        Assert.Empty(Read());
        Assert.All(Enum.GetValues<EventKind>(), kind => Assert.Equal(default, Totals(kind)));
    }

    [Fact]
    public void Run_Drop_IsToldWithWhatItsHeadersSay()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        Listen(Listening.Drops);
        ulong before = Now();

        Run(Syn, WrongPort);

        PacketEvent told = Assert.Single(Read());
        Assert.Equal((EventKind.Drop, Verdict.DropPortNotAllowed), (told.Kind, told.Verdict));
        Assert.Equal((DatapathAddress.Parse("192.0.2.10"), DatapathAddress.Parse("198.51.100.1")), (told.Source, told.Destination));
        Assert.Equal(((byte)6, 31337, 81, 40u), (told.Protocol, told.SourcePort, told.DestinationPort, told.Bytes));
        Assert.Equal((1u, null, 0u), (told.Ifindex, told.Vip, told.Real));
        Assert.InRange(told.TimeNs, before, Now());
        Assert.Equal((1ul, 0ul, 0ul), Totals(EventKind.Drop));
    }

    [Theory]
    [InlineData("vip 2001:db8::1 none -> 1", "eth 02::01 > 02::02 / ip6 2001:db8::a > 2001:db8::1 / udp 5000 > 53 / data 20", Verdict.DropPortNotAllowed, 17, 5000, 53)]
    [InlineData("vip 198.51.100.1 all -> none", "eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / udp 5000 > 53 / data 20", Verdict.DropNoReal, 17, 5000, 53)]
    [InlineData("vip 198.51.100.1 all -> 1", "eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 frag 100 / data 20", Verdict.DropFragment, 253, null, null)]
    public void Run_DropOfAnyKind_IsTold(string vip, string packet, Verdict verdict, int protocol, int? from, int? to)
    {
        _state.Apply(vip);
        Listen(Listening.Drops);

        Run(PacketText.Parse(packet));

        PacketEvent told = Assert.Single(Read());
        Assert.Equal((verdict, (byte?)protocol, from, to), (told.Verdict, told.Protocol, told.SourcePort, told.DestinationPort));
    }

    [Fact]
    public void Run_DropWithoutHeaders_IsToldWithoutAddresses()
    {
        Listen(Listening.Drops);

        Run(PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 31337 > 80 S")[..20]);

        PacketEvent told = Assert.Single(Read());
        Assert.Equal((Verdict.DropTruncated, null, null, null), (told.Verdict, told.Source, told.Protocol, told.Ports));
    }

    [Fact]
    public void Run_SlotInTransition_TellsWhatTheFlowTableDoes()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1 previous 2 learn");
        Listen(Listening.Transitions);

        // The first finds no record and stays with real 2; the second finds the first one's; a SYN is real 1's, as is what follows it.
        Run(Established, Established, Syn, Established);

        PacketEvent[] told = Read();
        Assert.Equal([(EventPath.Recorded, 2u), (EventPath.Pinned, 2u), (EventPath.Recorded, 1u)], told.Select(e => (e.Path, e.Real)));
        Assert.All(told, e => Assert.Equal((EventKind.Transition, Verdict.Forward, (uint?)0), (e.Kind, e.Verdict, e.Vip)));
        Assert.All(told, e => Assert.Equal((DatapathAddress.Parse("192.0.2.10"), 31337, 80), (e.Source, e.SourcePort, e.DestinationPort)));
    }

    [Fact]
    public void Run_NoPlaceInTheFlowTable_IsTold()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1 previous 2 learn");
        Listen(Listening.Transitions);

        // A VIP has one way for flows that begin in each of the 16 buckets: of 64 SYNs at most 16 are recorded, and the others go as their next packets.
        Run([.. Enumerable.Range(20_000, 64).Select(port => PacketText.Parse($"eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp {port} > 80 S"))]);

        PacketEvent[] told = Read();
        Assert.Equal(64, told.Length);
        Assert.All(told, e => Assert.Equal(e.Path == EventPath.Recorded ? 1u : 2u, e.Real));
        Assert.InRange(told.Count(e => e.Path == EventPath.Recorded), 1, 16);
        Assert.All(told, e => Assert.True(e.Path is EventPath.Recorded or EventPath.Unrecorded));
    }

    [Theory]
    [InlineData("by client/24 was flow")]
    [InlineData("by pair")]
    public void Run_SlotsByClient_TellTheSame(string keys)
    {
        _state.Apply($"vip 198.51.100.1 tcp:80 -> 1 previous 2 learn {keys}");
        Listen(Listening.Transitions);

        Run(Established, Established);

        Assert.Equal([(EventPath.Recorded, 2u), (EventPath.Pinned, 2u)], Read().Select(e => (e.Path, e.Real)));
    }

    [Theory]
    [InlineData("encap 2001:db8:1::1 > 2001:db8:2::1", Verdict.Forward)]
    [InlineData("ipip 10.0.0.1 > 10.0.0.2", Verdict.Forward)]
    [InlineData("gue 10.0.0.1 > 10.0.0.2", Verdict.Forward)]
    [InlineData("gue 2001:db8:1::1 > 2001:db8:2::1", Verdict.Forward)]
    [InlineData("geneve 10.0.0.1 > 10.0.0.2", Verdict.Forward)]
    [InlineData("geneve 2001:db8:1::1 > 2001:db8:2::1", Verdict.Forward)]
    [InlineData("peer 7", Verdict.DeliverLocal)]
    public void Run_Sample_IsThePacketInsideAnyDelivery(string real, Verdict verdict)
    {
        _state.Apply($"real 1 {real}");
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        _state.Apply("vip 2001:db8::1 all -> 1");
        Listen(Listening.Samples);

        Run(Syn, WrongPort, PacketText.Parse("eth 02::01 > 02::02 / ip6 2001:db8::a > 2001:db8::1 / udp 5000 > 53 / data 20"));

        PacketEvent[] told = Read();
        Assert.Equal(
            [("192.0.2.10", 31337, "198.51.100.1", 80, (byte)6, 40u, 0u), ("2001:db8::a", 5000, "2001:db8::1", 53, (byte)17, 68u, 1u)],
            told.Select(e => ($"{e.Source}", e.SourcePort!.Value, $"{e.Destination}", e.DestinationPort!.Value, e.Protocol!.Value, e.Bytes, e.Vip!.Value)));
        Assert.All(told, e => Assert.Equal((EventKind.Sample, verdict, EventPath.Stable, 1u), (e.Kind, e.Verdict, e.Path, e.Real)));
    }

    [Fact]
    public void Slot_OfASample_IsThatOfTheProgram()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        Listen(Listening.Samples);
        Run(Syn);
        PacketEvent told = Assert.Single(Read());
        Vip vip = _datapath.Vips.Span.ToArray().Single(v => v.Flags != VipFlags.None);

        uint slot = Assert.NotNull(EventSlot.Of(told, vip, _datapath.Config[0]));

        // Only this slot has another owner: the packet goes there.
        _datapath.Slots[(int)(vip.RingBase + slot)] = 2;
        Run(Syn);
        Assert.Equal(2u, Assert.Single(Read()).Real);
    }

    [Fact]
    public void Run_Nic_TellsOfItsDevice()
    {
        _state.Apply("source 10.0.0.5 own network 7");
        _state.Apply("vip 10.0.0.100 tcp:80 -> 1 network 7");
        Listen(Listening.Drops | Listening.Samples);

        foreach (string packet in (string[])["10.0.0.5 > 10.0.0.100 / tcp 31337 > 80 S", "10.0.0.5 > 10.0.0.100 / tcp 31337 > 81 S", "10.0.0.6 > 10.0.0.100 / tcp 31337 > 80 S"])
        {
            _datapath.Run("lodestone_nic", PacketText.Parse($"eth 02::01 > 02::02 / ip4 {packet}"));
        }

        Assert.Equal(
            [(EventKind.Sample, Verdict.Forward, 1u), (EventKind.Drop, Verdict.DropPortNotAllowed, 0u), (EventKind.Drop, Verdict.DropNicSpoofed, 0u)],
            Read().Select(e => (e.Kind, e.Verdict, e.Real)));
    }

    [Fact]
    public void Run_TimeIsOver_TellsNothingAndNobodyListensAnyMore()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        Listen(Listening.Drops | Listening.Samples);
        Grant(oneIn: 1, Now() - Second);

        Run(WrongPort);

        Assert.Equal(Listening.Samples, _datapath.Config[0].Listening);
        Run(Syn);
        Assert.Equal(Listening.None, _datapath.Config[0].Listening);
        Assert.Empty(Read());
    }

    [Theory]
    [InlineData("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 31337 > 81 S", "198.51.100.1", true)]
    [InlineData("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.1 / tcp 31337 > 81 S", "198.51.100.2", false)]
    [InlineData("eth 02::01 > 02::02 / ip6 2001:db8::a > 2001:db8::1 / tcp 31337 > 81 S", "2001:db8::1", true)]
    [InlineData("eth 02::01 > 02::02 / ip6 2001:db8::a > 2001:db8::1 / tcp 31337 > 81 S", "2001:db8::2", false)]
    public void Run_DropsToOneAddress_SpendTheRateOnNoOther(string packet, string only, bool isTold)
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        _state.Apply("vip 2001:db8::1 tcp:80 -> 1");
        Listen(Listening.Drops);
        ref EventControl control = ref _control[(int)EventKind.Drop];
        (control.Only, control.Addr) = (1, DatapathAddress.Parse(only));
        byte[] dropped = PacketText.Parse(packet);

        for (int i = 0; i < 3 * Burst; i++)
        {
            Run(dropped);
        }

        (ulong sent, ulong limited, ulong full) = Totals(EventKind.Drop);
        Assert.Equal(isTold ? 3ul * Burst : 0, sent + limited + full);
        Assert.All(Read(), told => Assert.Equal(DatapathAddress.Parse(only), told.Destination));
        Assert.Equal(isTold, sent > 0);
    }

    [Theory]
    [InlineData("10.0.0.9", true)]
    [InlineData("10.0.0.8", false)]
    public void Run_DropsToOneAddress_CountAtANicToo(string only, bool isTold)
    {
        Listen(Listening.Drops);
        ref EventControl control = ref _control[(int)EventKind.Drop];
        (control.Only, control.Addr) = (1, DatapathAddress.Parse(only));

        _datapath.Run("lodestone_nic", PacketText.Parse("eth 02::01 > 02::02 / ip4 10.0.0.77 > 10.0.0.9 / tcp 31337 > 80 S"));

        Assert.Equal(isTold ? 1 : 0, Read().Length);
    }

    [Fact]
    public void Run_OnlyOneVip_TellsNothingOfOthers()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        _state.Apply("vip 198.51.100.2 tcp:80 -> 2");
        Listen(Listening.Samples);
        _control[(int)EventKind.Sample].Only = 1;
        _control[(int)EventKind.Sample].Vip = 1;

        Run(Syn, PacketText.Parse("eth 02::01 > 02::02 / ip4 192.0.2.10 > 198.51.100.2 / tcp 31337 > 80 S"));

        Assert.Equal(2u, Assert.Single(Read()).Real);
    }

    [Fact]
    public void Run_OneInTen_TellsSoMany()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        Listen(Listening.Samples, oneIn: 10);
        int told = 0;
        for (int i = 0; i < 4000; i++)
        {
            Run(Syn);
            told += i % 100 == 0 ? Read().Length : 0;
        }

        told += Read().Length;
        Assert.Equal(0ul, Totals(EventKind.Sample).Limited);
        Assert.InRange(told, 300, 500);
    }

    [Fact]
    public void Run_Flood_TellsNoMoreThanTheRateAndCountsWhatIsLeftOut()
    {
        const int flood = 100_000;
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        Listen(Listening.Drops, lasts: 60);
        long start = Stopwatch.GetTimestamp();

        _datapath.Programs["lodestone_xdp"].TestRun(WrongPort, repeat: flood);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

        (ulong sent, ulong limited, ulong full) = Totals(EventKind.Drop);
        Assert.Equal((ulong)flood, sent + limited + full);
        Assert.InRange(sent + full, 1ul, (ulong)(BpfMap.PossibleCpus * (Burst + PerTick + (milliseconds * PerMillisecond))));
        Assert.Equal((int)sent, Read().Length);
    }

    [Fact]
    public void Run_NobodyReads_CountsWhatHasNoRoom()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        int room = (int)_datapath.Maps["events"].MaxEntries / 168;
        Listen(Listening.Drops, lasts: 60);
        for (int i = 0; i < room + 10; i++)
        {
            _datapath.Maps["event_limits"].UpdatePerCpu((uint)EventKind.Drop, default(EventLimit));
            Run(WrongPort);
        }

        Assert.Equal((0ul, 0ul, 1ul), Totals(EventKind.Drop));
        Assert.InRange(Read().Length, room - 1, room);

        // There is room again.
        Run(WrongPort);
        Assert.Single(Read());
    }

    [Fact]
    public void Skip_ForgetsWhatWaits()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        Listen(Listening.Drops);
        Run(WrongPort, WrongPort);
        Assert.Equal(2 * 168ul, _events.Waiting);

        _events.Skip();

        Assert.Empty(Read());
        Run(WrongPort);
        Assert.Single(Read());
    }

    [Fact]
    public void Read_MoreThanOneRound_LosesAndRepeatsNothing()
    {
        _state.Apply("vip 198.51.100.1 tcp:80 -> 1");
        Listen(Listening.Drops, lasts: 60);
        List<ulong> times = [];
        for (int i = 0; i < 5000; i++)
        {
            _datapath.Maps["event_limits"].UpdatePerCpu((uint)EventKind.Drop, default(EventLimit));
            _datapath.Programs["lodestone_xdp"].TestRun(WrongPort);
            if (i % 7 == 0)
            {
                times.AddRange(Read().Select(e => e.TimeNs));
            }
        }

        times.AddRange(Read().Select(e => e.TimeNs));
        Assert.Equal(5000, times.Distinct().Count());
        Assert.Equal(times.Order(), times);
    }

    public void Dispose()
    {
        _events.Dispose();
        _control.Dispose();
    }

    private static ulong Now() => (ulong)Stopwatch.GetElapsedTime(0).Ticks * 100;

    private void Listen(Listening kinds, int oneIn = 1, int lasts = 10)
    {
        Grant(oneIn, Now() + ((ulong)lasts * Second));
        _datapath.Config[0].Listening = kinds;
    }

    private void Grant(int oneIn, ulong until) => _control.Span.Fill(new EventControl { UntilNs = until, OneIn = (uint)oneIn });

    private void Run(params byte[][] packets)
    {
        foreach (byte[] packet in packets)
        {
            _datapath.Programs["lodestone_xdp"].TestRun(packet);
        }
    }

    private PacketEvent[] Read()
    {
        int count = _events.Read<EventRecord>(_records);
        return [.. _records.Take(count).Select(record => EventDecoder.Decode(record))];
    }

    private (ulong Sent, ulong Limited, ulong Full) Totals(EventKind kind)
    {
        EventLimit[] cpus = new EventLimit[BpfMap.PossibleCpus];
        Assert.True(_datapath.Maps["event_limits"].TryLookupPerCpu((uint)kind, cpus.AsSpan()));
        return cpus.Aggregate((0ul, 0ul, 0ul), (sum, cpu) => (sum.Item1 + cpu.Sent, sum.Item2 + cpu.Limited, sum.Item3 + cpu.Full));
    }
}
