using Lodestone.Datapath.Layout;

namespace Lodestone.Bpf.Bench;

/// <summary>Measures the data path in the kernel, on packets in memory. Needs the agent's privileges, and touches no device.</summary>
/// <remarks>
/// <para>
/// Batched: a batch is one test run of many repetitions, yet shorter than a time slice. Batches of the wrapper and of the whole alternate, and the least
/// of each counts, so that what other guests of the machine do falls out. The wrapper itself looks at the clock, at two packets of a batch: the kernel
/// tells whole nanoseconds a repetition, and a clock around the call would see it patch its XDP dispatcher, which takes longer than the batch.
/// </para>
/// <para>
/// By calls: a test run for every packet, and the median of what the kernel says it took. A call costs by itself; what it costs is seen at
/// <see cref="PacketBenchmarkResult.EmptyCallNs"/>.
/// </para>
/// <para>Every case is checked by the verdicts that its packets were counted under.</para>
/// </remarks>
public sealed class PacketBenchmark : IDisposable
{
    private const uint XdpDrop = 1;
    private const uint XdpPass = 2;
    private const uint XdpTx = 3;
    private const int WarmUp = 64;
    private const int Batch = 8192;
    private const int Calls = 301;
    private const ulong OtherBlock = 1 << 16;

    private readonly int _rounds;
    private readonly BpfObject _object;
    private readonly BenchTables _tables;
    private readonly BpfArray<BenchState> _states;

    // Packets of flows that nobody has seen, since the flow table was cleared.
    private long _recorded;

    private PacketBenchmark(int rounds)
    {
        _rounds = rounds;
        _object = BpfObject.Load(LodestoneObjects.Bench, new BpfLoadOptions { Name = "bench", MapSizes = BenchTables.Sizes });
        _tables = new BenchTables(_object);
        _states = _object.Maps["bench_state"].Mmap<BenchState>();
    }

    private ref BenchState State => ref _states[0];

    /// <summary>Loads the bench object, measures the cases and unloads it.</summary>
    /// <param name="options">Which cases, and how thoroughly.</param>
    /// <param name="measured">Hears of each case when it is done.</param>
    /// <exception cref="BpfException">The kernel refused the object, or packets did not get the verdict that they should.</exception>
    public static PacketBenchmarkResult Run(PacketBenchmarkOptions options, Action<PacketBenchmarkCase>? measured = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        PacketScenario[] scenarios = [.. ScenarioMatrix.Create(options.Quick).Where(s => options.Only is null || s.Name.Contains(options.Only, StringComparison.Ordinal))];
        if (scenarios.Length == 0)
        {
            string names = string.Join(", ", ScenarioMatrix.Create(options.Quick).Select(s => s.Name).Distinct());
            throw new ArgumentException($"no case's name contains \"{options.Only}\"; there are {names}", nameof(options));
        }

        using PacketBenchmark bench = new(options.Rounds);
        return bench.Measure(scenarios, measured ?? (static _ => { }));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tables.Dispose();
        _states.Dispose();
        _object.Dispose();
    }

    private PacketBenchmarkResult Measure(PacketScenario[] scenarios, Action<PacketBenchmarkCase> measured)
    {
        byte[] packet = BenchPackets.Create(scenarios[0]);
        double empty = Enumerable.Range(0, _rounds).Min(_ => (double)_object.Programs["bench_empty"].TestRun(packet, repeat: Batch).DurationNs);
        double emptyCall = MedianCall("bench_empty", packet, XdpPass);
        List<PacketBenchmarkCase> cases = [];
        foreach (PacketScenario scenario in scenarios)
        {
            PacketBenchmarkCase done = Measure(scenario);
            measured(done);
            cases.Add(done);
        }

        return new PacketBenchmarkResult(empty, emptyCall, cases);
    }

    private PacketBenchmarkCase Measure(PacketScenario scenario)
    {
        byte[] packet = BenchPackets.Create(scenario);
        Prepare(scenario);
        (Verdict verdict, uint action) = ExpectedOf(scenario);
        ulong before = CountOf(verdict);
        long packets = 0;
        double[] wrapper = new double[_rounds], whole = new double[_rounds];
        for (int round = 0; round < _rounds; round++)
        {
            ForgetInTime(scenario);
            ulong counter = State.Counter;
            wrapper[round] = RunBatch("bench_wrap", packet, XdpTx);
            State.Counter = counter;
            whole[round] = RunBatch("bench_whole", packet, action);
            packets += RepeatOf(Batch);
        }

        ulong counted = CountOf(verdict) - before;
        if (counted != (ulong)packets)
        {
            throw new BpfException($"case '{scenario.Name}': {counted} of {packets} packets got the verdict {verdict}; nothing was measured");
        }

        double? call = scenario.Flows == 1 ? MedianCall("lodestone_xdp", OnePacket(packet), action) : null;
        Array.Sort(wrapper);
        Array.Sort(whole);
        return new PacketBenchmarkCase
        {
            Name = scenario.Name,
            Flows = scenario.Flows == PacketScenario.EveryPacketNew ? null : scenario.Flows,
            Vips = scenario.Vips,
            Targets = scenario.Targets,
            FlowBuckets = scenario.Knowledge == FlowKnowledge.Stable ? null : scenario.Buckets,
            Ns = whole[0] - wrapper[0],
            MedianNs = whole[_rounds / 2] - wrapper[_rounds / 2],
            WithWrapperNs = whole[0],
            CallNs = call,
        };
    }

