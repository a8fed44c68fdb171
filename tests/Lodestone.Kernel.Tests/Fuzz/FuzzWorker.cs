using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Kernel.Tests.Model;
using Lodestone.Kernel.Tests.Packets;

namespace Lodestone.Kernel.Tests.Fuzz;

/// <summary>Runs random packets on random maps through model and program, many for each configuration. Not thread-safe: one for each thread.</summary>
/// <remarks>
/// Packets and flow table are compared one by one, counters at the end of a configuration, which is then run again with a look at them
/// after each packet. Everything follows from the configuration's seed and the corpus.
/// </remarks>
internal sealed class FuzzWorker(FuzzCorpus corpus) : IDisposable
{
    public const int PacketsEach = 1000;

    private const int MaxFrame = 3000;
    private const ulong PacketStream = 0x5bd1e995;

    // The coarse clock that programs read is behind by up to a tick.
    private const ulong ClockTick = 20_000_000;

    private readonly ProgramUnderTest _program = new();
    private readonly byte[] _output = new byte[MaxFrame + 1024];

    /// <summary>Verdicts and shapes that were new since the start.</summary>
    public int Discovered { get; private set; }

    /// <summary>Runs one configuration.</summary>
    /// <returns>The difference, made small; null when there is none.</returns>
    public FuzzFailure? Run(ulong seed)
    {
        List<FuzzPacket> done = [];
        string? difference = Compare(seed, Packets(seed), done, eachCounter: false);
        if (difference is null)
        {
            return null;
        }

        List<FuzzPacket> all = [.. done];
        string? again = Compare(seed, all, done, eachCounter: true);
        return again is null
            ? new FuzzFailure(seed, all, $"{difference}, which was not so when it was run again")
            : Shrink(new FuzzFailure(seed, [.. done], again));
    }

    /// <summary>Runs frames on one configuration, each by itself at first so that none depends on another.</summary>
    public FuzzFailure? Replay(ulong seed, IEnumerable<FuzzPacket> packets)
    {
        List<FuzzPacket> done = [];
        string? difference = Compare(seed, packets, done, eachCounter: true);
        return difference is null ? null : Shrink(new FuzzFailure(seed, [.. done], difference));
    }

    public void Dispose() => _program.Dispose();

    /// <summary>What of a packet's outcome differs; null when nothing does.</summary>
    internal static string? Difference(PacketResult expected, bool atNic, uint action, ReadOnlySpan<byte> bytes)
    {
        if (ModelTests.ActionOf(expected.Action, atNic) != action)
        {
            return $"the model says {expected.Action} ({expected.Verdict.ToCName()}), the program {action}";
        }

        if (expected.Action == PacketAction.Drop)
        {
            return null;
        }

        if (expected.Action == PacketAction.DeliverToPeer && !atNic)
        {
            Delivery delivery = MemoryMarshal.Read<Delivery>(bytes);
            if (delivery.Magic != expected.Magic || delivery.Ifindex != expected.Ifindex)
            {
                return $"the model says device {expected.Ifindex}, the program {delivery.Ifindex}";
            }

            bytes = bytes[8..];
        }

        return expected.Packet.AsSpan().SequenceEqual(bytes)
            ? null
            : $"{expected.Verdict.ToCName()}: the model says\n{Convert.ToHexStringLower(expected.Packet)}, the program\n{Convert.ToHexStringLower(bytes)}";
    }

    private static bool HasWholeHeader(ReadOnlySpan<byte> frame) => frame.Length >= 14 + BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
    {
        0x0800 => 20,
        0x86dd => 40,
        _ => 1,
    };

    private static ulong Nanoseconds() => (ulong)Stopwatch.GetElapsedTime(0).Ticks * 100;

    private IEnumerable<FuzzPacket> Packets(ulong seed)
    {
        FuzzRandom random = new(seed ^ PacketStream);
        RandomPackets packets = new(random, RandomMaps.Addresses);
        PacketMutator mutator = new(random, RandomMaps.Addresses);
        IReadOnlyList<FuzzPacket> known = corpus.Packets;
        bool answers = true;
        for (int i = 0; i < PacketsEach; i++)
        {
            bool atNic = random.Next(8) == 0;
            answers ^= random.Next(16) == 0;
            byte[] frame = random.Next(3) == 0 && known.Count > 0
                ? mutator.Mutate(known[random.Next(known.Count)].Frame)
                : packets.Next();
            if (frame.Length is > 14 and <= MaxFrame && (!atNic || HasWholeHeader(frame)))
            {
                yield return new FuzzPacket(frame, atNic, answers, random.Next(80) == 0 ? (uint)random.Next() : 0);
            }
        }
    }

