using System.Runtime.CompilerServices;

namespace Lodestone.Datapath.Layout;

/// <summary>Every C# type that mirrors one of <c>bpf/include/types.h</c> and <c>verdict.h</c>, with its layout.</summary>
/// <remarks>Offsets are taken from the fields themselves, without reflection, so this also holds in a trimmed executable.</remarks>
public static class Mirrors
{
    /// <summary>How many numbers a verdict can take: the size of the verdicts map.</summary>
    public const int VerdictMax = 256;

    /// <summary>All structs.</summary>
    public static IReadOnlyList<StructMirror> Structs { get; } =
    [
        new("address", Unsafe.SizeOf<DatapathAddress>(), []),
        PortRangeMirror(),
        VipMirror(),
        RingSlotMirror(),
        RealMirror(),
        FlowBucketMirror(),
        UnderlayNicMirror(),
        FragmentKeyMirror(),
        FragmentFlowMirror(),
        NicSourceKeyMirror(),
        ConfigMirror(),
        CounterMirror(),
        VipCounterMirror(),
        DeliveryMirror(),
    ];

    /// <summary>All enums.</summary>
    public static IReadOnlyList<EnumMirror> Enums { get; } =
    [
        new("verdict", new Dictionary<string, long>
        {
            ["VERDICT_NONE"] = (long)Verdict.None,
            ["VERDICT_FORWARD"] = (long)Verdict.Forward,
            ["VERDICT_DELIVER_LOCAL"] = (long)Verdict.DeliverLocal,
            ["VERDICT_DECAP_LOCAL"] = (long)Verdict.DecapLocal,
            ["VERDICT_ARP_REPLY"] = (long)Verdict.ArpReply,
            ["VERDICT_ND_REPLY"] = (long)Verdict.NdReply,
            ["VERDICT_ECHO_REPLY"] = (long)Verdict.EchoReply,
            ["VERDICT_NIC_DSR"] = (long)Verdict.NicDsr,
            ["VERDICT_TOO_BIG_REPLY"] = (long)Verdict.TooBigReply,
            ["PASS_NOT_A_VIP"] = (long)Verdict.PassNotAVip,
            ["PASS_NOT_IP"] = (long)Verdict.PassNotIp,
            ["PASS_NO_DELIVERY"] = (long)Verdict.PassNoDelivery,
            ["PASS_NIC_OWN_ADDRESS"] = (long)Verdict.PassNicOwnAddress,
            ["DROP_TRUNCATED"] = (long)Verdict.DropTruncated,
            ["DROP_BAD_HEADER"] = (long)Verdict.DropBadHeader,
            ["DROP_FRAGMENT"] = (long)Verdict.DropFragment,
            ["DROP_IP_OPTIONS"] = (long)Verdict.DropIpOptions,
            ["DROP_EXTENSION_HEADER"] = (long)Verdict.DropExtensionHeader,
            ["DROP_PROTOCOL"] = (long)Verdict.DropProtocol,
            ["DROP_PORT_NOT_ALLOWED"] = (long)Verdict.DropPortNotAllowed,
            ["DROP_NO_REAL"] = (long)Verdict.DropNoReal,
            ["DROP_REAL_DEAD"] = (long)Verdict.DropRealDead,
            ["DROP_TOO_BIG"] = (long)Verdict.DropTooBig,
            ["DROP_ENCAP_FAILED"] = (long)Verdict.DropEncapFailed,
            ["DROP_DELIVERY_FAILED"] = (long)Verdict.DropDeliveryFailed,
            ["DROP_UNDERLAY_UNKNOWN"] = (long)Verdict.DropUnderlayUnknown,
            ["DROP_INNER_BAD"] = (long)Verdict.DropInnerBad,
            ["DROP_NIC_SPOOFED"] = (long)Verdict.DropNicSpoofed,
            ["DROP_NOT_ANNOUNCED"] = (long)Verdict.DropNotAnnounced,
            ["DROP_ICMP_QUOTE"] = (long)Verdict.DropIcmpQuote,
            ["DROP_ICMP_FOREIGN"] = (long)Verdict.DropIcmpForeign,
            ["DROP_ICMP_ECHO"] = (long)Verdict.DropIcmpEcho,
            ["DROP_ICMP_TYPE"] = (long)Verdict.DropIcmpType,
            ["DROP_TOO_BIG_LIMIT"] = (long)Verdict.DropTooBigLimit,
            ["VERDICT_MAX"] = VerdictMax,
        }),
        new("vip_flags", new Dictionary<string, long>
        {
            ["VIP_USED"] = (long)VipFlags.Used,
            ["VIP_ANNOUNCE"] = (long)VipFlags.Announce,
            ["VIP_ALL_PORTS"] = (long)VipFlags.AllPorts,
            ["VIP_PORT_BITMAP"] = (long)VipFlags.PortBitmap,
            ["VIP_UDP_CURRENT"] = (long)VipFlags.UdpCurrent,
        }),
        new("real_kind", new Dictionary<string, long>
        {
            ["REAL_NONE"] = (long)RealKind.None,
            ["REAL_ENCAP"] = (long)RealKind.Encap,
            ["REAL_PEER"] = (long)RealKind.Peer,
            ["REAL_DEVICE"] = (long)RealKind.Device,
        }),
        new("flow_state", new Dictionary<string, long>
        {
            ["FLOW_SYN"] = (long)FlowState.Syn,
            ["FLOW_NEW"] = (long)FlowState.New,
            ["FLOW_LEARNT"] = (long)FlowState.Learnt,
        }),
        new("nic_source", new Dictionary<string, long>
        {
            ["NIC_SOURCE_OWN"] = (long)NicSource.Own,
            ["NIC_SOURCE_VIP"] = (long)NicSource.Vip,
        }),
    ];

