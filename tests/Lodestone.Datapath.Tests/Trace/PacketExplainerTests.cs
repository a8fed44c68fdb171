using System.Net;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;

namespace Lodestone.Datapath.Tests.Trace;

/// <summary>What is explained is what the model does: the real that is told is the one whose device the packet goes to.</summary>
public sealed class PacketExplainerTests
{
    private const uint Unit = 1 << (FlowBucket.AgeShift - FlowBucket.TickShift);
    private const uint Now = 7 * Unit;
    private const uint FirstDevice = 100;

    private readonly DatapathMaps _maps = Maps();

    [Theory]
    [InlineData(SlotState.Stable, true, SlotDecision.Owner, 1u, false)]
    [InlineData(SlotState.Stable, false, SlotDecision.Owner, 1u, false)]
    [InlineData(SlotState.Learning, true, SlotDecision.StartsFlow, 1u, true)]
    [InlineData(SlotState.Learning, false, SlotDecision.PreviousOwner, 2u, true)]
    [InlineData(SlotState.Settling, true, SlotDecision.StartsFlow, 1u, false)]
    [InlineData(SlotState.Settling, false, SlotDecision.Unrecorded, 1u, false)]
    public void Explain_UnrecordedFlow_GoesWhereTheModelSendsIt(SlotState state, bool startsFlow, SlotDecision decision, uint real, bool writes)
    {
        SetSlots(state);

        SlotExplanation slot = Explain(Packet() with { StartsFlow = startsFlow });

        Assert.Equal((state, decision, real, writes), (slot.State, slot.Decision, slot.Real, slot.WritesFlow));
        Assert.Null(slot.Flow);
    }

    [Theory]
    [InlineData(SlotState.Learning)]
    [InlineData(SlotState.Settling)]
    public void Explain_RecordedFlow_StaysWhereItIs(SlotState state)
    {
        SetSlots(SlotState.Learning);
        Explain(Packet() with { StartsFlow = false });
        SetSlots(state);

        SlotExplanation slot = Explain(Packet() with { StartsFlow = false }, Now + (3 * Unit));

        Assert.Equal((SlotDecision.Recorded, 2u, 103, true), (slot.Decision, slot.Real, (int)slot.Idle.TotalSeconds, slot.WritesFlow));
        Assert.Equal(FlowState.Learnt, slot.Flow!.Value.State);
    }

    [Fact]
    public void Explain_PreviousOwnerIsDead_GoesToTheOwner()
    {
        SetSlots(SlotState.Learning);
        _maps.Reals[2].Kind = RealKind.None;

        SlotExplanation slot = Explain(Packet() with { StartsFlow = false });

        Assert.Equal((SlotDecision.PreviousOwnerDead, 1u), (slot.Decision, slot.Real));
    }

    [Fact]
    public void Explain_UdpThatIsNew_GoesToTheOwner()
    {
        SetSlots(SlotState.Learning);
        _maps.Vips[_maps.FindVip(DatapathAddress.Parse("198.51.100.1"), 0)].Flags |= VipFlags.UdpCurrent;

        SlotExplanation slot = Explain(Packet() with { Protocol = TraceProtocol.Udp });

        Assert.Equal((SlotDecision.UdpIsNew, 1u, true), (slot.Decision, slot.Real, slot.WritesFlow));
    }

    [Theory]
    [InlineData(TraceProtocol.Tcp, true)]
    [InlineData(TraceProtocol.Tcp, false)]
    [InlineData(TraceProtocol.Udp, true)]
    [InlineData(TraceProtocol.Sctp, true)]
    [InlineData(TraceProtocol.Sctp, false)]
    public void ToFrame_Packet_StartsFlowAsSaid(TraceProtocol protocol, bool startsFlow)
    {
        SetSlots(SlotState.Settling);

        SlotExplanation slot = Explain(Packet() with { Protocol = protocol, StartsFlow = startsFlow });

        Assert.Equal(startsFlow && protocol != TraceProtocol.Udp, slot.Decision == SlotDecision.StartsFlow);
    }

