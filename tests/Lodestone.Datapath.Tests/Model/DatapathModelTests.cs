using System.Buffers.Binary;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Tests.Model;

public sealed class DatapathModelTests
{
    private const uint Unit = 1 << (FlowBucket.AgeShift - FlowBucket.TickShift);
    private const uint Now = 7 * Unit;
    private const byte Syn = 0x02;
    private const byte Ack = 0x10;
    private const uint NicDevice = 21;

    private static readonly MacAddress UplinkMac = MacAddress.Parse("02:00:00:00:00:02");
    private static readonly MacAddress ClientMac = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly DatapathAddress VipAddress = DatapathAddress.Parse("198.51.100.1");
    private static readonly DatapathAddress VipAddress6 = DatapathAddress.Parse("2001:db8::1");
    private static readonly DatapathAddress Client = DatapathAddress.Parse("192.0.2.10");
    private static readonly DatapathAddress Client6 = DatapathAddress.Parse("2001:db8:c::a");
    private static readonly DatapathAddress Target = DatapathAddress.Parse("2001:db8:f::1");

    private readonly DatapathMaps _maps = Maps();

    [Fact]
    public void AtUplink_TcpToARealElsewhere_IsEncapsulatedUntouched()
    {
        byte[] frame = Tcp(Client, VipAddress, 80, Syn);
        PacketResult result = Run(frame);
        Assert.Equal((Verdict.Forward, PacketAction.Transmit), (result.Verdict, result.Action));
        Assert.Equal(frame[14..], result.Packet[54..]);
        Assert.Equal(Convert.ToHexString(_maps.Reals[1].Eth), Convert.ToHexString(result.Packet[..14]));
        Assert.Equal(frame.Length - 14, BinaryPrimitives.ReadUInt16BigEndian(result.Packet.AsSpan(18)));
        Assert.Equal(4, result.Packet[20]);
        Assert.Equal(0x62b, BinaryPrimitives.ReadUInt16BigEndian(result.Packet.AsSpan(14)) >> 4); // version 6, traffic class 0x2b
    }

    [Fact]
    public void AtUplink_IPv6ToALocalVeth_IsDeliveredAsItCame()
    {
        SetOwner(real: 2);
        byte[] frame = Tcp(Client6, VipAddress6, 80, Ack);
        PacketResult result = Run(frame);
        Assert.Equal((Verdict.DeliverLocal, PacketAction.DeliverToPeer, NicDevice), (result.Verdict, result.Action, result.Ifindex));
        Assert.Equal(frame, result.Packet);
        Assert.Equal(1UL, _maps.VipStats[2].Packets);
    }

    [Fact]
    public void AtUplink_Encapsulated_ComesBackAsItWasSent()
    {
        byte[] frame = Tcp(Client, VipAddress, 80, Syn);
        PacketResult sent = Run(frame);
        _maps.Underlay[Target] = new UnderlayNic { Ifindex = NicDevice, Kind = RealKind.Peer };
        PacketResult result = Run(sent.Packet);
        Assert.Equal((Verdict.DecapLocal, NicDevice), (result.Verdict, result.Ifindex));
        Assert.Equal(frame[12..], result.Packet[12..]);
    }

    [Theory]
    [InlineData(81, Verdict.DropPortNotAllowed)]
    [InlineData(80, Verdict.Forward)]
    public void AtUplink_Port_IsCheckedAgainstTheVip(ushort port, Verdict expected) =>
        Assert.Equal(expected, Run(Tcp(Client, VipAddress, port, Ack)).Verdict);

    [Fact]
    public void AtUplink_BrokenPackets_HaveAVerdictOfTheirOwn()
    {
        byte[] good = Tcp(Client, VipAddress, 80, Ack);
        Assert.Equal(Verdict.DropTruncated, Run(good[..13]).Verdict);
        Assert.Equal(Verdict.DropTruncated, Run(good[..33]).Verdict);
        Assert.Equal(Verdict.DropBadHeader, Run(good[..50]).Verdict);
        Assert.Equal(Verdict.DropTruncated, Run(With(good, 14, 0x46)).Verdict);
        Assert.Equal(Verdict.DropFragment, Run(With(good, 21, 0x20)).Verdict);
        Assert.Equal(Verdict.DropProtocol, Run(With(good, 23, 47)).Verdict);
        Assert.Equal(Verdict.PassNotIp, Run(With(good, 12, 0x12)).Verdict);
        Assert.Equal(Verdict.PassNotAVip, Run(With(good, 33, 9)).Verdict);
    }