    private static StructMirror PortRangeMirror()
    {
        PortRange s = default;
        return Mirror<PortRange>(
            "port_range",
            Field("from", ref s, ref s.From),
            Field("to", ref s, ref s.To),
            Field("proto", ref s, ref s.Proto),
            Field("pad", ref s, ref s.Pad));
    }

    private static StructMirror VipMirror()
    {
        Vip s = default;
        return Mirror<Vip>(
            "vip",
            Field("addr", ref s, ref s.Addr),
            Field("network", ref s, ref s.Network),
            Field("flags", ref s, ref s.Flags),
            Field("ring_base", ref s, ref s.RingBase),
            Field("ring_shift", ref s, ref s.RingShift),
            Field("id", ref s, ref s.Id),
            Field("port_bitmap_base", ref s, ref s.PortBitmapBase),
            Field("range_count", ref s, ref s.RangeCount),
            Field("pad0", ref s, ref s.Pad0),
            Field("ranges", ref s, ref s.Ranges),
            Field("pad1", ref s, ref s.Pad1));
    }

    private static StructMirror RingSlotMirror()
    {
        RingSlot s = default;
        return Mirror<RingSlot>(
            "ring_slot",
            Field("current", ref s, ref s.Current),
            Field("previous", ref s, ref s.Previous));
    }

    private static StructMirror RealMirror()
    {
        Real s = default;
        return Mirror<Real>(
            "real",
            Field("ifindex", ref s, ref s.Ifindex),
            Field("kind", ref s, ref s.Kind),
            Field("mtu", ref s, ref s.Mtu),
            Field("pad", ref s, ref s.Pad),
            Field("eth", ref s, ref s.Eth),
            Field("ip6", ref s, ref s.Ip6));
    }

    private static StructMirror FlowBucketMirror()
    {
        FlowBucket s = default;
        return Mirror<FlowBucket>(
            "flow_bucket",
            Field("entries", ref s, ref s.Entries));
    }

