using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Kernel.Tests.Packets;
using Lodestone.Linux;
using Lodestone.Linux.Packets;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Live;

/// <summary>Every golden case, once, through the attached programs.</summary>
public partial class LiveRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, string> _failures = [];
    private readonly List<LiveFrame> _frames = [];
    private readonly byte[] _buffer = new byte[16384];

    public LiveRun()
        : this(isServedByTc: false)
    {
    }

    private protected LiveRun(bool isServedByTc)
    {
        Exceptions = isServedByTc ? LiveExceptions.InTc : LiveExceptions.Reasons;
        GoldenCase[] cases = [.. Directory.GetFiles(GoldenPacketTests.Folder, "*.txt").Order(StringComparer.Ordinal).Select(GoldenCase.Load)];
        int[] devices = [.. cases.Where(c => !Exceptions.ContainsKey(c.Name)).SelectMany(c => c.Lines).Where(l => l.Keyword is "given" or "to")
            .SelectMany(l => DeviceNumber().Matches(l.Text)).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).Distinct().Order()];
        int longest = cases.SelectMany(LiveStep.Of).Max(s => s.Step.Packet.Length);
        using LiveMachine machine = new(devices, longest, isServedByTc);
        Discard(machine);
        foreach (GoldenCase golden in cases)
        {
            if (Exceptions.ContainsKey(golden.Name))
            {
                continue;
            }

            Ran++;
            try
            {
                Run(machine, golden);
            }
            catch (Exception e) when (e is Xunit.Sdk.XunitException or FormatException or LinuxException)
            {
                _failures.Add(golden.Name, e.Message);
                Discard(machine);
            }
        }
    }

    /// <summary>The cases that were not sent, and why.</summary>
    public IReadOnlyDictionary<string, string> Exceptions { get; }

    /// <summary>How many cases were sent; all but <see cref="Exceptions"/>.</summary>
    public int Ran { get; }

    /// <summary>What was caught.</summary>
    public IReadOnlyList<LiveFrame> Frames => _frames;

    /// <summary>What went wrong with a case; null for nothing.</summary>
    public string? FailureOf(string name) => _failures.GetValueOrDefault(name);

    [GeneratedRegex(@"\b(?:peer|device) (\d+)")]
    private static partial Regex DeviceNumber();

    private void Run(LiveMachine machine, GoldenCase golden)
    {
        machine.Datapath.Reset();
        GoldenState state = new(machine.Datapath);
        foreach ((bool atNic, IReadOnlyList<string> given, LiveStep step) in LiveStep.Of(golden))
        {
            foreach (string line in given)
            {
                state.Apply(line);
            }

            Send(machine, atNic, step);
            if (step.Path is { } path)
            {
                Assert.Equal(path, state.PathTo(path.Split(' ')[0]));
            }

            if (step.Record is { } record)
            {
                Assert.Equal(record, state.RecordOf(step.Flow));
            }

            if (step.Client is { } client)
            {
                Assert.Equal(client, state.ClientRecordOf(step.Flow));
            }
        }
    }

    private void Send(LiveMachine machine, bool atNic, LiveStep step)
    {
        Verdict verdict = VerdictNames.Parse(step.Verdict);
        bool isDropped = verdict >= Verdict.DropTruncated;
        bool isPassed = !isDropped && (verdict >= Verdict.PassNotAVip || verdict is Verdict.MtuLearnt or Verdict.OwnStack);
        byte[] wanted = GoldenPacketTests.Wanted(step.Out, step.Packet, step.Flow);
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(wanted.AsSpan(12)); // what is decapsulated may be of another
        PacketSocket? passed = !isPassed ? null : atNic ? machine.PassedAtNic(type) : machine.PassedAtUplink(type);
        Counter[] before = machine.Datapath.ReadVerdicts();

        (atNic ? machine.ToNic : machine.ToUplink).Send(step.Packet);

        Dictionary<Verdict, ulong> expected = new() { [verdict] = 1 };
        if (!atNic && isPassed && !machine.IsServedByTc)
        {
            expected[Verdict.PassNoDelivery] = 1; // what lodestone_up finds unmarked
        }

        if (step.Arrives is not null)
        {
            expected[Verdict.Translated] = 1;
        }

        AssertCounted(machine, before, expected, step, verdict);
        if (!isDropped)
        {
            foreach (PacketSocket ear in EarsOf(machine, atNic, passed, step))
            {
                byte[] caught = Catch(ear, step);
                byte[] here = step.Arrives is { } arrives && ear != machine.SeenAtUplink ? GoldenPacketTests.Wanted(arrives, step.Packet, step.Flow) : wanted;
                AssertSame(step, verdict == Verdict.NicDsr ? Resolved(here) : here, caught);
                _frames.Add(new LiveFrame(step.Case, step.Packet, caught));
            }
        }

        foreach ((string name, PacketSocket ear) in machine.Ears)
        {
            if (ear.TryReceive(_buffer, out int length))
            {
                Assert.Fail($"{step.Case}: {name} got what it should not: {PacketText.Format(_buffer.AsSpan(0, length))}");
            }
        }
    }

    /// <summary>Where a packet that is not dropped must be heard; a veth's delivery is seen on its way past tc, too.</summary>
    private static PacketSocket[] EarsOf(LiveMachine machine, bool atNic, PacketSocket? passed, LiveStep step)
    {
        if (passed is not null)
        {
            return [passed];
        }

        if (step.To is { } to)
        {
            PacketSocket workload = machine.Workloads[int.Parse(to.Split(' ')[1], CultureInfo.InvariantCulture)];
            bool isSeen = !atNic && (to.StartsWith("peer", StringComparison.Ordinal) || step.Arrives is not null);
            return isSeen && machine.SeenAtUplink is { } seen ? [seen, workload] : [workload];
        }

        // What is answered at a NIC goes to the workload; everything else leaves by the uplink.
        bool isAnswer = VerdictNames.Parse(step.Verdict) is Verdict.ArpReply or Verdict.NdReply or Verdict.EchoReply or Verdict.TooBigReply;
        return [atNic && isAnswer ? machine.AtWorkload : machine.Wire];
    }

    /// <summary>The kernel finds the next hop after the program: the frame is the uplink's, to the router.</summary>
    private static byte[] Resolved(byte[] frame) => [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, .. frame[12..]];

    private static void AssertCounted(LiveMachine machine, Counter[] before, Dictionary<Verdict, ulong> expected, LiveStep step, Verdict verdict)
    {
        long start = Stopwatch.GetTimestamp();
        Counter[] after;
        Dictionary<Verdict, ulong> counted;
        do
        {
            after = machine.Datapath.ReadVerdicts();
            counted = Enumerable.Range(0, after.Length).Where(i => after[i].Packets != before[i].Packets)
                .ToDictionary(i => (Verdict)i, i => after[i].Packets - before[i].Packets);
        }
        while (counted.Values.Sum(n => (long)n) < expected.Values.Sum(n => (long)n) && Stopwatch.GetElapsedTime(start) < Limit);

        Assert.True(
            counted.Count == expected.Count && expected.All(e => counted.GetValueOrDefault(e.Key) == e.Value),
            $"{step.Case}: expected {Text(expected)}, counted {(counted.Count == 0 ? "nothing" : Text(counted))}");
        int tags = verdict == Verdict.PassOtherVlan ? 0 : VlanTags.Read(step.Packet, out _)?.Length ?? 0;
        Assert.Equal((ulong)(step.Packet.Length - 14 - tags), after[(int)verdict].Bytes - before[(int)verdict].Bytes);

        static string Text(Dictionary<Verdict, ulong> verdicts) => string.Join(", ", verdicts.Select(v => $"{v.Value} {v.Key.ToCName()}"));
    }

    private static void AssertSame(LiveStep step, byte[] wanted, byte[] caught) => Assert.True(
        wanted.AsSpan().SequenceEqual(caught),
        $"{step.Case}\nin       {PacketText.Format(step.Packet)}\nexpected {PacketText.Format(wanted)}\nactual   {PacketText.Format(caught)}");

    private byte[] Catch(PacketSocket ear, LiveStep step)
    {
        long start = Stopwatch.GetTimestamp();
        int length;
        while (!ear.TryReceive(_buffer, out length))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Limit, $"{step.Case}: nothing came out");
            Thread.Yield();
        }

        return _buffer[..length];
    }

    private void Discard(LiveMachine machine)
    {
        foreach ((string _, PacketSocket ear) in machine.Ears)
        {
            while (ear.TryReceive(_buffer, out _))
            {
            }
        }
    }
}
