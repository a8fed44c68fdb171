using System.Runtime.InteropServices;
using Lodestone.Agent.Trace;
using Lodestone.Bpf;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;
using Xunit;

namespace Lodestone.Agent.Tests.Trace;

/// <summary>Traces over the attached programs and the maps that an agent fills. Every trace must agree with the model, byte for byte.</summary>
public sealed class PacketTraceTests : IClassFixture<TracedSite>
{
    private readonly TracedMachine _machine;

    public PacketTraceTests(TracedSite site)
    {
        Privilege.RequireRoot();
        _machine = site.Machine;
    }

    [Fact]
    public void Take_TargetOfThisMachine_IsDeliveredToItsVeth()
    {
        PacketTrace trace = _machine.Trace(TracedMachine.Packet($"{TracedSite.Local}:80"));

        RealExplanation real = trace.Explanation.Real!;
        SlotExplanation slot = trace.Explanation.Slot!;
        Assert.Equal((Verdict.DeliverLocal, PacketAction.DeliverToPeer, 101u), (trace.Verdict, trace.Replica.Action, trace.Replica.Ifindex));
        Assert.Equal(TargetHash.Of("local-uid"), real.Target);
        Assert.Equal((RealKind.Peer, 101u, 40, 1500), (real.Kind, real.Ifindex, real.PacketBytes, real.MtuBytes));
        Assert.Equal((Verdict.DeliverLocal, 101u), (trace.HandOver!.Verdict, trace.HandOver.Ifindex));
        Assert.Equal(trace.Replica.Packet, trace.HandOver.Packet);
        Assert.Equal((SlotState.Stable, SlotDecision.Owner, 256u, false), (slot.State, slot.Decision, slot.Size, slot.WritesFlow));
        Assert.Equal(new PortRange { Proto = 6, From = 80, To = 80 }, trace.Explanation.Port!.Rule);
    }

    [Fact]
    public void Take_TargetThatCannotOwnTheVip_TellsWhichAddressTakesItsPlace()
    {
        PacketTrace trace = _machine.Trace(TracedMachine.Packet($"{TracedSite.Translated}:80"), runAttached: true);

        Assert.Equal((Verdict.DeliverLocal, PacketAction.DeliverToPeer, 105u), (trace.Verdict, trace.Attached!.Action, trace.Attached.Ifindex));
        Assert.Equal("10.0.0.5", trace.Explanation.Real!.OwnAddress?.ToString());
        Assert.Equal(Verdict.Translated, trace.HandOver!.Verdict);
        Assert.Equal("10.0.0.5", DatapathAddress.FromBytes(trace.HandOver.Packet.AsSpan(30, 4)).ToString());
        Assert.True(trace.Explanation.Vip!.Flags.HasFlag(VipFlags.Translated));
        Assert.Null(_machine.Trace(TracedMachine.Packet($"{TracedSite.Local}:80")).Explanation.Real!.OwnAddress);
    }

    [Theory]
    [InlineData(0, Verdict.Forward)]
    [InlineData(1460, Verdict.Forward)]
    [InlineData(1461, Verdict.TooBigReply)]
    [InlineData(3400, Verdict.TooBigReply)] // what the command takes at most, so it must fit into a test run
    public void Take_TargetOfAnotherMachine_IsEncapsulatedIfItFits(int sizeBytes, Verdict expected)
    {
        PacketTrace trace = _machine.Trace(TracedMachine.Packet($"{TracedSite.Remote}:80") with { StartsFlow = false, SizeBytes = sizeBytes });

        RealExplanation real = trace.Explanation.Real!;
        Assert.Equal(expected, trace.Verdict);
        Assert.Equal(UnderlayAddress.Derive(World.PrefixOf(2), "remote-uid"), real.Underlay.ToIPAddress());
        Assert.Equal(World.UnderlayAddressOf(1), real.OuterSource.ToIPAddress());
        Assert.Equal("02:00:00:00:00:0b", real.NextHop.ToString());
        Assert.Equal((Math.Max(sizeBytes, 40) + 40, 1500), (real.PacketBytes, real.MtuBytes));
        if (expected == Verdict.Forward)
        {
            Assert.Equal(real.Underlay, DatapathAddress.FromBytes(trace.Replica.Packet.AsSpan(14 + 24, 16)));
        }
    }

    [Theory]
    [InlineData(TracedSite.Local + ":81", TraceProtocol.Tcp, Verdict.DropPortNotAllowed)]
    [InlineData(TracedSite.Local + ":53", TraceProtocol.Udp, Verdict.DeliverLocal)]
    [InlineData(TracedSite.Local + ":9", TraceProtocol.Sctp, Verdict.DeliverLocal)]
    [InlineData(TracedSite.Local + ":0", TraceProtocol.Icmp, Verdict.EchoReply)]
    [InlineData("198.51.100.9:80", TraceProtocol.Tcp, Verdict.PassNotAVip)]
    [InlineData("[" + TracedSite.Local6 + "]:80", TraceProtocol.Tcp, Verdict.DeliverLocal)]
    [InlineData("[" + TracedSite.Local6 + "]:0", TraceProtocol.Icmp, Verdict.EchoReply)]
    [InlineData("[2001:db8::2]:80", TraceProtocol.Udp, Verdict.PassNotAVip)]
    [InlineData(TracedSite.Empty + ":80", TraceProtocol.Tcp, Verdict.DropNoReal)]
    [InlineData(TracedSite.Dead + ":80", TraceProtocol.Tcp, Verdict.DropRealDead)]
    public void Take_Packet_IsExplainedUpToItsVerdict(string destination, TraceProtocol protocol, Verdict expected)
    {
        string source = destination.StartsWith('[') ? "[2001:db8:c::a]:40000" : "192.0.2.10:40000";

        PacketTrace trace = _machine.Trace(TracedMachine.Packet(destination, source, protocol));

        PacketExplanation explanation = trace.Explanation;
        Assert.Equal(expected, trace.Verdict);
        Assert.Equal(expected != Verdict.PassNotAVip, explanation.Vip is not null);
        Assert.Equal(expected is not (Verdict.PassNotAVip or Verdict.EchoReply), explanation.Port is not null);
        Assert.Equal(expected is Verdict.DeliverLocal or Verdict.DropRealDead, explanation.Real is not null);
        if (expected == Verdict.DropRealDead)
        {
            Assert.Equal((RealKind.None, TargetHash.Of("dead-uid")), (explanation.Real!.Kind, explanation.Real.Target));
        }
    }

