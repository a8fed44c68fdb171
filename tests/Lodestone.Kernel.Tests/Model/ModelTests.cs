using System.Runtime.InteropServices;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Kernel.Tests.Model;

/// <summary>The BPF programs do what <see cref="DatapathModel"/> says: same maps, same packets, same verdict, bytes and flow table.</summary>
public sealed class ModelTests
{
    private const int Configurations = 30;
    private const int PacketsEach = 250;

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
                maps.AnswersLeft = random.Next(2);
                program.AllowAnswers(maps.AnswersLeft > 0);
                PacketResult expected = model.AtUplink(frame, ProgramUnderTest.SteadyNow());
                BpfTestRun run = program.Run("lodestone_xdp", frame);

                string about = $"seed {seed}, configuration {i}, packet {j}: {Convert.ToHexString(frame)}";
                AssertSame(expected, XdpActions, run, program.TakeVerdict(expected.Verdict), about);
                Assert.True(SameFlows(maps.Flows, program.Flows), $"flow tables differ; {about}");
                seen.Add(expected.Verdict);
                followed += expected.Verdict is Verdict.Forward or Verdict.DeliverLocal && RandomPackets.IsLaterFragment(frame) ? 1 : 0;
            }

            for (int id = 0; id < RandomMaps.VipCount; id++)
            {
                VipCounter after = program.StatsOf((uint)id);
                Assert.Equal(maps.VipStats[id].Packets, after.Packets - before[id].Packets);
                Assert.Equal(maps.VipStats[id].Bytes, after.Bytes - before[id].Bytes);
                Assert.Equal(maps.VipStats[id].Recorded, after.Recorded - before[id].Recorded);
                Assert.Equal(maps.VipStats[id].Pinned, after.Pinned - before[id].Pinned);
            }
        }

        // The packets reach nearly every end, or the comparison would be worth little.
        Verdict[] wanted =
        [
            Verdict.Forward, Verdict.DeliverLocal, Verdict.DecapLocal, Verdict.ArpReply, Verdict.NdReply, Verdict.EchoReply,
            Verdict.PassNotAVip, Verdict.PassNotIp, Verdict.DropTruncated, Verdict.DropBadHeader, Verdict.DropFragment,
            Verdict.DropExtensionHeader, Verdict.DropProtocol, Verdict.DropPortNotAllowed, Verdict.DropNoReal, Verdict.DropRealDead,
            Verdict.DropTooBig, Verdict.TooBigReply, Verdict.DropTooBigLimit, Verdict.DropInnerBad, Verdict.DropNotAnnounced, Verdict.DropIcmpQuote, Verdict.DropIcmpForeign, Verdict.DropIcmpEcho, Verdict.DropIcmpType, Verdict.DropIpOptions,
        ];
        Assert.Empty(wanted.Except(seen));
        Assert.NotEqual(0, followed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void LodestoneNic_RandomMapsAndPackets_DoesWhatTheModelSays(int seed)
    {
        Random random = new(seed);
        RandomPackets packets = new(random, RandomMaps.Addresses);
        using ProgramUnderTest program = new();
        HashSet<Verdict> seen = [];
        for (int i = 0; i < Configurations; i++)
        {
            DatapathMaps maps = new RandomMaps(random).Create(0);
            DatapathModel model = new(maps);
            program.Install(maps);
            for (int j = 0; j < PacketsEach; j++)
            {
                byte[] frame = packets.NextWithWholeHeader();
                PacketResult expected = model.AtNic(frame, RandomMaps.NicDevice);
                BpfTestRun run = program.Run("lodestone_nic", frame);

                string about = $"seed {seed}, configuration {i}, packet {j}: {Convert.ToHexString(frame)}";
                AssertSame(expected, TcActions, run, program.TakeVerdict(expected.Verdict), about);
                seen.Add(expected.Verdict);
            }
        }

        Verdict[] wanted =
        [
            Verdict.NicDsr, Verdict.ArpReply, Verdict.NdReply, Verdict.PassNicOwnAddress, Verdict.PassNotIp, Verdict.DropNicSpoofed,
        ];
        Assert.Empty(wanted.Except(seen));
    }

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
        if (expected.Action == PacketAction.DeliverToPeer)
        {
            Delivery delivery = MemoryMarshal.Read<Delivery>(bytes);
            Assert.Equal((Delivery.ExpectedMagic, expected.Ifindex), (delivery.Magic, delivery.Ifindex));
            bytes = bytes[8..];
        }

        Assert.True(
            expected.Packet.AsSpan().SequenceEqual(bytes),
            $"{verdict}: the model says\n{Convert.ToHexString(expected.Packet)}, the program\n{Convert.ToHexString(bytes)}; {about}");
    }

    private static bool SameFlows(ReadOnlySpan<FlowBucket> model, ReadOnlySpan<FlowBucket> program) =>
        MemoryMarshal.AsBytes(model).SequenceEqual(MemoryMarshal.AsBytes(program));
}
