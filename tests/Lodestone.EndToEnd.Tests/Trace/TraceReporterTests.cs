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
    private const string InternalVip = "10.0.0.100";
    private const uint NicDevice = 12;
    private const uint Vni = 77;
    private const uint Now = 9 << 6;

    private static readonly IPNetwork Prefix = IPNetwork.Parse("fd00:0:0:2::/64");

    private readonly DatapathMaps _maps = Maps();

    [Fact]
    public void Report_Encapsulated_TellsEveryDecision()
    {
        TraceReport report = Trace(Packet());

        string underlay = UnderlayAddress.Derive(Prefix, "web-1-uid").ToString();
        Assert.Equal("tcp SYN 192.0.2.10:40000 > 198.51.100.1:80, 40 bytes, in at eth0", TraceWording.Packet(report));
        Assert.Equal(
            [
                "vip: 198.51.100.1 is a VIP of load balancer default/web, announced by this machine",
                "port: tcp 80 is let through by rule tcp 80-90",
                $"slot: {report.Slot!.Index} of 256 is stable: no state is kept; its owner real 1 takes the packet",
                $"target: real 1: network interface default/web-1, underlay address {underlay}, owner of 256 of 256 slots (100 %)",
                $"delivery: inside IPv6 from 2001:db8:1::1 to {underlay}, out of eth0 to next hop 02:00:00:00:00:0b; 80 bytes of at most 1500",
                "verdict: 1 VERDICT_FORWARD: To a target of the VIP: encapsulated and sent to the target's machine.",
            ],
            report.Steps.Take(6).Select(step => $"{step.Name}: {step.Text}"));
        Assert.Equal("id 42, tag abc, ran on a copy of its maps: nothing was counted, recorded or sent", report.Steps[^1].Text);
        Assert.Equal(VerdictKind.Forwarded, report.Result);
        Assert.Empty(report.Notes);
    }

    [Fact]
    public void Report_TargetThatCannotOwnTheVip_SaysWhoPutsWhichAddressIn()
    {
        foreach (ref Vip vip in _maps.Vips.AsSpan())
        {
            vip.Flags |= vip.Flags == VipFlags.None ? VipFlags.None : VipFlags.Translated;
        }

        Assert.EndsWith("; its host puts the workload's own address in the place of the destination", Delivery(), StringComparison.Ordinal);

        _maps.Reals[1] = RealTemplate.Local(RealKind.Peer, 7, default, default, default, 1500);
        _maps.Reals[1].Flags = NicFlags.Translates;
        _maps.Translations[(7, DatapathAddress.Parse(Vip))] = DatapathAddress.Parse("10.0.0.5");

        Assert.EndsWith("; the destination becomes the workload's own address 10.0.0.5, and answers are from the VIP", Delivery(), StringComparison.Ordinal);

        string Delivery() => Trace(Packet()).Steps.Single(step => step.Name == "delivery").Text;
    }

    [Fact]
    public void Report_TargetOfThisMachine_IsHandedOver()
    {
        SetSlots(2, 2);
        TraceReport report = Trace(Packet());

        Assert.Equal("lodestone_up (id 43, tag up) hands it to the workload at web-2, unchanged", report.Steps.Single(step => step.Name == "hand-over").Text);
        Assert.Equal((Verdict.DeliverLocal, true), (report.HandOver!.Verdict, report.HandOver.IsSame));
        Assert.Empty(report.Notes);

        TraceReport lost = Trace(Packet(), site: new TraceSite("eth0", 42, "abc"));

        Assert.Contains("lodestone_up is not attached to the tc ingress of eth0", Assert.Single(lost.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_TranslatedByTheHost_SaysWhatIsPutIn()
    {
        SetSlots(2, 2);
        _maps.Reals[2].Flags = NicFlags.Translates;
        _maps.Translations[(NicDevice, DatapathAddress.Parse(Vip))] = DatapathAddress.Parse("10.0.0.2");

        TraceReport report = Trace(Packet());

        Assert.Equal(
            "lodestone_up (id 43, tag up) puts 10.0.0.2 in the place of the VIP and hands it to the workload at web-2",
            report.Steps.Single(step => step.Name == "hand-over").Text);
        Assert.True(report.Program.IsConsistent);
    }

    [Theory]
    [InlineData("10.0.0.2:4000", "10.0.0.100:80", "source vip port slot target delivery", "vip", "10.0.0.100 is an Internal VIP of load balancer default/db", VerdictKind.Forwarded)]
    [InlineData("10.0.0.2:4000", "10.0.0.100:91", "source vip port", "port", "tcp 91 is refused; accepted are tcp 80-90, udp 53", VerdictKind.Dropped)]
    [InlineData("10.0.0.2:4000", "10.0.0.1:22", "source vip route delivery", "route", "10.0.0.1 is an address of network interface default/web-1, which the network reaches", VerdictKind.Forwarded)]
    [InlineData("10.0.0.2:4000", "10.0.0.1:22", "source vip route delivery", "source", "10.0.0.2 is an address of network interface default/web-2, in network default/net (77)", VerdictKind.Forwarded)]
    [InlineData("10.0.0.2:4000", "10.9.0.1:22", "source vip route", "route", "10.9.0.1 is an address of other networks only, with which this one is not peered", VerdictKind.Dropped)]
    [InlineData("10.0.0.2:4000", "192.0.2.10:22", "source vip route way out", "way out", "by the routing of the host: the host has no route there", VerdictKind.LeftToKernel)]
    [InlineData("10.0.0.9:4000", "192.0.2.10:22", "source", "source", "10.0.0.9 is neither an address of network interface default/web-2 nor a VIP that it serves; it has 10.0.0.2", VerdictKind.Dropped)]
    [InlineData("198.51.100.1:80", "192.0.2.10:4000", "source way out", "way out", "out of eth0 to next hop 192.0.2.1, with the MAC address that the kernel has for it", VerdictKind.Forwarded)]
    [InlineData("10.0.0.101:80", "192.0.2.10:4000", "source route", "route", "192.0.2.10 is no address of the network, nor of one it is peered with", VerdictKind.Dropped)]
    public void Report_AtNic_TellsEveryDecision(string source, string destination, string steps, string step, string text, VerdictKind kind)
    {
        TraceReport report = TraceAtNic(source, destination);

        Assert.Equal(steps + " verdict to do program", string.Join(' ', report.Steps.Select(s => s.Name)));
        Assert.Equal(text, report.Steps.Single(s => s.Name == step).Text);
        Assert.Equal(kind, report.Result);
        Assert.True(report.Program.IsConsistent);
        Assert.Equal($"tcp SYN {source} > {destination}, 40 bytes, sent by default/web-2 at web-2", TraceWording.Packet(report));
        Assert.Null(report.HandOver);
    }

    [Fact]
    public void Report_AnswerOfWhatCameByAVip_SaysWhichOne()
    {
        _maps.Config = _maps.Config with { Flags = ConfigFlags.Translates };
        _maps.Translations[(NicDevice, DatapathAddress.Parse("10.0.0.2"))] = DatapathAddress.Parse("10.0.0.2");
        TracePacket answer = Packet() with { Source = IPEndPoint.Parse("10.0.0.2:80"), Destination = IPEndPoint.Parse("192.0.2.10:4000") };
        _maps.TranslatedFlows[answer.AnswerTo(NicDevice)] = new TranslatedFlow { Vip = DatapathAddress.Parse(Vip), Nic = DatapathAddress.Parse("10.0.0.2"), Age = 9 };

        TraceReport report = TraceAtNic("10.0.0.2:80", "192.0.2.10:4000", startsFlow: false);

        Assert.Equal(["answer", "source", "way out", "verdict", "to do", "program"], report.Steps.Select(step => step.Name));
        Assert.Equal("it answers what came by VIP 198.51.100.1, which takes the place of its source", report.Steps[0].Text);
        Assert.Equal("198.51.100.1 is a public VIP that network interface default/web-2 serves: an answer, which goes straight to the client", report.Steps[1].Text);
        Assert.Equal((Vip, Vni), (report.Nic!.AnswersFrom, report.Nic.Vni!.Value));
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

        TraceReport report = Trace(Packet() with { StartsFlow = false }, Now + (2 << 6));

        Assert.Equal(new TracedRecord(FlowState.Learnt, 68, 2), report.Slot!.Record);
        Assert.Contains(
            "the flow is recorded (first seen in the middle, so older than the change or UDP, idle for 68 s), so real 2 keeps it", report.Steps.Single(step => step.Name == "slot").Text, StringComparison.Ordinal);
        Assert.Equal("on this machine, to the far end of veth web-2; 40 bytes of at most 1500", report.Steps.Single(step => step.Name == "delivery").Text);
    }

    [Theory]
    [InlineData(VipFlags.ByClient, 128, "all flows of a client's address share a slot")]
    [InlineData(VipFlags.ByClient, 120, "all flows of clients with the same first 24 bits of their address share a slot")]
    [InlineData(VipFlags.ByClient | VipFlags.ByProtocol | VipFlags.AnyFragment, 128, "all flows of a client's address and a protocol share a slot, fragments included")]
    [InlineData(VipFlags.Rekeyed, 0, "each flow has a slot of its own; this has changed, and older flows are looked up by what it was")]
    public void Report_SlotsGoByOtherThanTheFlow_SaysWhich(VipFlags flags, int mask, string expected)
    {
        ref Vip vip = ref _maps.Vips[_maps.FindVip(DatapathAddress.Parse(Vip), 0)];
        (vip.Flags, vip.ClientMask) = (vip.Flags | flags, DatapathAddress.Mask(mask));

        TraceReport report = Trace(Packet());

        Assert.Equal(expected, report.Steps.Single(step => step.Name == "affinity").Text);
        Assert.Equal(expected, report.Vip!.Affinity);
    }

    [Theory]
    [InlineData("000a000002ff", 2, "its connection ID names server 0a000002 of configuration 0: real 2 takes the packet, whatever the ring says")]
    [InlineData("200a000002ff", 1, "its connection ID says server 0a000002 of configuration 1, which is no living target's at this port, so the ring decides")]
    [InlineData("e00a000002ff", 1, "the packet has no QUIC connection ID that a server chose, so the ring decides; --quic-cid gives it one")]
    [InlineData("", 1, "the packet has no QUIC connection ID that a server chose, so the ring decides; --quic-cid gives it one")]
    public void Report_QuicConnectionId_SaysWhatItDecides(string id, uint real, string expected)
    {
        ref Vip vip = ref _maps.Vips[_maps.FindVip(DatapathAddress.Parse(Vip), 0)];
        (vip.Flags, vip.QuicIdLen) = (vip.Flags | VipFlags.Quic, 4);
        _maps.QuicServers[new QuicKey { Vip = vip.Id, Len = 4, Server = QuicKey.ServerOf([10, 0, 0, 2]) }] = 2;

        TraceReport report = Trace(Packet(53) with { Protocol = TraceProtocol.Udp, QuicConnectionId = Convert.FromHexString(id) });

        Assert.Equal(expected, report.Steps.Single(step => step.Name == "quic").Text);
        Assert.Equal(real, report.Target!.Index);
        Assert.Equal(real == 1, report.Slot is not null);
        Assert.DoesNotContain(Trace(Packet(80)).Steps, step => step.Name == "quic");
    }

    [Fact]
    public void Report_ClientIsRecorded_SaysSo()
    {
        ref Vip vip = ref _maps.Vips[_maps.FindVip(DatapathAddress.Parse(Vip), 0)];
        (vip.Flags, vip.ClientMask) = (vip.Flags | VipFlags.ByClient, DatapathAddress.Mask(128));
        SetSlots(1, 2 | RingSlot.Consult | RingSlot.Learn);
        Assert.Contains("may be older than the change, which is recent, so it goes to real 2", Trace(Packet()).Steps.Single(step => step.Name == "slot").Text, StringComparison.Ordinal);
        Trace(Packet() with { StartsFlow = false });

        TraceReport report = Trace(Packet() with { Source = IPEndPoint.Parse("192.0.2.10:1234") }, Now + (2 << 6));

        Assert.Contains("its client is recorded (new since the change, idle for 68 s), so real 2 takes its new flows too", report.Steps.Single(step => step.Name == "slot").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_NoVip_StopsThere()
    {
        TraceReport report = Trace(Packet() with { Destination = IPEndPoint.Parse("198.51.100.9:80") });

        Assert.Equal(["vip", "verdict", "to do", "program"], report.Steps.Select(step => step.Name));
        Assert.Equal("198.51.100.9 is no public VIP of this machine", report.Steps[0].Text);
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
        Vip inside = vip with { Addr = DatapathAddress.Parse(InternalVip), Network = Vni };
        VipTable.Build([vip, inside], maps.Vips.AsSpan(0, 8));
        foreach ((string address, NicSourceKind kind) in new[] { ("10.0.0.2", NicSourceKind.Own), (Vip, NicSourceKind.Vip), ("10.0.0.101", NicSourceKind.Internal) })
        {
            maps.NicSources[(NicDevice, DatapathAddress.Parse(address))] = new NicSource { Kind = kind, Network = Vni };
        }

        maps.Reals[1] = RealTemplate.Encap(
            2,
            MacAddress.Parse("02:00:00:00:00:0b"),
            MacAddress.Parse("02:00:00:00:00:0a"),
            DatapathAddress.Parse("2001:db8:1::1"),
            DatapathAddress.From(UnderlayAddress.Derive(Prefix, "web-1-uid")),
            1500);
        maps.Reals[2] = RealTemplate.Local(RealKind.Peer, NicDevice, default, default, DatapathAddress.From(UnderlayAddress.Derive(Prefix, "web-2-uid")), 1500);
        maps.Routes[new RouteKey(Vni, DatapathAddress.Parse("10.0.0.1"))] = maps.Reals[1];
        maps.Routes[new RouteKey(RouteKey.AnyNetwork, DatapathAddress.Parse("10.9.0.1"))] = default;
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

    private TraceReport Trace(TracePacket packet, uint now = Now, string? attachedTag = "abc", TraceSite? site = null)
    {
        PacketExplanation explanation = PacketExplainer.Explain(_maps, packet, packet.ToFrame(default, default), now);
        site ??= new TraceSite(attachedTag is null ? null : "eth0", attachedTag is null ? null : 42, attachedTag) { HandOverId = 43, HandOverTag = "up" };
        return Reporter().Report(packet, new PacketTrace(explanation, RunOf(explanation.Result), "abc", null)
        {
            HandOver = explanation.HandOver is { } handed ? RunOf(handed) with { Action = PacketAction.Redirect } : null,
            HandOverTag = "up",
        }, site);
    }

    private TraceReport TraceAtNic(string source, string destination, bool startsFlow = true)
    {
        TracePacket packet = Packet() with { Source = IPEndPoint.Parse(source), Destination = IPEndPoint.Parse(destination), StartsFlow = startsFlow };
        PacketExplanation explanation = PacketExplainer.ExplainAtNic(_maps, packet, packet.ToFrame(default, default), NicDevice, Now);
        var site = new TraceSite("web-2", 44, "abc") { Nic = TargetHash.Of("web-2-uid"), HostRoute = byUplink => byUplink ? "out of eth0 to next hop 192.0.2.1" : "the host has no route there" };
        PacketResult result = explanation.Result;
        PacketAction action = result.Action is PacketAction.Drop or PacketAction.Pass ? result.Action : PacketAction.Redirect;
        return Reporter().Report(packet, new PacketTrace(explanation, RunOf(result) with { Action = action }, "abc", null), site);
    }

    private static ProgramRun RunOf(PacketResult result) => new(result.Verdict, result.Action, result.Packet, result.Ifindex) { Magic = result.Magic };

    private static TraceReporter Reporter() => new(Names(), new DeviceNames(new Dictionary<uint, string> { [2] = "eth0", [NicDevice] = "web-2" }));

    private static ObjectNames Names() => ObjectNames.From(
        [LoadBalancer("web", "Public", Vip), LoadBalancer("db", "Internal", InternalVip)],
        [Nic("web-1"), Nic("web-2")]);

    private static LoadBalancer LoadBalancer(string name, string type, string ip) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name },
        Spec = new LoadBalancerSpec { Type = type, NetworkRef = new LocalObjectReference { Name = "net" } },
        Status = new LoadBalancerStatus { Ips = [ip] },
    };

    private static NetworkInterface Nic(string name) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name, Uid = $"{name}-uid" },
        Spec = new NetworkInterfaceSpec { NetworkRef = new LocalObjectReference { Name = "net" } },
    };
}