    [Fact]
    public void Take_LearningSlot_TellsWhoTakesItAndLeavesNoMark()
    {
        TracePacket packet = _machine.FindFlow($"{TracedSite.Learning}:80", SlotState.Learning);
        byte[] before = Bytes();

        SlotExplanation starts = _machine.Trace(packet).Explanation.Slot!;
        SlotExplanation exists = _machine.Trace(packet with { StartsFlow = false }).Explanation.Slot!;

        Assert.Equal((SlotDecision.StartsFlow, SlotDecision.PreviousOwner), (starts.Decision, exists.Decision));
        Assert.Equal((starts.Current, starts.Previous), (starts.Real, exists.Real));
        Assert.True(starts.WritesFlow && exists.WritesFlow);
        Assert.Equal(before, Bytes());
    }

    [Fact]
    public void Take_RunAttached_IsAPacketLikeAnyOther()
    {
        TracePacket packet = _machine.FindFlow($"{TracedSite.Learning}:80", SlotState.Learning);
        ulong delivered = _machine.Maps.ReadVerdictCounter(Verdict.DeliverLocal).Packets;

        PacketTrace first = _machine.Trace(packet, runAttached: true);
        PacketTrace second = _machine.Trace(packet with { StartsFlow = false });
        int recorded = FlowTable.CountUsed(_machine.Maps.Flows);
        _machine.Maps.Flows.Clear();

        Assert.Equal(PacketAction.DeliverToPeer, first.Attached!.Action);
        Assert.Equal(1, recorded);
        Assert.Equal(delivered + 1, _machine.Maps.ReadVerdictCounter(Verdict.DeliverLocal).Packets);
        Assert.Equal((SlotDecision.Recorded, FlowState.Syn), (second.Explanation.Slot!.Decision, second.Explanation.Slot.Flow!.Value.State));
        Assert.Equal(first.Explanation.Slot!.Real, second.Explanation.Slot.Real);
    }

    [Theory]
    [InlineData(1, "local-uid")]
    [InlineData(4, "added-uid")]
    public void Take_QuicConnectionId_GoesWhereItSays(byte server, string uid)
    {
        TracePacket packet = TracedMachine.Packet($"{TracedSite.Quic}:443", protocol: TraceProtocol.Udp) with { QuicConnectionId = [0, 10, 0, 0, server, 9, 9, 9] };

        PacketExplanation explanation = _machine.Trace(packet).Explanation;

        Assert.Equal(TargetHash.Of(uid), explanation.Real!.Target);
        Assert.Equal((explanation.Real.Index, $"0a00000{server}"), (explanation.Quic!.Real, explanation.Quic.ServerId));
        Assert.Null(explanation.Slot);
    }

    [Fact]
    public void Open_UplinkIsAttached_KnowsBothPrograms()
    {
        using PinnedDatapath pinned = PinnedDatapath.Open(_machine.PinDirectory);
        PacketTrace trace = _machine.Trace(TracedMachine.Packet($"{TracedSite.Local}:80"));

        Assert.Equal(pinned.HandOverProgram!.Tag, trace.HandOverTag);
        Assert.NotEqual(pinned.Program!.Tag, trace.HandOverTag);
    }

    [Fact]
    public void Open_NothingIsPinned_NamesThePath()
    {
        BpfException refused = Assert.ThrowsAny<BpfException>(() => PinnedDatapath.Open(_machine.PinDirectory + "-none"));

        Assert.Contains(_machine.PinDirectory + "-none", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MapsOfAnotherLayout_AreRefused()
    {
        _machine.Maps.Config.LayoutVersion = 99;

        BpfException refused = Assert.ThrowsAny<BpfException>(() => PinnedDatapath.Open(_machine.PinDirectory));
        _machine.Maps.Config.LayoutVersion = DatapathConfig.CurrentLayoutVersion;

        Assert.Contains("layout 99", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Everything a packet could write, and everything it reads.</summary>
    private byte[] Bytes() =>
    [
        .. MemoryMarshal.AsBytes(new Span<DatapathConfig>(ref _machine.Maps.Config)),
        .. MemoryMarshal.AsBytes(_machine.Maps.Vips),
        .. MemoryMarshal.AsBytes(_machine.Maps.Rings),
        .. MemoryMarshal.AsBytes(_machine.Maps.Reals),
        .. MemoryMarshal.AsBytes(_machine.Maps.Flows),
        .. MemoryMarshal.AsBytes<Counter>(Enum.GetValues<Verdict>().Select(_machine.Maps.ReadVerdictCounter).ToArray()),
        .. MemoryMarshal.AsBytes<Counter>(Enumerable.Range(0, 16).Select(index => _machine.Maps.ReadRealCounter((uint)index)).ToArray()),
        .. MemoryMarshal.AsBytes<VipCounter>(Enumerable.Range(0, 16).Select(id => _machine.Maps.ReadVipCounter((uint)id)).ToArray()),
    ];
}