    private static StructMirror UnderlayNicMirror()
    {
        UnderlayNic s = default;
        return Mirror<UnderlayNic>(
            "underlay_nic",
            Field("ifindex", ref s, ref s.Ifindex),
            Field("kind", ref s, ref s.Kind),
            Field("pad", ref s, ref s.Pad),
            Field("network", ref s, ref s.Network),
            Field("mac", ref s, ref s.Mac),
            Field("pad1", ref s, ref s.Pad1));
    }

    private static StructMirror FragmentKeyMirror()
    {
        FragmentKey s = default;
        return Mirror<FragmentKey>(
            "fragment_key",
            Field("src", ref s, ref s.Src),
            Field("dst", ref s, ref s.Dst),
            Field("id", ref s, ref s.Id),
            Field("proto", ref s, ref s.Proto),
            Field("pad", ref s, ref s.Pad),
            Field("pad1", ref s, ref s.Pad1));
    }

    private static StructMirror FragmentFlowMirror()
    {
        FragmentFlow s = default;
        return Mirror<FragmentFlow>(
            "fragment_flow",
            Field("hash", ref s, ref s.Hash),
            Field("ports", ref s, ref s.Ports),
            Field("proto", ref s, ref s.Proto),
            Field("age", ref s, ref s.Age),
            Field("pad", ref s, ref s.Pad));
    }

    private static StructMirror NicSourceKeyMirror()
    {
        NicSourceKey s = default;
        return Mirror<NicSourceKey>(
            "nic_source_key",
            Field("ifindex", ref s, ref s.Ifindex),
            Field("pad", ref s, ref s.Pad),
            Field("addr", ref s, ref s.Addr));
    }

    private static StructMirror ConfigMirror()
    {
        DatapathConfig s = default;
        return Mirror<DatapathConfig>(
            "config",
            Field("hash_seed0", ref s, ref s.HashSeed0),
            Field("hash_seed1", ref s, ref s.HashSeed1),
            Field("uplink_ifindex", ref s, ref s.UplinkIfindex),
            Field("vip_mask", ref s, ref s.VipMask),
            Field("vip_table", ref s, ref s.VipTable),
            Field("flow_mask", ref s, ref s.FlowMask),
            Field("uplink_mac", ref s, ref s.UplinkMac),
            Field("uplink_mtu", ref s, ref s.UplinkMtu),
            Field("layout_version", ref s, ref s.LayoutVersion),
            Field("pad0", ref s, ref s.Pad0),
            Field("underlay_prefix", ref s, ref s.UnderlayPrefix),
            Field("pad1", ref s, ref s.Pad1));
    }

    private static StructMirror CounterMirror()
    {
        Counter s = default;
        return Mirror<Counter>(
            "counter",
            Field("packets", ref s, ref s.Packets),
            Field("bytes", ref s, ref s.Bytes));
    }

    private static StructMirror VipCounterMirror()
    {
        VipCounter s = default;
        return Mirror<VipCounter>(
            "vip_counter",
            Field("packets", ref s, ref s.Packets),
            Field("bytes", ref s, ref s.Bytes),
            Field("recorded", ref s, ref s.Recorded),
            Field("pinned", ref s, ref s.Pinned));
    }

    private static StructMirror DeliveryMirror()
    {
        Delivery s = default;
        return Mirror<Delivery>(
            "delivery",
            Field("magic", ref s, ref s.Magic),
            Field("ifindex", ref s, ref s.Ifindex));
    }

    private static StructMirror Mirror<T>(string name, params FieldMirror[] fields)
        where T : unmanaged
        => new(name, Unsafe.SizeOf<T>(), fields);

    private static FieldMirror Field<TStruct, TField>(string name, ref TStruct whole, ref TField field)
        where TStruct : unmanaged
        where TField : unmanaged
        => new(
            name,
            (int)Unsafe.ByteOffset(ref Unsafe.As<TStruct, byte>(ref whole), ref Unsafe.As<TField, byte>(ref field)),
            Unsafe.SizeOf<TField>());
}
