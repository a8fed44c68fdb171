using Lodestone.Api.Networking;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;

namespace Lodestone.Cli.Simulate.Flows;

/// <summary>Flows of one load balancer whose gateways come and go, as a router spreads flows over them. Each gateway has tables and records of its own.</summary>
internal sealed class GatewayChangeRun(int flows, int seed)
{
    private const int Gateways = 4;
    private static readonly TimeSpan AfterWindow = TimeSpan.FromMinutes(16);

    public IEnumerable<GatewayChangeResult> All() =>
        from targets in (int[])[10, 100]
        from moment in Enum.GetValues<Moment>()
        from isLost in (bool[])[true, false]
        from isResilient in (bool[])[true, false]
        select Measure(targets, moment, isLost, isResilient);

    private GatewayChangeResult Measure(int targets, Moment moment, bool isLost, bool isResilient)
    {
        int hosts = Gateways + 1;
        var site = new SiteObjects(new SimulationScale(hosts + targets + 1, hosts, 1, 1, targets + 1), seed);
        var time = new SimulatedTime();
        SimulatedGateway[] gateways = [.. Enumerable.Range(0, hosts).Select(host => new SimulatedGateway(site, host, time))];
        var random = new Random(seed);
        Flow[] all = Flow.Open(flows, random);
        (int First, int Second)[] picks = [.. all.Select(_ => (random.Next(), random.Next()))];
        ulong[] chosen = new ulong[flows];
        NetworkInterface[] interfaces = [.. Enumerable.Range(0, targets + 1).Select(site.Interface)];
        LoadBalancerRouting routing = site.Routing(0, null, interfaces[..targets], _ => true, time.GetUtcNow(), 1);
        Follow();
        Open(0, flows / 2);
        if (moment != Moment.Stable)
        {
            routing = site.Routing(0, routing, interfaces, _ => true, time.GetUtcNow(), 2);
            Follow();
        }

        Open(flows / 2, flows);
        SendAll();
        if (moment == Moment.AfterWindow)
        {
            time.Advance(AfterWindow);
            Follow();
            SendAll();
        }

        int landed = 0, broken = 0;
        for (int i = 0; i < flows; i++)
        {
            int next = isLost ? WithoutFirst(picks[i]) : WithAnother(picks[i]);
            if (next != GatewayOf(picks[i]))
            {
                landed++;
                broken += gateways[next].Send(all[i], startsFlow: false) == chosen[i] ? 0 : 1;
            }
        }

        return new GatewayChangeResult(
            Gateways,
            targets,
            isLost ? "one is lost" : "one more",
            isResilient ? "resilient" : "modulo",
            moment switch { Moment.Stable => "stable", Moment.InWindow => "in the window", _ => "after the window" },
            flows,
            Stopwatches.Round((double)landed / flows),
            Stopwatches.Round(isLost ? 1.0 / Gateways : 1.0 / hosts),
            Stopwatches.Round((double)broken / flows));

        void Follow() => Array.ForEach(gateways, gateway => gateway.Follow(routing));

        void Open(int from, int to)
        {
            for (int i = from; i < to; i++)
            {
                chosen[i] = TargetChangeRun.Begin(gateways[GatewayOf(picks[i])], all[i]);
            }
        }

        void SendAll()
        {
            for (int i = 0; i < flows; i++)
            {
                if (gateways[GatewayOf(picks[i])].Send(all[i], startsFlow: false) != chosen[i])
                {
                    throw new InvalidOperationException($"flow {all[i].Client} moved although its target lives and it stayed with its gateway");
                }
            }
        }

        int WithoutFirst((int First, int Second) pick) =>
            !isResilient ? 1 + (pick.First % (Gateways - 1)) : GatewayOf(pick) == 0 ? 1 + (pick.Second % (Gateways - 1)) : GatewayOf(pick);

        int WithAnother((int First, int Second) pick) =>
            !isResilient ? pick.First % hosts : pick.Second % hosts == 0 ? Gateways : GatewayOf(pick);
    }

    /// <summary>The router's hash is another than ours.</summary>
    private static int GatewayOf((int First, int Second) pick) => pick.First % Gateways;

    /// <summary>When a gateway comes or goes.</summary>
    private enum Moment
    {
        Stable,
        InWindow,
        AfterWindow,
    }
}