    [Fact]
    public void AtUplink_TooBigForTheWay_IsDropped()
    {
        _maps.Reals[1].Mtu = 79;
        Assert.Equal(Verdict.DropTooBig, Run(Tcp(Client, VipAddress, 80, Ack)).Verdict);
    }

    [Fact]
    public void AtUplink_VipWithoutTarget_IsDropped()
    {
        SetOwner(real: 0);
        Assert.Equal(Verdict.DropNoReal, Run(Tcp(Client, VipAddress, 80, Ack)).Verdict);
        SetOwner(real: 3);
        Assert.Equal(Verdict.DropRealDead, Run(Tcp(Client, VipAddress, 80, Ack)).Verdict);
    }

    [Fact]
    public void AtUplink_LearningSlot_SynGoesToCurrentOthersToPrevious()
    {
        SetOwner(real: 1, previous: 2 | RingSlot.Consult | RingSlot.Learn);
        Assert.Equal(Verdict.DeliverLocal, Run(Tcp(Client, VipAddress, 80, Ack, 1000)).Verdict);
        Assert.Equal(Verdict.Forward, Run(Tcp(Client, VipAddress, 80, Syn, 2000)).Verdict);
        Assert.Equal(Verdict.Forward, Run(Tcp(Client, VipAddress, 80, Ack, 2000)).Verdict);
        Assert.Equal([FlowState.New, FlowState.Learnt], Entries().Select(entry => entry.State).Order());
        Assert.Equal((2UL, 0UL), (_maps.VipStats[1].Recorded, _maps.VipStats[1].Pinned));

        // The window ends: what was recorded stays, all else is current's.
        SetOwner(real: 1, previous: 1 | RingSlot.Consult);
        Assert.Equal(Verdict.DeliverLocal, Run(Tcp(Client, VipAddress, 80, Ack, 1000)).Verdict);
        Assert.Equal(Verdict.Forward, Run(Tcp(Client, VipAddress, 80, Ack, 3000)).Verdict);
        Assert.Equal((2, 1UL), (FlowTable.CountUsed(_maps.Flows), _maps.VipStats[1].Pinned));

        // A new connection from the same port is a new flow.
        Assert.Equal(Verdict.Forward, Run(Tcp(Client, VipAddress, 80, Syn, 1000)).Verdict);
        Assert.Equal(Verdict.Forward, Run(Tcp(Client, VipAddress, 80, Ack, 1000)).Verdict);
        Assert.Equal(1, FlowTable.CountUsed(_maps.Flows));
    }

    [Fact]
    public void AtUplink_RecordOfADeadReal_IsForgotten()
    {
        SetOwner(real: 1, previous: 2 | RingSlot.Consult | RingSlot.Learn);
        Run(Tcp(Client, VipAddress, 80, Ack));
        _maps.Reals[2].Kind = RealKind.None;
        Assert.Equal(Verdict.Forward, Run(Tcp(Client, VipAddress, 80, Ack)).Verdict);
        Assert.Equal(1u, Assert.Single(Entries()).Real);
    }

    [Fact]
    public void AtUplink_ArpForAnAnnouncedVip_IsAnsweredWithTheUplinksMac()
    {
        byte[] request = Convert.FromHexString("FFFFFFFFFFFF020000000001080600010800060400010200000000" + "01C000020A000000000000C6336401");
        PacketResult result = Run(request);
        Assert.Equal(Verdict.ArpReply, result.Verdict);
        Assert.Equal(
            "020000000001020000000002080600010800060400020200000000" + "02C6336401020000000001C000020A",
            Convert.ToHexString(result.Packet));
    }

    [Fact]
    public void AtUplink_SolicitationForAnAnnouncedVip_IsAnsweredWithAValidChecksum()
    {
        PacketResult result = Run(Solicitation(Client6, VipAddress6));
        Assert.Equal((Verdict.NdReply, 86), (result.Verdict, result.Packet.Length));
        Assert.Equal(VipAddress6, DatapathAddress.FromBytes(result.Packet.AsSpan(22, 16)));
        Assert.Equal(Client6, DatapathAddress.FromBytes(result.Packet.AsSpan(38, 16)));
        uint sum = InternetChecksum.Sum(result.Packet.AsSpan(22, 32)) + 32 + 58;
        Assert.Equal(0, InternetChecksum.Fold(sum + InternetChecksum.Sum(result.Packet.AsSpan(54))));
    }

