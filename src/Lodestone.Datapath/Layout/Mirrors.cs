using System.Runtime.CompilerServices;

namespace Lodestone.Datapath.Layout;

/// <summary>Every C# type that mirrors one of <c>bpf/include/types.h</c> and <c>verdict.h</c>, with its layout.</summary>
/// <remarks>Offsets are taken from the fields themselves, without reflection, so this also holds in a trimmed executable.</remarks>
public static class Mirrors
{
    /// <summary>How many numbers a verdict can take: the size of the verdicts map.</summary>
    public const int VerdictMax = 256;

    /// <summary>How many kinds of events there are.</summary>
    public const int EventKinds = 3;

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
        NicSourceMirror(),
        TranslatedKeyMirror(),
        TranslatedFlowMirror(),
        RouteKeyMirror(),
        QuicKeyMirror(),
        GeneveKeyMirror(),
        PathMtuMirror(),
        ConfigMirror(),
        CounterMirror(),
        VipCounterMirror(),
        EventControlMirror(),
        EventLimitMirror(),
        EventMirror(),
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
            ["VERDICT_ROUTE_FORWARD"] = (long)Verdict.RouteForward,
            ["VERDICT_ROUTE_LOCAL"] = (long)Verdict.RouteLocal,
            ["VERDICT_TRANSLATED"] = (long)Verdict.Translated,
            ["VERDICT_OWN_STACK"] = (long)Verdict.OwnStack,
            ["VERDICT_PROBE"] = (long)Verdict.Probe,
            ["VERDICT_PROBE_REPLY"] = (long)Verdict.ProbeReply,
            ["VERDICT_MTU_LEARNT"] = (long)Verdict.MtuLearnt,
            ["PASS_NOT_A_VIP"] = (long)Verdict.PassNotAVip,
            ["PASS_NOT_IP"] = (long)Verdict.PassNotIp,
            ["PASS_NO_DELIVERY"] = (long)Verdict.PassNoDelivery,
            ["PASS_NIC_OWN_ADDRESS"] = (long)Verdict.PassNicOwnAddress,
            ["PASS_OTHER_VLAN"] = (long)Verdict.PassOtherVlan,
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
            ["DROP_NIC_TAGGED"] = (long)Verdict.DropNicTagged,
            ["DROP_SPLIT_HEADER"] = (long)Verdict.DropSplitHeader,
            ["DROP_NIC_NO_ROUTE"] = (long)Verdict.DropNicNoRoute,
            ["DROP_NIC_FOREIGN"] = (long)Verdict.DropNicForeign,
            ["DROP_NIC_ARP_SPOOFED"] = (long)Verdict.DropNicArpSpoofed,
            ["DROP_NIC_ND_SPOOFED"] = (long)Verdict.DropNicNdSpoofed,
            ["DROP_NIC_MAC_SPOOFED"] = (long)Verdict.DropNicMacSpoofed,
            ["DROP_UNDERLAY_SOURCE"] = (long)Verdict.DropUnderlaySource,
            ["DROP_GENEVE_HEADER"] = (long)Verdict.DropGeneveHeader,
            ["DROP_ECHO_OFF"] = (long)Verdict.DropEchoOff,
            ["DROP_TRANSLATION"] = (long)Verdict.DropTranslation,
            ["VERDICT_MAX"] = VerdictMax,
        }),
        new("layout", new Dictionary<string, long>
        {
            ["LAYOUT_VERSION"] = DatapathConfig.CurrentLayoutVersion,
            ["LAYOUT_FLOWS"] = DatapathConfig.CurrentFlowFormat,
        }),
        new("vip_flags", new Dictionary<string, long>
        {
            ["VIP_USED"] = (long)VipFlags.Used,
            ["VIP_ANNOUNCE"] = (long)VipFlags.Announce,
            ["VIP_ALL_PORTS"] = (long)VipFlags.AllPorts,
            ["VIP_PORT_BITMAP"] = (long)VipFlags.PortBitmap,
            ["VIP_UDP_CURRENT"] = (long)VipFlags.UdpCurrent,
            ["VIP_BY_CLIENT"] = (long)VipFlags.ByClient,
            ["VIP_BY_PROTOCOL"] = (long)VipFlags.ByProtocol,
            ["VIP_ANY_FRAGMENT"] = (long)VipFlags.AnyFragment,
            ["VIP_NO_ECHO"] = (long)VipFlags.NoEcho,
            ["VIP_REKEYED"] = (long)VipFlags.Rekeyed,
            ["VIP_OLD_BY_CLIENT"] = (long)VipFlags.OldByClient,
            ["VIP_OLD_BY_PROTOCOL"] = (long)VipFlags.OldByProtocol,
            ["VIP_QUIC"] = (long)VipFlags.Quic,
            ["VIP_TRANSLATED"] = (long)VipFlags.Translated,
        }),
        new("real_kind", new Dictionary<string, long>
        {
            ["REAL_NONE"] = (long)RealKind.None,
            ["REAL_ENCAP"] = (long)RealKind.Encap,
            ["REAL_PEER"] = (long)RealKind.Peer,
            ["REAL_DEVICE"] = (long)RealKind.Device,
            ["REAL_IPIP"] = (long)RealKind.Ipip,
            ["REAL_GUE_IPV4"] = (long)RealKind.GueIPv4,
            ["REAL_GUE_IPV6"] = (long)RealKind.GueIPv6,
            ["REAL_GENEVE_IPV4"] = (long)RealKind.GeneveIPv4,
            ["REAL_GENEVE_IPV6"] = (long)RealKind.GeneveIPv6,
            ["REAL_STACK"] = (long)RealKind.Stack,
        }),
        new("config_flags", new Dictionary<string, long>
        {
            ["CONFIG_CHECK_SOURCES"] = (long)ConfigFlags.CheckSources,
            ["CONFIG_TRANSLATES"] = (long)ConfigFlags.Translates,
        }),
        new("nic_flags", new Dictionary<string, long>
        {
            ["NIC_TRANSLATES"] = (long)NicFlags.Translates,
        }),
        new("delivery_magic", new Dictionary<string, long>
        {
            ["DELIVERY_MAGIC"] = Delivery.ExpectedMagic,
            ["DELIVERY_TRANSLATED"] = Delivery.TranslatedMagic,
            ["DELIVERY_TRANSLATED_OUT"] = Delivery.TranslatedOutMagic,
        }),
        new("event_kind", new Dictionary<string, long>
        {
            ["EVENT_DROP"] = (long)EventKind.Drop,
            ["EVENT_TRANSITION"] = (long)EventKind.Transition,
            ["EVENT_SAMPLE"] = (long)EventKind.Sample,
            ["EVENT_KINDS"] = EventKinds,
        }),
        new("listening", new Dictionary<string, long>
        {
            ["LISTEN_DROPS"] = (long)Listening.Drops,
            ["LISTEN_TRANSITIONS"] = (long)Listening.Transitions,
            ["LISTEN_SAMPLES"] = (long)Listening.Samples,
        }),
        new("event_path", new Dictionary<string, long>
        {
            ["PATH_STABLE"] = (long)EventPath.Stable,
            ["PATH_CURRENT"] = (long)EventPath.Current,
            ["PATH_PREVIOUS"] = (long)EventPath.Previous,
            ["PATH_FOLLOWED"] = (long)EventPath.Followed,
            ["PATH_RECORDED"] = (long)EventPath.Recorded,
            ["PATH_PINNED"] = (long)EventPath.Pinned,
            ["PATH_UNRECORDED"] = (long)EventPath.Unrecorded,
            ["PATH_NAMED"] = (long)EventPath.Named,
        }),
        new("flow_state", new Dictionary<string, long>
        {
            ["FLOW_SYN"] = (long)FlowState.Syn,
            ["FLOW_NEW"] = (long)FlowState.New,
            ["FLOW_LEARNT"] = (long)FlowState.Learnt,
            ["FLOW_PROVEN"] = (long)FlowState.Proven,
        }),
        new("nic_source_kind", new Dictionary<string, long>
        {
            ["NIC_SOURCE_OWN"] = (long)NicSourceKind.Own,
            ["NIC_SOURCE_VIP"] = (long)NicSourceKind.Vip,
            ["NIC_SOURCE_INTERNAL"] = (long)NicSourceKind.Internal,
            ["NIC_SOURCE_LINK"] = (long)NicSourceKind.Link,
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
            Field("quic_id_len", ref s, ref s.QuicIdLen),
            Field("quic_by_port", ref s, ref s.QuicByPort),
            Field("pad0", ref s, ref s.Pad0),
            Field("ranges", ref s, ref s.Ranges),
            Field("client_mask", ref s, ref s.ClientMask),
            Field("old_mask", ref s, ref s.OldMask));
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
            Field("flags", ref s, ref s.Flags),
            Field("eth", ref s, ref s.Eth),
            Field("target", ref s, ref s.Target),
            Field("src", ref s, ref s.Src),
            Field("dst", ref s, ref s.Dst));
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
            Field("flags", ref s, ref s.Flags),
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
            Field("scope", ref s, ref s.Scope));
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

    private static StructMirror NicSourceMirror()
    {
        NicSource s = default;
        return Mirror<NicSource>(
            "nic_source",
            Field("kind", ref s, ref s.Kind),
            Field("mac", ref s, ref s.Mac),
            Field("network", ref s, ref s.Network));
    }

    private static StructMirror TranslatedKeyMirror()
    {
        TranslatedKey s = default;
        return Mirror<TranslatedKey>(
            "translated_key",
            Field("client", ref s, ref s.Client),
            Field("ifindex", ref s, ref s.Ifindex),
            Field("ports", ref s, ref s.Ports),
            Field("proto", ref s, ref s.Proto),
            Field("pad", ref s, ref s.Pad));
    }

    private static StructMirror TranslatedFlowMirror()
    {
        TranslatedFlow s = default;
        return Mirror<TranslatedFlow>(
            "translated_flow",
            Field("vip", ref s, ref s.Vip),
            Field("nic", ref s, ref s.Nic),
            Field("age", ref s, ref s.Age),
            Field("pad", ref s, ref s.Pad));
    }

    private static StructMirror RouteKeyMirror()
    {
        RouteKey s = default;
        return Mirror<RouteKey>(
            "route_key",
            Field("network", ref s, ref s.Network),
            Field("pad", ref s, ref s.Pad),
            Field("addr", ref s, ref s.Addr));
    }

    private static StructMirror QuicKeyMirror()
    {
        QuicKey s = default;
        return Mirror<QuicKey>(
            "quic_key",
            Field("vip", ref s, ref s.Vip),
            Field("port", ref s, ref s.Port),
            Field("config", ref s, ref s.Config),
            Field("len", ref s, ref s.Len),
            Field("server", ref s, ref s.Server));
    }

    private static StructMirror GeneveKeyMirror()
    {
        GeneveKey s = default;
        return Mirror<GeneveKey>(
            "geneve_key",
            Field("dst", ref s, ref s.Dst),
            Field("number", ref s, ref s.Number),
            Field("pad", ref s, ref s.Pad));
    }

    private static StructMirror PathMtuMirror()
    {
        PathMtu s = default;
        return Mirror<PathMtu>(
            "path_mtu",
            Field("src", ref s, ref s.Src),
            Field("mtu", ref s, ref s.Mtu),
            Field("heard", ref s, ref s.Heard));
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
            Field("flags", ref s, ref s.Flags),
            Field("listening", ref s, ref s.Listening),
            Field("underlay_prefix", ref s, ref s.UnderlayPrefix),
            Field("vlans", ref s, ref s.Vlans),
            Field("zero", ref s, ref s.Zero));
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
            Field("protocols", ref s, ref s.Protocols),
            Field("recorded", ref s, ref s.Recorded),
            Field("pinned", ref s, ref s.Pinned),
            Field("unrecorded", ref s, ref s.Unrecorded));
    }

    private static StructMirror EventControlMirror()
    {
        EventControl s = default;
        return Mirror<EventControl>(
            "event_control",
            Field("until_ns", ref s, ref s.UntilNs),
            Field("one_in", ref s, ref s.OneIn),
            Field("only", ref s, ref s.Only),
            Field("vip", ref s, ref s.Vip),
            Field("pad", ref s, ref s.Pad),
            Field("addr", ref s, ref s.Addr));
    }

    private static StructMirror EventLimitMirror()
    {
        EventLimit s = default;
        return Mirror<EventLimit>(
            "event_limit",
            Field("due_ns", ref s, ref s.DueNs),
            Field("skip", ref s, ref s.Skip),
            Field("pad", ref s, ref s.Pad),
            Field("sent", ref s, ref s.Sent),
            Field("limited", ref s, ref s.Limited),
            Field("full", ref s, ref s.Full));
    }

    private static StructMirror EventMirror()
    {
        EventRecord s = default;
        return Mirror<EventRecord>(
            "event",
            Field("time_ns", ref s, ref s.TimeNs),
            Field("ifindex", ref s, ref s.Ifindex),
            Field("bytes", ref s, ref s.Bytes),
            Field("vip", ref s, ref s.Vip),
            Field("picked", ref s, ref s.Picked),
            Field("kind", ref s, ref s.Kind),
            Field("verdict", ref s, ref s.Verdict),
            Field("words", ref s, ref s.Words),
            Field("head", ref s, ref s.Head));
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
