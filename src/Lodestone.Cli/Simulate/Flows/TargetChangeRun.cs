using Lodestone.Api.Networking;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;

namespace Lodestone.Cli.Simulate.Flows;

/// <summary>Flows of one load balancer while its targets change.</summary>
internal sealed class TargetChangeRun(int flows, int seed)
{
    private const int Gateways = 2;
    private const int RackPercent = 5;

    /// <summary>Longer than a change is remembered, and than one who leaves keeps its flows.</summary>
    private static readonly TimeSpan AfterWindow = TimeSpan.FromMinutes(16);

    public IEnumerable<TargetChangeResult> All()
    {
        foreach (int targets in (int[])[10, 100])
        {
            int rack = Math.Max(1, targets * RackPercent / 100);
            yield return Measure(targets, "one target is gone", leaving: 1, coming: 0, isLive: false);
            if (rack > 1)
            {
                yield return Measure(targets, $"a rack ({RackPercent} % of the targets) is gone", rack, coming: 0, isLive: false);
            }

            yield return Measure(targets, "one target drains", leaving: 1, coming: 0, isLive: true);
            yield return Measure(targets, "one target more", leaving: 0, coming: 1, isLive: true);
        }
    }

    private TargetChangeResult Measure(int targets, string change, int leaving, int coming, bool isLive)
    {
        int all = targets + coming;
        var site = new SiteObjects(new SimulationScale(Gateways + all, Gateways, 1, 1, all), seed);
        var time = new SimulatedTime();
        var gateway = new SimulatedGateway(site, 0, time);
        NetworkInterface[] interfaces = [.. Enumerable.Range(0, all).Select(site.Interface)];
        LoadBalancerRouting before = site.Routing(0, null, interfaces[..targets], _ => true, time.GetUtcNow(), 1);
        gateway.Follow(before);
        Flow[] open = Flow.Open(flows * 2, new Random(seed));
        Flow[] later = open[flows..];
        open = open[..flows];
        ulong[] chosen = [.. open.Select(flow => Begin(gateway, flow))];

        HashSet<ulong> left = [.. Enumerable.Range(0, leaving).Select(gateway.TargetOf)];
        LoadBalancerRouting after = site.Routing(0, before, interfaces[leaving..], _ => isLive, time.GetUtcNow(), 2);
        gateway.Follow(after);
        (int learning, int slots) = gateway.Slots;
        ulong[] now = [.. open.Select(flow => gateway.Send(flow, startsFlow: false))];
        int newOnLeaving = later.Count(flow => left.Contains(Begin(gateway, flow)));

        time.Advance(AfterWindow);
        gateway.Follow(after);
        ulong[] end = [.. open.Select(flow => gateway.Send(flow, startsFlow: false))];
        HashSet<ulong> gone = isLive ? [] : left;
        return new TargetChangeResult(
            targets,
            change,
            flows,
            Share(chosen.Count(gone.Contains)),
            Share(Where(i => now[i] != chosen[i])),
            Share(Where(i => now[i] != chosen[i] && !gone.Contains(chosen[i]))),
            Share(Where(i => end[i] != now[i] && !left.Contains(now[i]))),
            Share(newOnLeaving),
            Stopwatches.Round((double)learning / slots),
            Stopwatches.Round(leaving > 0 ? (double)leaving / targets : (double)coming / all));

        int Where(Func<int, bool> isSo) => Enumerable.Range(0, flows).Count(isSo);
        double Share(int count) => Stopwatches.Round((double)count / flows);
    }

    /// <summary>The first packet, and the second, which goes where the first did.</summary>
    internal static ulong Begin(SimulatedGateway gateway, Flow flow)
    {
        ulong target = gateway.Send(flow, startsFlow: true);
        return gateway.Send(flow, startsFlow: false) == target
            ? target
            : throw new InvalidOperationException($"the second packet of {flow.Client} went elsewhere than the first");
    }
}