    [Fact]
    public void AtUplink_PingToAVip_IsAnswered()
    {
        byte[] request = Ip(Client, VipAddress, 1, [8, 0, 0xf7, 0xfe, 0, 1, 0, 0]);
        PacketResult result = Run(request);
        Assert.Equal(Verdict.EchoReply, result.Verdict);
        Assert.Equal(0, InternetChecksum.Fold(InternetChecksum.Sum(result.Packet.AsSpan(14, 20))));
        Assert.Equal(0, InternetChecksum.Fold(InternetChecksum.Sum(result.Packet.AsSpan(34))));
        Assert.Equal(VipAddress, DatapathAddress.FromBytes(result.Packet.AsSpan(26, 4)));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(RingSlot.Consult)]
    [InlineData(RingSlot.Consult | RingSlot.Learn)]
    public void AtUplink_IcmpError_GoesWhereItsFlowGoesAndRecordsNothing(uint state)
    {
        for (int slot = 0; slot < _maps.Rings.Length; slot++)
        {
            uint current = 1 + (uint)(slot % 2);
            _maps.Rings[slot] = new RingSlot { Current = current, Previous = (3 - current) | state };
        }

        for (ushort port = 40000; port < 40050; port++)
        {
            foreach ((DatapathAddress client, DatapathAddress vip) in new[] { (Client, VipAddress), (Client6, VipAddress6) })
            {
                byte[] error = vip.IsIPv4
                    ? Ip(Client, vip, 1, [3, 4, 0, 0, 0, 0, 5, 0, .. Tcp(vip, client, port, Ack, from: 80)[14..42]])
                    : Ip(Client6, vip, 58, [2, 0, 0, 0, 0, 0, 5, 0, .. Tcp(vip, client, port, Ack, from: 80)[14..62]]);
                ulong[] before = ((ReadOnlySpan<ulong>)_maps.Flows[0].Entries).ToArray();
                PacketResult early = Run(error);
                Assert.Equal(before, ((ReadOnlySpan<ulong>)_maps.Flows[0].Entries).ToArray());

                PacketResult flow = Run(Tcp(client, vip, 80, Ack, from: port));
                PacketResult late = Run(error);
                Assert.Equal((flow.Verdict, flow.Ifindex), (early.Verdict, early.Ifindex));
                Assert.Equal((flow.Verdict, flow.Ifindex), (late.Verdict, late.Ifindex));
            }
        }
    }

    [Fact]
    public void AtUplink_LaterFragment_FollowsItsFirstForAWhile()
    {
        byte[] first = With(Tcp(Client, VipAddress, 80, Ack), 20, 0x20);
        byte[] later = With(Tcp(Client, VipAddress, 80, Ack), 21, 0x20);
        DatapathModel model = new(_maps);

        Assert.Equal(Verdict.DropFragment, model.AtUplink(later, Now).Verdict);
        Assert.Equal(Verdict.Forward, model.AtUplink(first, Now).Verdict);
        Assert.Equal(Verdict.Forward, model.AtUplink(later, Now + Unit).Verdict);
        Assert.Equal(Verdict.DropFragment, model.AtUplink(later, Now + (2 * Unit)).Verdict);
        Assert.Equal(Verdict.DropFragment, model.AtUplink(With(later, 19, 1), Now).Verdict);
    }

    [Fact]
    public void AtNic_Source_DecidesTheWay()
    {
        DatapathModel model = new(_maps);
        _maps.NicSources[(NicDevice, VipAddress)] = new NicSource { Kind = NicSourceKind.Vip };
        _maps.NicSources[(NicDevice, Client)] = new NicSource { Kind = NicSourceKind.Own };
        byte[] reply = Tcp(VipAddress, Client, 1000, Ack);

        PacketResult direct = model.AtNic(reply, NicDevice, Now);
        Assert.Equal(
            (Verdict.NicDsr, PacketAction.RedirectToNeighbour, 2u), (direct.Verdict, direct.Action, direct.Ifindex));
        Assert.Equal(Verdict.DropNicSpoofed, model.AtNic(reply, NicDevice + 1, Now).Verdict);
        Assert.Equal(Verdict.PassNicOwnAddress, model.AtNic(Tcp(Client, VipAddress, 80, Ack), NicDevice, Now).Verdict);
    }

    [Fact]
    public void AtNic_SolicitationForAnyAddressButItsOwn_IsAnswered()
    {
        DatapathModel model = new(_maps);
        _maps.NicSources[(NicDevice, Client6)] = new NicSource { Kind = NicSourceKind.Own };
        PacketResult result = model.AtNic(Solicitation(Client6, Target), NicDevice, Now);
        Assert.Equal((Verdict.NdReply, PacketAction.Redirect, NicDevice), (result.Verdict, result.Action, result.Ifindex));
        Assert.NotEqual(Verdict.NdReply, model.AtNic(Solicitation(Target, Client6), NicDevice, Now).Verdict);
        Assert.Equal(Verdict.PassNicOwnAddress, model.AtNic(Solicitation(default, Client6), NicDevice, Now).Verdict);
    }

