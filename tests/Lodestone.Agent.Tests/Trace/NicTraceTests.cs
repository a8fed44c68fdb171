using Lodestone.Agent.Trace;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;
using Xunit;

namespace Lodestone.Agent.Tests.Trace;

/// <summary>Traces of what a workload sends, over the program at its device. Every trace must agree with the model, byte for byte.</summary>
public sealed class NicTraceTests : IClassFixture<TracedSite>
{
    private const string Own = "10.0.0.7:40000";
    private const string Client = "192.0.2.10:40000";

    private readonly TracedMachine _machine;

    public NicTraceTests(TracedSite site)
    {
        Privilege.RequireRoot();
        _machine = site.Machine;
    }

    [Theory]
    [InlineData(Own, TracedSite.Internal + ":80", TraceProtocol.Tcp, NicSourceKind.Own, Verdict.Forward)]
    [InlineData(Own, TracedSite.Internal + ":81", TraceProtocol.Tcp, NicSourceKind.Own, Verdict.DropPortNotAllowed)]
    [InlineData(Own, TracedSite.Internal + ":0", TraceProtocol.Icmp, NicSourceKind.Own, Verdict.EchoReply)]
    [InlineData(Own, TracedSite.InternalOfClient + ":80", TraceProtocol.Udp, NicSourceKind.Own, Verdict.DeliverLocal)]
    [InlineData(Own, "10.0.0.1:80", TraceProtocol.Tcp, NicSourceKind.Own, Verdict.RouteLocal)]
    [InlineData(Own, "10.0.0.2:22", TraceProtocol.Sctp, NicSourceKind.Own, Verdict.RouteForward)]
    [InlineData(Own, "10.0.0.3:22", TraceProtocol.Tcp, NicSourceKind.Own, Verdict.DropRealDead)]
    [InlineData(Own, TracedSite.OtherNetwork + ":22", TraceProtocol.Tcp, NicSourceKind.Own, Verdict.DropNicForeign)]
    [InlineData(Own, Client, TraceProtocol.Tcp, NicSourceKind.Own, Verdict.PassNicOwnAddress)]
    [InlineData("10.0.0.99:1", "10.0.0.2:22", TraceProtocol.Tcp, NicSourceKind.None, Verdict.DropNicSpoofed)]
    [InlineData("[2001:db8::9]:1", "[2001:db8::1]:80", TraceProtocol.Tcp, NicSourceKind.None, Verdict.DropNicSpoofed)]
    [InlineData(TracedSite.Answered + ":80", Client, TraceProtocol.Tcp, NicSourceKind.Vip, Verdict.NicDsr)]
    [InlineData(TracedSite.InternalOfClient + ":80", "10.0.0.2:40000", TraceProtocol.Tcp, NicSourceKind.Internal, Verdict.RouteForward)]
    [InlineData(TracedSite.InternalOfClient + ":80", Client, TraceProtocol.Tcp, NicSourceKind.Internal, Verdict.DropNicNoRoute)]
    public void TakeAtNic_Packet_IsExplainedUpToItsVerdict(string source, string destination, TraceProtocol protocol, NicSourceKind kind, Verdict expected)
    {
        PacketTrace trace = _machine.TraceAtNic(TracedMachine.Packet(destination, source, protocol));

        PacketExplanation explanation = trace.Explanation;
        RouteExplanation? route = explanation.Nic!.Route;
        bool isToVip = destination.StartsWith(TracedSite.Internal[..^1], StringComparison.Ordinal);
        Assert.Equal(expected, trace.Verdict);
        Assert.Equal(kind, explanation.Nic.Source?.Kind ?? NicSourceKind.None);
        Assert.Equal(kind == NicSourceKind.None ? null : 77u, explanation.Nic.Source?.Network);
        Assert.Equal(["10.0.0.7"], explanation.Nic.Own.Select(address => address.ToString()));
        Assert.Equal(isToVip, explanation.Vip is not null);
        Assert.Equal(expected is Verdict.Forward or Verdict.DeliverLocal, explanation.Slot is not null);
        Assert.Equal(expected is Verdict.RouteLocal or Verdict.RouteForward or Verdict.DropRealDead, route?.Real is not null);
        Assert.Equal(expected == Verdict.DropNicForeign, route?.IsForeign == true);
        Assert.Null(trace.HandOver);
    }