    /// <summary>Fills the tables and records what is to be recorded.</summary>
    private void Prepare(PacketScenario scenario)
    {
        _tables.Fill(scenario);
        State = new BenchState
        {
            FlowMask = (ulong)scenario.Flows - 1,
            FirstHalf = scenario.Kind == PacketKind.NoVip ? BenchPackets.FirstHalf + OtherBlock : BenchPackets.FirstHalf,
            LastHalf = 1,
            Vips = (uint)scenario.Vips,
            FirstVip = scenario.Kind == PacketKind.NoVip ? BenchPackets.FirstVip + (uint)OtherBlock : BenchPackets.FirstVip,
            Shape = BenchPackets.ShapeOf(scenario),
            TakesMeta = scenario.Delivery.TakesMeta ? 1u : 0,
            Port = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(
                scenario.Kind == PacketKind.PortNotAllowed ? (ushort)(BenchPackets.Port + 1) : BenchPackets.Port),
        };
        if (scenario.Knowledge != FlowKnowledge.Stable)
        {
            _tables.ClearFlows();
            _recorded = 0;
        }

        if (scenario.Knowledge is FlowKnowledge.LearningRecorded or FlowKnowledge.SettlingRecorded)
        {
            _tables.FillRings(scenario, RingSlot.Consult | RingSlot.Learn);
            Pass(scenario, BenchPackets.Create(scenario));
        }

        _tables.FillRings(scenario, scenario.Knowledge switch
        {
            FlowKnowledge.Stable => 0,
            FlowKnowledge.LearningRecorded or FlowKnowledge.LearningUnrecorded => RingSlot.Consult | RingSlot.Learn,
            _ => RingSlot.Consult,
        });
        if (scenario.Kind == PacketKind.FragmentLater)
        {
            Pass(scenario, BenchPackets.Create(scenario with { Kind = PacketKind.FragmentFirst }));
        }
    }

    /// <summary>Sends a packet of every flow.</summary>
    private void Pass(PacketScenario scenario, byte[] packet)
    {
        State.Counter = 0;
        for (long sent = 0; sent < scenario.Flows; sent += RepeatOf(Batch))
        {
            _ = RunBatch("bench_whole", packet, ExpectedOf(scenario).Action);
        }

        State.Counter = 0;
    }

    /// <summary>Where every packet is of a new flow, the table must not fill: a record would then push another out.</summary>
    private void ForgetInTime(PacketScenario scenario)
    {
        if (scenario.Knowledge != FlowKnowledge.LearningUnrecorded)
        {
            return;
        }

        _recorded += RepeatOf(Batch);
        if (_recorded > scenario.Buckets * 2L)
        {
            _tables.ClearFlows();
            _recorded = 0;
        }
    }

    private static int RepeatOf(int batch) => WarmUp + batch + 1;

    /// <summary>Nanoseconds a packet, by the wrapper's own look at the clock.</summary>
    private double RunBatch(string program, byte[] packet, uint action)
    {
        State.From = State.Counter + WarmUp;
        State.Until = State.From + Batch;
        (State.StartNs, State.EndNs) = (0, 0);
        BpfTestRun run = _object.Programs[program].TestRun(packet, repeat: RepeatOf(Batch));
        if (run.ReturnValue != action || State.EndNs <= State.StartNs)
        {
            throw new BpfException($"program '{program}' returned {run.ReturnValue} instead of {action}: nothing was measured");
        }

        return (State.EndNs - State.StartNs) / (double)Batch;
    }

    /// <summary>The packet of flow 0, as the wrapper makes it.</summary>
    private byte[] OnePacket(byte[] packet)
    {
        State.Counter = 0;
        return _object.Programs["bench_wrap"].TestRun(packet).Data;
    }

    private double MedianCall(string program, byte[] packet, uint action)
    {
        double[] calls = new double[Calls];
        for (int i = 0; i < Calls; i++)
        {
            BpfTestRun run = _object.Programs[program].TestRun(packet);
            calls[i] = run.ReturnValue == action
                ? run.DurationNs
                : throw new BpfException($"program '{program}' returned {run.ReturnValue} instead of {action}: nothing was measured");
        }

        Array.Sort(calls);
        return calls[Calls / 2];
    }

    private ulong CountOf(Verdict verdict)
    {
        Counter[] cpus = new Counter[BpfMap.PossibleCpus];
        _ = _object.Maps["verdicts"].TryLookupPerCpu((uint)verdict, cpus.AsSpan());
        return cpus.Aggregate(0ul, (sum, cpu) => sum + cpu.Packets);
    }

    private static (Verdict Verdict, uint Action) ExpectedOf(PacketScenario scenario) => scenario.Kind switch
    {
        PacketKind.NoVip => (Verdict.PassNotAVip, XdpPass),
        PacketKind.PortNotAllowed => (Verdict.DropPortNotAllowed, XdpDrop),
        _ => (scenario.Delivery.Verdict, scenario.Delivery.Action),
    };
}
