using System.Net;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;

namespace Lodestone.Datapath.Tests.Trace;

/// <summary>What is explained of a workload's packet is what the model does with it.</summary>
public sealed class NicExplainerTests
{
    private const uint Nic = 7;
    private const uint Vni = 77;
    private const uint FirstDevice = 100;
    private const string Own = "10.0.0.2";
    private const string Internal = "10.0.0.100";
    private const string Public = "198.51.100.1";
    private const string Beside = "10.0.0.1";
    private const string Foreign = "10.9.0.1";

    private readonly DatapathMaps _maps = Maps();

    [Fact]
    public void ExplainAtNic_InternalVip_TakesTheSlotOfItsNetwork()
    {
        var reals = new HashSet<uint>();
        for (int port = 40000; port < 40032; port++)
        {
            PacketExplanation explanation = Explain($"{Own}:{port}", $"{Internal}:80");

            Assert.Equal(FirstDevice + explanation.Slot!.Real, explanation.Result.Ifindex);
            Assert.Equal(explanation.Slot.Real, explanation.Real!.Index);
            reals.Add(explanation.Slot.Real);
        }

        Assert.Equal(2, reals.Count);
    }

    [Fact]
    public void ExplainAtNic_LearningSlot_TellsThatTheFlowIsRecorded()
    {
        Array.Fill(_maps.Rings, new RingSlot { Current = 1, Previous = 2 | RingSlot.Consult | RingSlot.Learn });

        SlotExplanation slot = Explain($"{Own}:40000", $"{Internal}:80").Slot!;

        Assert.Equal((SlotDecision.StartsFlow, 1u, true), (slot.Decision, slot.Real, slot.WritesFlow));
    }

    [Theory]
    [InlineData(Own, Beside, Verdict.RouteLocal, true, false)]
    [InlineData(Own, Foreign, Verdict.DropNicForeign, false, true)]
    [InlineData(Own, "192.0.2.10", Verdict.PassNicOwnAddress, false, false)]
    [InlineData("10.0.0.101", Beside, Verdict.RouteLocal, true, false)]
    [InlineData("10.0.0.101", "192.0.2.10", Verdict.DropNicNoRoute, false, false)]
    public void ExplainAtNic_NoVip_GoesByTheRoute(string source, string destination, Verdict verdict, bool isKnown, bool isForeign)
    {
        PacketExplanation explanation = Explain($"{source}:40000", $"{destination}:22");

        RouteExplanation route = explanation.Nic!.Route!;
        Assert.Equal((verdict, isKnown, isForeign), (explanation.Result.Verdict, route.Real is not null, route.IsForeign));
        Assert.Null(explanation.Vip);
    }