    [Fact]
    public void TakeAtNic_InternalVip_TellsTargetAndWay()
    {
        PacketTrace trace = _machine.TraceAtNic(TracedMachine.Packet($"{TracedSite.Internal}:80", Own));

        RealExplanation real = trace.Explanation.Real!;
        Assert.Equal((TargetHash.Of("remote-uid"), RealKind.Encap, 80), (real.Target, real.Kind, real.PacketBytes));
        Assert.Equal((SlotState.Stable, SlotDecision.Owner), (trace.Explanation.Slot!.State, trace.Explanation.Slot.Decision));
        Assert.Equal(real.Underlay, DatapathAddress.FromBytes(trace.Replica.Packet.AsSpan(14 + 24, 16)));
    }

    [Fact]
    public void TakeAtNic_Route_TellsWhoseAddressItIs()
    {
        PacketTrace local = _machine.TraceAtNic(TracedMachine.Packet("10.0.0.1:80", Own));
        PacketTrace tooBig = _machine.TraceAtNic(TracedMachine.Packet("10.0.0.2:80", Own) with { StartsFlow = false, SizeBytes = 1461 });

        Assert.Equal((TargetHash.Of("local-uid"), RealKind.Peer, 101u), (local.Explanation.Nic!.Route!.Real!.Target, local.Explanation.Nic.Route.Real.Kind, local.Explanation.Nic.Route.Real.Ifindex));
        Assert.Equal((Verdict.TooBigReply, 1501), (tooBig.Verdict, tooBig.Explanation.Nic!.Route!.Real!.PacketBytes));
    }

    [Theory]
    [InlineData("translated_flows")]
    [InlineData("translated_new")]
    public void TakeAtNic_AnswerOfWhatCameByAVip_IsFromTheVip(string map)
    {
        int port = map == "translated_new" ? 40001 : 40000;
        TracePacket packet = TracedMachine.Packet($"192.0.2.11:{port}", "10.0.0.7:80") with { StartsFlow = false };
        _machine.Record(map, packet.AnswerTo(_machine.ClientIfindex), new TranslatedFlow
        {
            Vip = DatapathAddress.Parse(TracedSite.AnsweredTranslated),
            Nic = DatapathAddress.Parse("10.0.0.7"),
            Age = Age(),
        });

        PacketTrace trace = _machine.TraceAtNic(packet);
        PacketTrace starts = _machine.TraceAtNic(packet with { StartsFlow = true });

        Assert.Equal((Verdict.NicDsr, NicSourceKind.Vip), (trace.Verdict, trace.Explanation.Nic!.Source!.Value.Kind));
        Assert.Equal(TracedSite.AnsweredTranslated, trace.Explanation.Nic.AnswersFrom?.ToString());
        Assert.Equal(TracedSite.AnsweredTranslated, DatapathAddress.FromBytes(trace.Replica.Packet.AsSpan(26, 4)).ToString());
        Assert.Equal(Verdict.PassNicOwnAddress, starts.Verdict);
        Assert.Null(starts.Explanation.Nic!.AnswersFrom);
    }

    [Fact]
    public void TakeAtNic_RunAttached_IsCountedThenOnly()
    {
        ulong before = _machine.Maps.ReadVerdictCounter(Verdict.DropNicSpoofed).Packets;
        TracePacket packet = TracedMachine.Packet("10.0.0.2:22", "10.0.0.98:1");

        _machine.TraceAtNic(packet);
        ulong after = _machine.Maps.ReadVerdictCounter(Verdict.DropNicSpoofed).Packets;
        PacketTrace ran = _machine.TraceAtNic(packet, runAttached: true);

        Assert.Equal(before, after);
        Assert.Equal(PacketAction.Drop, ran.Attached!.Action);
        Assert.Equal(before + 1, _machine.Maps.ReadVerdictCounter(Verdict.DropNicSpoofed).Packets);
    }

    [Fact]
    public void OpenNicProgram_DeviceWithoutOne_IsNull()
    {
        using PinnedDatapath pinned = PinnedDatapath.Open(_machine.PinDirectory);

        Assert.Null(pinned.OpenNicProgram(101));
        Assert.Equal(_machine.ClientIfindex, pinned.ReadNics()[TargetHash.Of("client-uid")]);
        Assert.Equal(101u, pinned.ReadNics()[TargetHash.Of("local-uid")]);
    }

    private static byte Age() => FlowTable.Age(
        FlowTable.Clock((ulong)((Int128)TimeProvider.System.GetTimestamp() * 1_000_000_000 / TimeProvider.System.TimestampFrequency)));
}
