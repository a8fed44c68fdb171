namespace Lodestone.Bpf.Bench;

/// <summary>One case to measure.</summary>
internal sealed record PacketScenario
{
    /// <summary>Stands for as many flows as there are packets.</summary>
    public const long EveryPacketNew = 1L << 62;

    /// <summary>Buckets of the flow table as agents make it.</summary>
    public const int AgentBuckets = 1 << 17;

    /// <summary>IPv6 or IPv4.</summary>
    public required bool IsIpv6 { get; init; }

    /// <summary>What packets.</summary>
    public PacketKind Kind { get; init; }

    /// <summary>What the flow table knows of them.</summary>
    public FlowKnowledge Knowledge { get; init; }

    /// <summary>How they leave.</summary>
    public BenchDelivery Delivery { get; init; } = BenchDelivery.Encap;

    /// <summary>Different flows, a power of two.</summary>
    public required long Flows { get; init; }

    /// <summary>VIPs of the family, which the flows are spread over.</summary>
    public int Vips { get; init; } = 1;

    /// <summary>Targets of each VIP.</summary>
    public int Targets { get; init; } = 3;

    /// <summary>Buckets of eight flows.</summary>
    public int Buckets { get; init; } = AgentBuckets;

    /// <summary>Family, packet, state and delivery, the usual ones left out: <c>ipv4-tcp-learning-recorded</c>.</summary>
    public string Name
    {
        get
        {
            string kind = (Kind, Knowledge) switch
            {
                (PacketKind.TcpEstablished, FlowKnowledge.Stable) => "tcp-established",
                (PacketKind.TcpEstablished, _) => "tcp",
                (PacketKind.TcpSyn, _) => "tcp-syn",
                (PacketKind.Udp, _) => "udp",
                (PacketKind.IcmpError, _) => "icmp-error",
                (PacketKind.FragmentFirst, _) => "fragment-first",
                (PacketKind.FragmentLater, _) => "fragment-later",
                (PacketKind.NoVip, _) => "no-vip",
                _ => "port-not-allowed",
            };
            string knowledge = Knowledge switch
            {
                FlowKnowledge.LearningRecorded => "-learning-recorded",
                FlowKnowledge.LearningUnrecorded => "-learning-unrecorded",
                FlowKnowledge.SettlingRecorded => "-settling-recorded",
                FlowKnowledge.SettlingUnrecorded => "-settling-unrecorded",
                _ => "",
            };
            string delivery = Delivery == BenchDelivery.Encap ? "" : "-" + Delivery.Name;
            return $"{(IsIpv6 ? "ipv6" : "ipv4")}-{kind}{knowledge}{delivery}";
        }
    }
}