    /// <summary>Compares until something differs, again if the clock of the flow table moved during a packet.</summary>
    private string? Compare(ulong seed, IEnumerable<FuzzPacket> packets, List<FuzzPacket> done, bool eachCounter)
    {
        while (true)
        {
            done.Clear();
            string? difference = CompareOnce(seed, packets, done, eachCounter, out bool clockMoved);
            if (!clockMoved)
            {
                return difference;
            }
        }
    }

    private string? CompareOnce(ulong seed, IEnumerable<FuzzPacket> packets, List<FuzzPacket> done, bool eachCounter, out bool clockMoved)
    {
        clockMoved = false;
        DatapathMaps maps = new RandomMaps(new FuzzRandom(seed)).Create(ProgramUnderTest.SteadyNow());
        DatapathModel model = new(maps);
        _program.Install(maps);
        ulong[] verdicts = _program.CountAll();
        VipCounter[] vips = [.. Enumerable.Range(0, RandomMaps.VipCount).Select(id => _program.StatsOf((uint)id))];
        bool? answers = null;
        foreach (FuzzPacket packet in packets)
        {
            done.Add(packet);
            if (packet.Change != 0)
            {
                TableChange.Apply(packet.Change, maps);
                _program.Rewrite(maps);
            }

            maps.AnswersLeft = packet.AnswersLeft ? 1 : 0;
            if (answers != packet.AnswersLeft)
            {
                _program.AllowAnswers(packet.AnswersLeft);
                answers = packet.AnswersLeft;
            }

            uint now = ProgramUnderTest.SteadyNow();
            PacketResult expected = packet.AtNic ? model.AtNic(packet.Frame, RandomMaps.NicDevice, now) : model.AtUplink(packet.Frame, now);
            bool inTc = IsForTc(packet, maps);
            uint action = _program.Run(packet.AtNic ? "lodestone_nic" : inTc ? "lodestone_tc" : "lodestone_xdp", packet.Frame, _output, out int length);
            clockMoved |= FlowTable.Clock(Nanoseconds()) != now || FlowTable.Clock(Nanoseconds() - ClockTick) != now;
            verdicts[(int)expected.Verdict]++;
            expected = inTc ? WithTranslation(model, expected, now, verdicts) : expected;
            answers = expected.Verdict == Verdict.TooBigReply ? null : answers;
            string? difference = Difference(expected, packet.AtNic || inTc, action, _output.AsSpan(0, length))
                ?? (MemoryMarshal.AsBytes(maps.Flows.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(_program.Flows)) ? null : $"{expected.Verdict.ToCName()}: the flow tables differ")
                ?? (eachCounter ? DifferentCounters(verdicts, expected.Verdict) : null);
            if (difference is null && expected.Magic != Delivery.ExpectedMagic && expected.Ifindex == RandomMaps.NicDevice && !packet.AtNic && !inTc && HasWholeHeader(expected.Packet))
            {
                difference = DifferentTranslation(model, expected.Packet, now, verdicts);
            }

            if (difference is not null)
            {
                return difference;
            }

            Discovered += corpus.Note(packet, expected.Verdict) ? 1 : 0;
        }

        return DifferentCounters(verdicts, null) ?? DifferentVips(maps, vips);
    }

    /// <summary>Whether the uplink's tc program runs a packet, and not XDP's: half of those that a kernel would show it as they are.</summary>
    private static bool IsForTc(FuzzPacket packet, DatapathMaps maps) =>
        !packet.AtNic && maps.Config.Vlans == 0 && packet.Frame[^1] % 2 == 0 && HasWholeHeader(packet.Frame) && VlanTags.Read(packet.Frame, out _) is not { Length: > 0 };