    [Theory]
    [InlineData("10.0.0.9", Verdict.DropNicSpoofed, NicSourceKind.None)]
    [InlineData(Public, Verdict.NicDsr, NicSourceKind.Vip)]
    public void ExplainAtNic_SourceDecides_NothingElseIsAsked(string source, Verdict verdict, NicSourceKind kind)
    {
        PacketExplanation explanation = Explain($"{source}:80", $"{Internal}:80");

        Assert.Equal((verdict, kind), (explanation.Result.Verdict, explanation.Nic!.Source?.Kind ?? NicSourceKind.None));
        Assert.Null(explanation.Vip);
        Assert.Null(explanation.Nic.Route);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ExplainAtNic_FlowCameByAVip_ItsAnswerIsFromTheVip(bool wasAnswered)
    {
        _maps.Config = _maps.Config with { Flags = ConfigFlags.Translates };
        _maps.Translations[(Nic, DatapathAddress.Parse(Own))] = DatapathAddress.Parse(Own);
        TracePacket packet = Packet($"{Own}:80", "192.0.2.10:40000") with { StartsFlow = false };
        (wasAnswered ? _maps.TranslatedFlows : _maps.TranslatedNew)[packet.AnswerTo(Nic)] =
            new TranslatedFlow { Vip = DatapathAddress.Parse(Public), Nic = DatapathAddress.Parse(Own) };

        PacketExplanation explanation = PacketExplainer.ExplainAtNic(_maps, packet, packet.ToFrame(default, default), Nic, 0);

        Assert.Equal(DatapathAddress.Parse(Public), explanation.Nic!.AnswersFrom);
        Assert.Equal((Verdict.NicDsr, NicSourceKind.Vip), (explanation.Result.Verdict, explanation.Nic.Source!.Value.Kind));
    }

    [Fact]
    public void Explain_TargetOfThisMachine_SaysWhatTcDoes()
    {
        Vip entry = _maps.Vips[_maps.FindVip(DatapathAddress.Parse(Internal), Vni)] with { Network = 0, Addr = DatapathAddress.Parse(Public) };
        VipTable.Build([entry], _maps.Vips.AsSpan(0, 8));
        TracePacket packet = Packet("192.0.2.10:40000", $"{Public}:80");

        PacketExplanation plain = PacketExplainer.Explain(_maps, packet, packet.ToFrame(default, default), 0);
        foreach (ref Real real in _maps.Reals.AsSpan(1))
        {
            real.Flags = NicFlags.Translates;
            _maps.Translations[(real.Ifindex, DatapathAddress.Parse(Public))] = DatapathAddress.Parse(Own);
        }

        PacketExplanation translated = PacketExplainer.Explain(_maps, packet, packet.ToFrame(default, default), 0);

        Assert.Equal((Verdict.DeliverLocal, plain.Result.Ifindex), (plain.HandOver!.Verdict, plain.HandOver.Ifindex));
        Assert.Equal(plain.Result.Packet, plain.HandOver.Packet);
        Assert.Equal(Verdict.Translated, translated.HandOver!.Verdict);
        Assert.Equal(DatapathAddress.Parse(Own), DatapathAddress.FromBytes(translated.HandOver.Packet.AsSpan(30, 4)));
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
        var vip = new Vip { Addr = DatapathAddress.Parse(Internal), Network = Vni, RingShift = RegionAllocator.RingShift(256) };
        PortRules.Create([]).ApplyTo(ref vip);
        VipTable.Build([vip], maps.Vips.AsSpan(0, 8));
        for (uint real = 1; real < 3; real++)
        {
            maps.Reals[real] = RealTemplate.Local(RealKind.Peer, FirstDevice + real, default, default, DatapathAddress.Parse($"2001:db8:f::{real}"), 1500);
        }

        for (uint slot = 0; slot < 256; slot++)
        {
            maps.Rings[slot] = new RingSlot { Current = 1 + (slot % 2) };
        }

        foreach ((string address, NicSourceKind kind) in new[] { (Own, NicSourceKind.Own), (Public, NicSourceKind.Vip), ("10.0.0.101", NicSourceKind.Internal) })
        {
            maps.NicSources[(Nic, DatapathAddress.Parse(address))] = new NicSource { Kind = kind, Network = Vni };
        }

        maps.Routes[new RouteKey(Vni, DatapathAddress.Parse(Beside))] = maps.Reals[1];
        maps.Routes[new RouteKey(RouteKey.AnyNetwork, DatapathAddress.Parse(Beside))] = default;
        maps.Routes[new RouteKey(RouteKey.AnyNetwork, DatapathAddress.Parse(Foreign))] = default;
        return maps;
    }

    private static TracePacket Packet(string source, string destination) => new()
    {
        Source = IPEndPoint.Parse(source),
        Destination = IPEndPoint.Parse(destination),
        Protocol = TraceProtocol.Tcp,
    };

    private PacketExplanation Explain(string source, string destination)
    {
        TracePacket packet = Packet(source, destination);
        return PacketExplainer.ExplainAtNic(_maps, packet, packet.ToFrame(default, default), Nic, 0);
    }
}
