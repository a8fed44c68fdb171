using System.Net;
using Lodestone.Agent.Trace;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli.Trace;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Trace;

/// <summary>The words of a trace, over maps made by hand; the model stands in for the program.</summary>
public sealed class TraceReporterTests
{
    private const string Vip = "198.51.100.1";
    private const byte Now = 9;

    private static readonly IPNetwork Prefix = IPNetwork.Parse("fd00:0:0:2::/64");

    private readonly DatapathMaps _maps = Maps();

    [Fact]
    public void Report_Encapsulated_TellsEveryDecision()
    {
        TraceReport report = Trace(Packet());

        string underlay = UnderlayAddress.Derive(Prefix, "web-1-uid").ToString();
        Assert.Equal("tcp SYN 192.0.2.10:40000 > 198.51.100.1:80, 40 bytes, in at eth0", TraceWording.Packet(report.Packet, report.Program.Uplink));
        Assert.Equal(
            [
                "vip: 198.51.100.1 is a VIP of load balancer default/web, announced by this machine",
                "port: tcp 80 is let through by rule tcp 80-90",
                $"slot: {report.Slot!.Index} of 256 is stable: no state is kept; its owner real 1 takes the packet",
                $"target: real 1: network interface default/web-1, underlay address {underlay}",
                $"delivery: inside IPv6 from 2001:db8:1::1 to {underlay}, out of eth0 to next hop 02:00:00:00:00:0b; 80 bytes of at most 1500",
                "verdict: 1 VERDICT_FORWARD: Encapsulated in IPv6 and sent to the machine of the target.",
            ],
            report.Steps.Take(6).Select(step => $"{step.Name}: {step.Text}"));
        Assert.Equal("id 42, tag abc, ran on a copy of its maps: nothing was counted, recorded or sent", report.Steps[^1].Text);
        Assert.Equal(VerdictKind.Forwarded, report.Result);
        Assert.Empty(report.Notes);
    }

    [Theory]
    [InlineData(81, 0, "port", "tcp 81 is refused; accepted are tcp 80-90, udp 53", false)]
    [InlineData(80, 1461, "delivery", "; 1501 bytes are more than the 1500 that fit", true)]
    public void Report_Refused_SaysWhyAndWhatToDo(int portOrZero, int size, string step, string text, bool isEnd)
    {
        int port = portOrZero == 81 ? 91 : portOrZero;
        string expected = text.Replace("tcp 81", "tcp 91", StringComparison.Ordinal);

        TraceReport report = Trace(Packet(port) with { SizeBytes = size });

        string told = report.Steps.Single(s => s.Name == step).Text;
        Assert.True(isEnd ? told.EndsWith(expected, StringComparison.Ordinal) : told == expected, told);
        Assert.Equal(VerdictKind.Dropped, report.Result);
        Assert.Equal(report.Verdict.Remedy, report.Steps.Single(s => s.Name == "to do").Text);
    }