    [Theory]
    [InlineData("198.51.100.1", TraceProtocol.Tcp, 1001)]
    [InlineData("198.51.100.1", TraceProtocol.Udp, 0)]
    [InlineData("198.51.100.1", TraceProtocol.Icmp, 100)]
    [InlineData("2001:db8::1", TraceProtocol.Tcp, 0)]
    [InlineData("2001:db8::1", TraceProtocol.Udp, 1001)]
    [InlineData("2001:db8::1", TraceProtocol.Icmp, 0)]
    public void ToFrame_Checksums_AreThoseOfAWholePacket(string address, TraceProtocol protocol, int sizeBytes)
    {
        var to = IPAddress.Parse(address);
        var packet = new TracePacket
        {
            Source = new IPEndPoint(to.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? IPAddress.Parse("192.0.2.10") : IPAddress.Parse("2001:db8::a"), 40000),
            Destination = new IPEndPoint(to, 80),
            Protocol = protocol,
            SizeBytes = sizeBytes,
        };

        byte[] ip = packet.ToFrame(default, default)[14..];

        int header = packet.IsIPv6 ? 40 : 20;
        byte[] payload = ip[header..];
        bool hasPseudoHeader = packet.IsIPv6 || protocol != TraceProtocol.Icmp;
        uint pseudo = hasPseudoHeader ? InternetChecksum.Sum(ip.AsSpan((packet.IsIPv6 ? 8 : 12)..header)) + packet.ProtocolNumber + (uint)payload.Length : 0;
        byte[] even = payload.Length % 2 == 0 ? payload : [.. payload, 0];
        Assert.Equal(0, InternetChecksum.Fold(pseudo + InternetChecksum.Sum(even)));
        Assert.True(ip.Length >= sizeBytes);
        if (!packet.IsIPv6)
        {
            Assert.Equal(0, InternetChecksum.Fold(InternetChecksum.Sum(ip.AsSpan(..20))));
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(65535)]
    public void Explain_PortOfABitmap_NamesItsRange(ushort port)
    {
        PortRange[] ranges = [.. Enumerable.Range(0, 10).Select(i => new PortRange { Proto = 6, From = (ushort)(100 + (10 * i)), To = (ushort)(102 + (10 * i)) }), new PortRange { Proto = 6, From = 65000, To = 65535 }];
        var rules = PortRules.Create(ranges);
        rules.WriteBitmap(_maps.PortBitmaps);
        rules.ApplyTo(ref _maps.Vips[_maps.FindVip(DatapathAddress.Parse("198.51.100.1"), 0)]);
        TracePacket packet = Packet() with { Destination = new IPEndPoint(IPAddress.Parse("198.51.100.1"), port) };

        PacketExplanation explanation = PacketExplainer.Explain(_maps, packet, packet.ToFrame(default, default), Now);

        Assert.Equal(rules.Ranges, explanation.Vip!.Ports);
        Assert.Equal(port, port == 100 ? explanation.Port!.Rule!.Value.From : explanation.Port!.Rule!.Value.To);
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
            PortBitmaps = new ulong[PortRules.BitmapWords],
            VipStats = new VipCounter[1],
        };
        var vip = new Vip { Addr = DatapathAddress.Parse("198.51.100.1"), RingShift = RegionAllocator.RingShift(256) };
        PortRules.Create([]).ApplyTo(ref vip);
        VipTable.Build([vip], maps.Vips.AsSpan(0, 8));
        for (uint real = 1; real < 3; real++)
        {
            maps.Reals[real] = RealTemplate.Local(RealKind.Peer, FirstDevice + real, default, default, DatapathAddress.Parse($"2001:db8:f::{real}"), 1500);
        }

        return maps;
    }

    private static TracePacket Packet() => new()
    {
        Source = IPEndPoint.Parse("192.0.2.10:40000"),
        Destination = IPEndPoint.Parse("198.51.100.1:80"),
        Protocol = TraceProtocol.Tcp,
    };

    private void SetSlots(SlotState state) => Array.Fill(_maps.Rings, new RingSlot
    {
        Current = 1,
        Previous = 2 | state switch { SlotState.Stable => 0, SlotState.Learning => RingSlot.Consult | RingSlot.Learn, _ => RingSlot.Consult },
    });

    /// <summary>Explains a packet, and holds it against what the model did: its device, and whether the flow table has changed.</summary>
    private SlotExplanation Explain(TracePacket packet, uint now = Now)
    {
        ulong[] before = Words();
        PacketExplanation explanation = PacketExplainer.Explain(_maps, packet, packet.ToFrame(default, default), now);
        Assert.Equal(FirstDevice + explanation.Slot!.Real, explanation.Result.Ifindex);
        Assert.Equal(explanation.Slot.WritesFlow, !before.SequenceEqual(Words()));
        Assert.Equal(explanation.Slot.Real, explanation.Real!.Index);
        return explanation.Slot;
    }

    private ulong[] Words() => [.. _maps.Flows.SelectMany(bucket => ((ReadOnlySpan<ulong>)bucket.Entries).ToArray())];
}
