using System.Runtime.InteropServices;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Kernel.Tests.Model;

/// <summary>The BPF programs do what <see cref="DatapathModel"/> says: same maps, same packets, same verdict, bytes and flow table.</summary>
public sealed class ModelTests
{
    private const int Configurations = 30;
    private const int PacketsEach = 350;

    private static readonly Dictionary<PacketAction, uint> XdpActions = new()
    {
        [PacketAction.Drop] = 1,
        [PacketAction.Pass] = 2,
        [PacketAction.DeliverToPeer] = 2,
        [PacketAction.Transmit] = 3,
        [PacketAction.Redirect] = 4,
    };

    private static readonly Dictionary<PacketAction, uint> TcActions = new()
    {
        [PacketAction.Pass] = uint.MaxValue,
        [PacketAction.Drop] = 2,
        [PacketAction.Transmit] = 7,
        [PacketAction.DeliverToPeer] = 7,
        [PacketAction.Redirect] = 7,
        [PacketAction.RedirectToNeighbour] = 7,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void LodestoneXdp_RandomMapsAndPackets_DoesWhatTheModelSays(int seed)
    {
        Random random = new(seed);
        RandomPackets packets = new(random, RandomMaps.Addresses);
        using ProgramUnderTest program = new();
        HashSet<Verdict> seen = [];
        HashSet<RealKind> forms = [];
        HashSet<(int Family, int Port)> decapsulated = [];
        int followed = 0;
        for (int i = 0; i < Configurations; i++)
        {
            DatapathMaps maps = new RandomMaps(random).Create(ProgramUnderTest.SteadyNow());
            DatapathModel model = new(maps);
            program.Install(maps);
            VipCounter[] before = [.. Enumerable.Range(0, RandomMaps.VipCount).Select(id => program.StatsOf((uint)id))];
            for (int j = 0; j < PacketsEach; j++)
            {
                byte[] frame = packets.Next();

                // Where a VLAN is served, mostly in it.
                frame = maps.Config.Vlans != 0 && random.Next(8) != 0 ? VlanTags.Insert(frame, VlanTags.Of(maps.Config.Vlans)) : frame;
                maps.AnswersLeft = random.Next(2);
                program.AllowAnswers(maps.AnswersLeft > 0);
                PacketResult expected = model.AtUplink(frame, ProgramUnderTest.SteadyNow());
                BpfTestRun run = program.Run("lodestone_xdp", frame);

                string about = $"seed {seed}, configuration {i}, packet {j}: {Convert.ToHexString(frame)}";
                AssertSame(expected, XdpActions, run, program.TakeVerdict(expected.Verdict), about);
                Assert.True(SameFlows(maps.Flows, program.Flows), $"flow tables differ; {about}");
                seen.Add(expected.Verdict);
                packets.Sent(expected);
                if (expected.Verdict == Verdict.Forward)
                {
                    forms.Add(RandomPackets.FormOf(VlanTags.Strip(expected.Packet, VlanTags.Read(expected.Packet, out _)!.Length)));
                }

                if (expected.Verdict == Verdict.DecapLocal && VlanTags.Read(frame, out _) is [])
                {
                    decapsulated.Add((frame[12], frame[frame[12] == 8 ? 23 : 20]));
                }

                if (expected.Verdict == Verdict.MtuLearnt)
                {
                    Assert.All(maps.PathMtus, path => Assert.Equal((path.Value.Mtu, path.Value.Heard), (program.PathTo(path.Key).Mtu, program.PathTo(path.Key).Heard)));
                }

                followed += expected.Verdict is Verdict.Forward or Verdict.DeliverLocal && frame[12] is 8 or 0x86 && RandomPackets.IsLaterFragment(frame) ? 1 : 0;
            }

            AssertSameStats(maps, program, before);
        }

        // The packets reach nearly every end, or the comparison would be worth little.
        Verdict[] wanted =
        [
            Verdict.Forward, Verdict.DeliverLocal, Verdict.DecapLocal, Verdict.ArpReply, Verdict.NdReply, Verdict.EchoReply,
            Verdict.PassNotAVip, Verdict.PassNotIp, Verdict.PassOtherVlan, Verdict.DropTruncated, Verdict.DropBadHeader, Verdict.DropFragment,
            Verdict.DropExtensionHeader, Verdict.DropProtocol, Verdict.DropPortNotAllowed, Verdict.DropNoReal, Verdict.DropRealDead,
            Verdict.DropTooBig, Verdict.TooBigReply, Verdict.DropTooBigLimit, Verdict.DropInnerBad, Verdict.DropNotAnnounced, Verdict.DropIcmpQuote, Verdict.DropIcmpForeign, Verdict.DropIcmpEcho, Verdict.DropIcmpType, Verdict.DropIpOptions,
            Verdict.MtuLearnt, Verdict.DropUnderlaySource, Verdict.DropGeneveHeader, Verdict.DropEchoOff, Verdict.OwnStack,
        ];
        Assert.Empty(wanted.Except(seen));
        Assert.NotEqual(0, followed);
        Assert.Equal(6, forms.Count);
        Assert.Equal([(8, 17), (0x86, 4), (0x86, 17), (0x86, 41)], decapsulated.Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void LodestoneTc_RandomMapsAndPackets_DoesWhatTheModelSays(int seed)
    {
        Random random = new(seed);
        RandomPackets packets = new(random, RandomMaps.Addresses);
        using ProgramUnderTest program = new();
        HashSet<Verdict> seen = [];
        HashSet<RealKind> forms = [];
        HashSet<(int Family, int Port)> decapsulated = [];
        for (int i = 0; i < Configurations; i++)
        {
            DatapathMaps maps = new RandomMaps(random).Create(ProgramUnderTest.SteadyNow());
            maps.Config = maps.Config with { Vlans = 0 };
            DatapathModel model = new(maps);
            program.Install(maps);
            VipCounter[] before = [.. Enumerable.Range(0, RandomMaps.VipCount).Select(id => program.StatsOf((uint)id))];
            for (int j = 0; j < PacketsEach; j++)
            {
                // The kernel has taken tags off before.
                byte[] frame = packets.NextWithWholeHeader();
                if (VlanTags.Read(frame, out _) is { Length: > 0 })
                {
                    continue;
                }

                maps.AnswersLeft = random.Next(2);
                program.AllowAnswers(maps.AnswersLeft > 0);
                uint now = ProgramUnderTest.SteadyNow();
                PacketResult expected = model.AtUplink(frame, now);
                PacketResult? translated = expected.Action == PacketAction.DeliverToPeer && expected.Magic != Delivery.ExpectedMagic
                    ? model.IntoNic(expected.Packet, expected.Ifindex, now)
                    : null;
                BpfTestRun run = program.Run("lodestone_tc", frame);

                string about = $"seed {seed}, configuration {i}, packet {j}: {Convert.ToHexString(frame)}";
                HashSet<Verdict> verdicts = [expected.Verdict];
                if (translated is { Verdict: Verdict.Translated or Verdict.DropTranslation } second)
                {
                    verdicts.Add(second.Verdict);
                }

                Assert.True(verdicts.SetEquals(program.TakeVerdicts()), $"verdicts are not {string.Join(", ", verdicts)}; {about}");
                PacketResult last = translated is null || translated.Verdict == Verdict.PassNoDelivery
                    ? expected
                    : expected with { Packet = translated.Packet, Action = translated.Action == PacketAction.Drop ? PacketAction.Drop : expected.Action };
                AssertSame(last, TcActions, run, last.Verdict, about);
                Assert.True(SameFlows(maps.Flows, program.Flows), $"flow tables differ; {about}");
                seen.UnionWith(verdicts);
                packets.Sent(expected);
                if (expected.Verdict == Verdict.Forward)
                {
                    forms.Add(RandomPackets.FormOf(expected.Packet));
                }

                if (expected.Verdict == Verdict.DecapLocal)
                {
                    decapsulated.Add((frame[12], frame[frame[12] == 8 ? 23 : 20]));
                }

                if (expected.Verdict == Verdict.MtuLearnt)
                {
                    Assert.All(maps.PathMtus, path => Assert.Equal((path.Value.Mtu, path.Value.Heard), (program.PathTo(path.Key).Mtu, program.PathTo(path.Key).Heard)));
                }
            }

            AssertSameStats(maps, program, before);
        }

        Verdict[] wanted =
        [
            Verdict.Forward, Verdict.DeliverLocal, Verdict.DecapLocal, Verdict.ArpReply, Verdict.NdReply, Verdict.EchoReply,
            Verdict.PassNotAVip, Verdict.PassNotIp, Verdict.DropBadHeader, Verdict.DropFragment,
            Verdict.DropExtensionHeader, Verdict.DropProtocol, Verdict.DropPortNotAllowed, Verdict.DropNoReal, Verdict.DropRealDead,
            Verdict.DropTooBig, Verdict.TooBigReply, Verdict.DropTooBigLimit, Verdict.DropInnerBad, Verdict.DropNotAnnounced, Verdict.DropIcmpQuote, Verdict.DropIcmpForeign, Verdict.DropIcmpEcho, Verdict.DropIcmpType, Verdict.DropIpOptions,
            Verdict.MtuLearnt, Verdict.DropUnderlaySource, Verdict.DropGeneveHeader, Verdict.DropEchoOff, Verdict.OwnStack,
        ];
        Assert.Empty(wanted.Except(seen));
        Assert.Equal(6, forms.Count);
        Assert.Equal([(8, 17), (0x86, 4), (0x86, 17), (0x86, 41)], decapsulated.Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void LodestoneNic_RandomMapsAndPackets_DoesWhatTheModelSays(int seed)
    {
        Random random = new(seed);
        RandomPackets packets = new(random, RandomMaps.NicAddresses);
        using ProgramUnderTest program = new();
        HashSet<Verdict> seen = [];
        int followed = 0;
        for (int i = 0; i < Configurations; i++)
        {
            DatapathMaps maps = new RandomMaps(random).Create(ProgramUnderTest.SteadyNow());
            DatapathModel model = new(maps);
            program.Install(maps);
            VipCounter[] before = [.. Enumerable.Range(0, RandomMaps.VipCount).Select(id => program.StatsOf((uint)id))];
            for (int j = 0; j < 4 * PacketsEach; j++)
            {
                byte[] frame = packets.NextWithWholeHeader();
                maps.AnswersLeft = random.Next(2);
                program.AllowAnswers(maps.AnswersLeft > 0);
                PacketResult expected = model.AtNic(frame, RandomMaps.NicDevice, ProgramUnderTest.SteadyNow());
                BpfTestRun run = program.Run("lodestone_nic", frame);

                string about = $"seed {seed}, configuration {i}, packet {j}: {Convert.ToHexString(frame)}";
                AssertSame(expected, TcActions, run, program.TakeVerdict(expected.Verdict), about);
                Assert.True(SameFlows(maps.Flows, program.Flows), $"flow tables differ; {about}");
                seen.Add(expected.Verdict);
                followed += expected.Verdict is Verdict.Forward or Verdict.DeliverLocal && RandomPackets.IsLaterFragment(frame) ? 1 : 0;
            }

            AssertSameStats(maps, program, before);
        }

        Verdict[] wanted =
        [
            Verdict.Forward, Verdict.DeliverLocal, Verdict.RouteForward, Verdict.RouteLocal, Verdict.NicDsr, Verdict.ProbeReply, Verdict.ArpReply, Verdict.NdReply,
            Verdict.EchoReply, Verdict.TooBigReply, Verdict.PassNicOwnAddress, Verdict.PassNotIp, Verdict.DropNicSpoofed, Verdict.DropNicNoRoute,
            Verdict.DropNicForeign, Verdict.DropNicArpSpoofed, Verdict.DropNicNdSpoofed, Verdict.DropNicMacSpoofed, Verdict.DropNicTagged,
            Verdict.DropBadHeader, Verdict.DropFragment, Verdict.DropExtensionHeader, Verdict.DropProtocol, Verdict.DropPortNotAllowed,
            Verdict.DropNoReal, Verdict.DropRealDead, Verdict.DropTooBig, Verdict.DropTooBigLimit, Verdict.DropNotAnnounced, Verdict.DropIcmpQuote,
            Verdict.DropIcmpForeign, Verdict.DropIcmpEcho, Verdict.DropIcmpType, Verdict.DropIpOptions,
        ];
        Assert.Empty(wanted.Except(seen));
        Assert.NotEqual(0, followed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Translation_RandomMapsAndPackets_DoesWhatTheModelSays(int seed)
    {
        Random random = new(seed);
        RandomPackets packets = new(random, RandomMaps.NicAddresses);
        using ProgramUnderTest program = new();
        HashSet<Verdict> seen = [];
        int errors = 0, answered = 0, later = 0;
        (int Flows, int New, int Fragments) recorded = default;
        for (int i = 0; i < Configurations; i++)
        {
            DatapathMaps maps = new RandomMaps(random).Create(ProgramUnderTest.SteadyNow());
            maps.Config = maps.Config with { Flags = maps.Config.Flags | ConfigFlags.Translates };
            DatapathModel model = new(maps);
            program.Install(maps);
            List<byte[]> into = [];
            for (int j = 0; j < 4 * PacketsEach; j++)
            {
                uint now = ProgramUnderTest.SteadyNow();
                bool isAnswer = into.Count > 0 && random.Next(2) == 0;
                byte[] frame = isAnswer ? packets.AnswerTo(into[random.Next(into.Count)]) : packets.NextWithWholeHeader();
                bool atNic = isAnswer || random.Next(4) == 0;
                maps.AnswersLeft = random.Next(2);
                program.AllowAnswers(maps.AnswersLeft > 0);
                PacketResult expected = atNic ? model.AtNic(frame, RandomMaps.NicDevice, now) : model.IntoNic(frame, RandomMaps.NicDevice, now);
                BpfTestRun run = program.Run(atNic ? "lodestone_nic" : "lodestone_translate", frame);

                string about = $"seed {seed}, configuration {i}, packet {j}: {Convert.ToHexString(frame)}";
                AssertSame(expected, TcActions, run, program.TakeVerdict(expected.Verdict), about);
                seen.Add(expected.Verdict);
                if (expected.Verdict == Verdict.Translated)
                {
                    into.Add(expected.Packet);
                    errors += frame[12] == 8 ? (frame[23] == 1 ? 1 : 0) : (frame[20] == 58 ? 1 : 0);
                    later += RandomPackets.IsLaterFragment(frame) ? 1 : 0;
                }

                answered += atNic && expected.Action != PacketAction.Drop && frame.Length >= 54 && expected.Packet.Length == frame.Length && !expected.Packet.AsSpan(26, 4).SequenceEqual(frame.AsSpan(26, 4)) ? 1 : 0;
            }

            Assert.Equal(maps.TranslatedFlows.OrderBy(e => e.Key.GetHashCode()), program.Translated(answered: true).OrderBy(e => e.Key.GetHashCode()));
            Assert.Equal(maps.TranslatedNew.OrderBy(e => e.Key.GetHashCode()), program.Translated(answered: false).OrderBy(e => e.Key.GetHashCode()));
            recorded = (recorded.Flows + maps.TranslatedFlows.Count, recorded.New + maps.TranslatedNew.Count, recorded.Fragments + maps.TranslatedFragments.Count);
        }

        Assert.Empty(new[] { Verdict.Translated, Verdict.DropTranslation, Verdict.PassNoDelivery, Verdict.NicDsr, Verdict.ProbeReply, Verdict.PassNicOwnAddress }.Except(seen));
        Assert.InRange(errors, 20, int.MaxValue);
        Assert.InRange(answered, 100, int.MaxValue);
        Assert.InRange(later, 20, int.MaxValue);
        Assert.True(recorded is { Flows: > 100, New: > 100, Fragments: > 10 }, $"recorded: {recorded}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void LodestoneProbe_RandomMapsAndPackets_DoesWhatTheModelSays(int seed)
    {
        Random random = new(seed);
        RandomPackets packets = new(random, RandomMaps.NicAddresses);
        using ProgramUnderTest program = new();
        HashSet<Verdict> seen = [];
        Dictionary<byte, int> echoes = new() { [8] = 0, [128] = 0 };
        for (int i = 0; i < Configurations; i++)
        {
            DatapathMaps maps = new RandomMaps(random).Create(ProgramUnderTest.SteadyNow());
            maps.NicSources[(RandomMaps.NicDevice, default)] = new NicSource { Kind = NicSourceKind.Link };
            DatapathModel model = new(maps);
            program.Install(maps);
            for (int j = 0; j < 2 * PacketsEach; j++)
            {
                byte[] frame = packets.NextWithWholeHeader();
                PacketResult expected = model.FromProber(frame, RandomMaps.NicDevice, ProgramUnderTest.SteadyNow());
                bool isTranslated = expected.Verdict == Verdict.Probe && !expected.Packet.AsSpan().SequenceEqual(frame);
                BpfTestRun run = program.RunMarked("lodestone_probe", frame, RandomMaps.NicDevice);

                string about = $"seed {seed}, configuration {i}, packet {j}: {Convert.ToHexString(frame)}";
                HashSet<Verdict> verdicts = isTranslated ? [Verdict.Translated, expected.Verdict] : [expected.Verdict];
                Assert.True(verdicts.SetEquals(program.TakeVerdicts()), $"verdicts are not {string.Join(", ", verdicts)}; {about}");
                AssertSame(expected, TcActions, run, expected.Verdict, about);
                seen.UnionWith(verdicts);
                int message = frame[12] == 8 ? 34 : 54;
                if (isTranslated && frame[frame[12] == 8 ? 23 : 20] is 1 or 58 && frame.Length > message && echoes.TryGetValue(frame[message], out int seenEchoes))
                {
                    echoes[frame[message]] = seenEchoes + 1;
                }
            }
        }

        Assert.Empty(new[] { Verdict.Translated, Verdict.DropTranslation, Verdict.Probe }.Except(seen));
        Assert.All(echoes.Values, count => Assert.InRange(count, 20, int.MaxValue));
    }

    private static void AssertSameStats(DatapathMaps maps, ProgramUnderTest program, VipCounter[] before)
    {
        for (int id = 0; id < RandomMaps.VipCount; id++)
        {
            VipCounter after = program.StatsOf((uint)id);
            for (int protocol = 0; protocol < VipCounter.ByProtocol.Length; protocol++)
            {
                Counter counted = maps.VipStats[id].Protocols[protocol];
                Assert.Equal(counted.Packets, after.Protocols[protocol].Packets - before[id].Protocols[protocol].Packets);
                Assert.Equal(counted.Bytes, after.Protocols[protocol].Bytes - before[id].Protocols[protocol].Bytes);
            }

            Assert.Equal(maps.VipStats[id].Recorded, after.Recorded - before[id].Recorded);
            Assert.Equal(maps.VipStats[id].Pinned, after.Pinned - before[id].Pinned);
            Assert.Equal(maps.VipStats[id].Unrecorded, after.Unrecorded - before[id].Unrecorded);
        }
    }

    /// <summary>What a program returns for an action.</summary>
    internal static uint ActionOf(PacketAction action, bool atNic) => (atNic ? TcActions : XdpActions)[action];

    private static void AssertSame(
        PacketResult expected, Dictionary<PacketAction, uint> actions, BpfTestRun run, Verdict verdict, string about)
    {
        Assert.True(expected.Verdict == verdict, $"the model says {expected.Verdict}, the program {verdict}; {about}");
        Assert.True(actions[expected.Action] == run.ReturnValue, $"the model says {expected.Action}, the program {run.ReturnValue}; {about}");
        if (expected.Action == PacketAction.Drop)
        {
            return;
        }

        byte[] bytes = run.Data;
        if (expected.Action == PacketAction.DeliverToPeer && actions == XdpActions)
        {
            Delivery delivery = MemoryMarshal.Read<Delivery>(bytes);
            Assert.Equal((expected.Magic, expected.Ifindex), (delivery.Magic, delivery.Ifindex));
            bytes = bytes[8..];
        }

        Assert.True(
            expected.Packet.AsSpan().SequenceEqual(bytes),
            $"{verdict}: the model says\n{Convert.ToHexString(expected.Packet)}, the program\n{Convert.ToHexString(bytes)}; {about}");
    }

    private static bool SameFlows(ReadOnlySpan<FlowBucket> model, ReadOnlySpan<FlowBucket> program) =>
        MemoryMarshal.AsBytes(model).SequenceEqual(MemoryMarshal.AsBytes(program));
}