    [Theory]
    [InlineData(true, RingSlot.Consult | RingSlot.Learn, "is learning: its owner changes from real 2 to real 1 and flows are recorded; the packet starts a flow, so the owner real 1 takes it; from the wire, it would write the flow table")]
    [InlineData(false, RingSlot.Consult | RingSlot.Learn, "is learning: its owner changes from real 2 to real 1 and flows are recorded; the flow is not recorded, so it is older than the change and stays with real 2; from the wire, it would write the flow table")]
    [InlineData(false, RingSlot.Consult, "is settling: its owner is real 1, and recorded flows stay where they are; the flow is not recorded, so the owner real 1 takes it")]
    public void Report_SlotInTransition_SaysWhoTakesItAndWhy(bool startsFlow, uint flags, string expected)
    {
        SetSlots(1, 2 | flags);

        TraceReport report = Trace(Packet() with { StartsFlow = startsFlow });

        Assert.EndsWith(expected, report.Steps.Single(step => step.Name == "slot").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_RecordedFlow_SaysSinceWhen()
    {
        SetSlots(1, 2 | RingSlot.Consult | RingSlot.Learn);
        Trace(Packet() with { StartsFlow = false });

        TraceReport report = Trace(Packet() with { StartsFlow = false }, Now + 2);

        Assert.Equal(new TracedRecord(FlowState.Learnt, 68, 2), report.Slot!.Record);
        Assert.Contains(
            "the flow is recorded (older than the change, idle for 68 s), so real 2 keeps it", report.Steps.Single(step => step.Name == "slot").Text, StringComparison.Ordinal);
        Assert.Equal("on this machine, to the far end of veth web-2; 40 bytes of at most 1500", report.Steps.Single(step => step.Name == "delivery").Text);
    }

    [Fact]
    public void Report_NoVip_StopsThere()
    {
        TraceReport report = Trace(Packet() with { Destination = IPEndPoint.Parse("198.51.100.9:80") });

        Assert.Equal(["vip", "verdict", "to do", "program"], report.Steps.Select(step => step.Name));
        Assert.Equal("198.51.100.9 is no VIP of this machine", report.Steps[0].Text);
        Assert.Equal(VerdictKind.LeftToKernel, report.Result);
    }

    [Fact]
    public void Report_RealIsDead_HasNoWay()
    {
        _maps.Reals[1].Kind = RealKind.None;

        TraceReport report = Trace(Packet());

        Assert.Null(report.Delivery);
        Assert.Equal("default/web-1", report.Target!.NetworkInterface);
        Assert.Equal("none: no way to the target is known", report.Steps.Single(step => step.Name == "delivery").Text);
    }

    [Fact]
    public void Report_AnotherOrNoProgramAttached_IsNoted()
    {
        TraceReport other = Trace(Packet(), attachedTag: "def");
        TraceReport none = Trace(Packet(), attachedTag: null);

        Assert.Contains("another release", Assert.Single(other.Notes), StringComparison.Ordinal);
        Assert.Contains("does the agent run?", Assert.Single(none.Notes), StringComparison.Ordinal);
        Assert.False(other.Program.IsSame || none.Program.IsSame);
    }

    private static DatapathMaps Maps()
    {
        var maps = new DatapathMaps
        {
            Config = new DatapathConfig { HashSeed0 = 1, HashSeed1 = 2, VipMask = 7, FlowMask = 3 },
            Vips = new Vip[16],
            Rings = new RingSlot[256],
            Reals = new Real[3],
            Flows = new FlowBucket[4],
            VipStats = new VipCounter[1],
        };
        var vip = new Vip { Addr = DatapathAddress.Parse(Vip), Flags = VipFlags.Announce, RingShift = RegionAllocator.RingShift(256) };
        PortRules.Create([new PortRange { Proto = 6, From = 80, To = 90 }, new PortRange { Proto = 17, From = 53, To = 53 }]).ApplyTo(ref vip);
        VipTable.Build([vip], maps.Vips.AsSpan(0, 8));
        maps.Reals[1] = RealTemplate.Encap(
            2,
            MacAddress.Parse("02:00:00:00:00:0b"),
            MacAddress.Parse("02:00:00:00:00:0a"),
            DatapathAddress.Parse("2001:db8:1::1"),
            DatapathAddress.From(UnderlayAddress.Derive(Prefix, "web-1-uid")),
            1500);
        maps.Reals[2] = RealTemplate.Local(RealKind.Peer, 12, default, default, DatapathAddress.From(UnderlayAddress.Derive(Prefix, "web-2-uid")), 1500);
        Array.Fill(maps.Rings, new RingSlot { Current = 1, Previous = 1 });
        return maps;
    }

    private static TracePacket Packet(int port = 80) => new()
    {
        Source = IPEndPoint.Parse("192.0.2.10:40000"),
        Destination = new IPEndPoint(IPAddress.Parse(Vip), port),
        Protocol = TraceProtocol.Tcp,
    };

    private void SetSlots(uint current, uint previous) => Array.Fill(_maps.Rings, new RingSlot { Current = current, Previous = previous });

    private TraceReport Trace(TracePacket packet, byte now = Now, string? attachedTag = "abc")
    {
        PacketExplanation explanation = PacketExplainer.Explain(_maps, packet, packet.ToFrame(default, default), now);
        var run = new ProgramRun(explanation.Result.Verdict, explanation.Result.Action, explanation.Result.Packet, explanation.Result.Ifindex);
        var names = ObjectNames.From(
            [new LoadBalancer { Metadata = new ObjectMeta { Namespace = "default", Name = "web" }, Spec = new LoadBalancerSpec { Type = "Public" }, Status = new LoadBalancerStatus { Ips = [Vip] } }],
            [new NetworkInterface { Metadata = new ObjectMeta { Namespace = "default", Name = "web-1", Uid = "web-1-uid" }, Spec = new NetworkInterfaceSpec() }]);
        var devices = new DeviceNames(new Dictionary<uint, string> { [2] = "eth0", [12] = "web-2" });
        return new TraceReporter(names, devices).Report(
            packet, new PacketTrace(explanation, run, "abc", null), attachedTag is null ? null : 42, attachedTag, attachedTag is null ? null : "eth0");
    }
}
