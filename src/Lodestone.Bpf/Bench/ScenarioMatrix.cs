namespace Lodestone.Bpf.Bench;

/// <summary>The cases: one thing is varied at a time, from established TCP through stable slots of one VIP with three targets on other machines.</summary>
internal static class ScenarioMatrix
{
    private const long Few = 1 << 10;
    private const long Many = 1 << 19;

    // Later fragments are known by a table of 8192 packets.
    private const long MostFragments = Few;

    private static readonly long[] AllFlows = [1, Few, 1 << 16, Many, 1 << 22];

    /// <summary>All cases, or those of a look in passing.</summary>
    public static IEnumerable<PacketScenario> Create(bool quick)
    {
        long[] flows = quick ? [1, 1 << 16] : AllFlows;
        IEnumerable<bool> families = quick ? [false] : [false, true];
        return families.SelectMany(isIpv6 => Create(isIpv6, flows, quick));
    }

    private static IEnumerable<PacketScenario> Create(bool isIpv6, long[] flows, bool quick) =>
    [
        .. flows.SelectMany(n => Enum.GetValues<PacketKind>().Where(kind => !IsFragment(kind) || n <= MostFragments).Select(kind => new PacketScenario
        {
            IsIpv6 = isIpv6,
            Kind = kind,
            Flows = n,
        })).OrderBy(s => s.Kind),
        .. BenchDelivery.All.Where(d => d != BenchDelivery.Encap).SelectMany(d => flows.Select(n => new PacketScenario
        {
            IsIpv6 = isIpv6,
            Delivery = d,
            Flows = n,
        })),
        .. Transitions(isIpv6, flows),
        .. quick ? [] : Growth(isIpv6),
    ];

    private static IEnumerable<PacketScenario> Transitions(bool isIpv6, long[] flows)
    {
        foreach (FlowKnowledge knowledge in (FlowKnowledge[])[FlowKnowledge.LearningRecorded, FlowKnowledge.SettlingRecorded])
        {
            foreach (long n in flows)
            {
                // The agent's table holds a million; more flows than that need a larger one.
                int buckets = n > PacketScenario.AgentBuckets * 4 ? 1 << 20 : PacketScenario.AgentBuckets;
                yield return new PacketScenario { IsIpv6 = isIpv6, Knowledge = knowledge, Flows = n, Buckets = buckets };
            }
        }

        yield return new PacketScenario { IsIpv6 = isIpv6, Knowledge = FlowKnowledge.LearningUnrecorded, Flows = PacketScenario.EveryPacketNew };
        yield return new PacketScenario { IsIpv6 = isIpv6, Knowledge = FlowKnowledge.LearningUnrecorded, Kind = PacketKind.TcpSyn, Flows = PacketScenario.EveryPacketNew };
        yield return new PacketScenario { IsIpv6 = isIpv6, Knowledge = FlowKnowledge.SettlingUnrecorded, Flows = PacketScenario.EveryPacketNew };
    }

    /// <summary>More VIPs, more targets, smaller and larger flow tables.</summary>
    private static IEnumerable<PacketScenario> Growth(bool isIpv6) =>
    [
        .. ((int[])[100, 1000, 10_000]).Select(vips => new PacketScenario { IsIpv6 = isIpv6, Vips = vips, Flows = Many }),
        .. ((int[])[100, 1000]).SelectMany(targets => ((long[])[1, Many]).Select(n => new PacketScenario { IsIpv6 = isIpv6, Targets = targets, Flows = n })),
        new PacketScenario { IsIpv6 = isIpv6, Vips = 100, Targets = 1000, Flows = Many },
        .. ((int[])[14, 20]).Select(log2 => new PacketScenario
        {
            IsIpv6 = isIpv6,
            Knowledge = FlowKnowledge.LearningRecorded,
            Flows = 1 << 16,
            Buckets = 1 << log2,
        }),
    ];

    private static bool IsFragment(PacketKind kind) => kind is PacketKind.FragmentFirst or PacketKind.FragmentLater;
}