    /// <summary>What tc at the uplink does with a packet, translation included.</summary>
    private static PacketResult WithTranslation(DatapathModel model, PacketResult delivered, uint now, ulong[] verdicts)
    {
        if (delivered.Action != PacketAction.DeliverToPeer || delivered.Magic == Delivery.ExpectedMagic)
        {
            return delivered;
        }

        PacketResult translated = model.IntoNic(delivered.Packet, delivered.Ifindex, now);
        if (translated.Verdict == Verdict.PassNoDelivery)
        {
            return delivered;
        }

        verdicts[(int)translated.Verdict]++;
        return delivered with { Packet = translated.Packet, Action = translated.Action == PacketAction.Drop ? PacketAction.Drop : delivered.Action };
    }

    /// <summary>What tc at the uplink makes of a packet that it is left, for the NIC of the device that test runs are at.</summary>
    private string? DifferentTranslation(DatapathModel model, byte[] delivered, uint now, ulong[] verdicts)
    {
        PacketResult expected = model.IntoNic(delivered, RandomMaps.NicDevice, now);
        uint action = _program.Run("lodestone_translate", delivered, _output, out int length);
        verdicts[(int)expected.Verdict]++;
        return Difference(expected, atNic: true, action, _output.AsSpan(0, length));
    }

    private string? DifferentCounters(ulong[] expected, Verdict? last)
    {
        ulong[] counted = _program.CountAll();
        int[] different = [.. Enumerable.Range(0, expected.Length).Where(i => expected[i] != counted[i])];
        return different.Length == 0
            ? null
            : $"{(last is { } verdict ? $"the model says {verdict.ToCName()}; " : string.Empty)}counters differ: "
                + string.Join(", ", different.Select(i => $"{((Verdict)i).ToCName()} {(long)(counted[i] - expected[i]):+0;-0}"));
    }

    private string? DifferentVips(DatapathMaps maps, VipCounter[] before)
    {
        for (int id = 0; id < before.Length; id++)
        {
            VipCounter after = _program.StatsOf((uint)id);
            VipCounter model = maps.VipStats[id];
            model.Add(before[id]);
            if (TextOf(after) != TextOf(model))
            {
                return $"counters of VIP {id}: the model says {TextOf(model)}, the program {TextOf(after)}";
            }
        }

        return null;
    }

    private static string TextOf(VipCounter counter)
    {
        Counter tcp = counter.Protocols[0], udp = counter.Protocols[1], sctp = counter.Protocols[2];
        return $"tcp {tcp.Packets}/{tcp.Bytes}, udp {udp.Packets}/{udp.Bytes}, sctp {sctp.Packets}/{sctp.Bytes}, "
            + $"recorded {counter.Recorded}, pinned {counter.Pinned}, unrecorded {counter.Unrecorded}";
    }

    /// <summary>Leaves out what is not needed: earlier packets in halves, then the end of the last frame.</summary>
    private FuzzFailure Shrink(FuzzFailure failure)
    {
        for (int size = Math.Max(1, failure.Packets.Count / 2); size >= 1; size /= 2)
        {
            for (int at = 0; at < failure.Packets.Count - 1;)
            {
                int count = Math.Min(size, failure.Packets.Count - 1 - at);
                if (!Try([.. failure.Packets.Take(at), .. failure.Packets.Skip(at + count)], ref failure))
                {
                    at += count;
                }
            }
        }

        for (int cut = 512; cut >= 1; cut /= 2)
        {
            FuzzPacket last = failure.Packets[^1];
            while (last.Frame.Length - cut > 14 && Try([.. failure.Packets.SkipLast(1), last with { Frame = last.Frame[..^cut] }], ref failure))
            {
                last = failure.Packets[^1];
            }
        }

        return failure;
    }

    private bool Try(IReadOnlyList<FuzzPacket> packets, ref FuzzFailure failure)
    {
        if (packets.Any(p => p.AtNic && !HasWholeHeader(p.Frame)))
        {
            return false;
        }

        List<FuzzPacket> done = [];
        string? difference = Compare(failure.Seed, packets, done, eachCounter: true);
        if (difference is null || done.Count != packets.Count)
        {
            return false;
        }

        failure = failure with { Packets = packets, Difference = difference };
        return true;
    }
}