    [Fact]
    public void AfterUplink_Delivery_GoesToThePeer()
    {
        byte[] frame = Tcp(Client, VipAddress, 80, Ack);
        Delivery delivery = new() { Magic = Delivery.ExpectedMagic, Ifindex = NicDevice };
        DatapathModel model = new(_maps);
        Assert.Equal(PacketAction.DeliverToPeer, model.AfterUplink(frame, delivery, 0).Action);
        Assert.Equal(Verdict.PassNoDelivery, model.AfterUplink(frame, null, 0).Verdict);
        Assert.Equal(Verdict.PassNoDelivery, model.AfterUplink(frame, default(Delivery), 0).Verdict);
    }

    private static DatapathMaps Maps()
    {
        DatapathMaps maps = new()
        {
            Config = new DatapathConfig { HashSeed0 = 1, HashSeed1 = 2, UplinkIfindex = 2, VipMask = 15, UplinkMac = UplinkMac },
            Vips = new Vip[32],
            Rings = new RingSlot[1 << MaglevRing.MinSizeLog2],
            Reals = new Real[4],
            Flows = new FlowBucket[1],
            VipStats = new VipCounter[3],
        };
        DatapathAddress host = DatapathAddress.Parse("2001:db8:f::2");
        maps.Reals[1] = RealTemplate.Encap(2, ClientMac, UplinkMac, host, Target, 1500);
        maps.Reals[2] = RealTemplate.Local(RealKind.Peer, NicDevice, ClientMac, UplinkMac, Target, 1500);
        VipTable.Build([NewVip(VipAddress, 1), NewVip(VipAddress6, 2)], maps.Vips.AsSpan(0, 16));
        Array.Fill(maps.Rings, new RingSlot { Current = 1, Previous = 1 });
        return maps;
    }

    private static Vip NewVip(DatapathAddress address, uint id)
    {
        Vip vip = new() { Addr = address, Id = id, Flags = VipFlags.Announce, RingShift = RegionAllocator.RingShift(256) };
        PortRules.Create([new PortRange { Proto = 6, From = 80, To = 80 }]).ApplyTo(ref vip);
        return vip;
    }

    private void SetOwner(uint real, uint? previous = null) =>
        Array.Fill(_maps.Rings, new RingSlot { Current = real, Previous = previous ?? real });

    private PacketResult Run(byte[] frame) => new DatapathModel(_maps).AtUplink(frame, Now);

    private FlowEntry[] Entries() =>
        [.. ((ReadOnlySpan<ulong>)_maps.Flows[0].Entries).ToArray().Where(word => word != 0).Select(FlowEntry.FromWord)];

    private static byte[] With(byte[] frame, int offset, byte value)
    {
        byte[] changed = [.. frame];
        changed[offset] = value;
        return changed;
    }

    private static byte[] Tcp(DatapathAddress source, DatapathAddress destination, ushort port, byte flags, ushort from = 31337)
    {
        byte[] tcp = new byte[20];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, from);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(2), port);
        tcp[12] = 0x50;
        tcp[13] = flags;
        return Ip(source, destination, 6, tcp);
    }

    private static byte[] Solicitation(DatapathAddress asker, DatapathAddress asked)
    {
        byte[] message = new byte[24];
        message[0] = 135;
        asked.CopyTo(message.AsSpan(8));
        byte[] frame = Ip(asker, DatapathAddress.Parse("ff02::1:ff00:1"), 58, message);
        frame[21] = 255;
        return frame;
    }

    private static byte[] Ip(DatapathAddress source, DatapathAddress destination, byte protocol, byte[] payload)
    {
        bool v4 = destination.IsIPv4;
        byte[] frame = new byte[14 + (v4 ? 20 : 40) + payload.Length];
        ((ReadOnlySpan<byte>)UplinkMac).CopyTo(frame);
        ((ReadOnlySpan<byte>)ClientMac).CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)(v4 ? 0x0800 : 0x86dd));
        Span<byte> ip = frame.AsSpan(14);
        payload.CopyTo(ip[(v4 ? 20 : 40)..]);
        if (v4)
        {
            ip[0] = 0x45;
            ip[1] = 0x2b;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
            ip[8] = 64;
            ip[9] = protocol;
            source.ToIPAddress().TryWriteBytes(ip[12..], out _);
            destination.ToIPAddress().TryWriteBytes(ip[16..], out _);
            return frame;
        }

        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)payload.Length);
        ip[6] = protocol;
        ip[7] = 64;
        source.CopyTo(ip[8..]);
        destination.CopyTo(ip[24..]);
        return frame;
    }
}
