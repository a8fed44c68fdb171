using System.Collections.Immutable;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodestone.Cli.Simulate.Announcing;

/// <summary>What one VIP that changes costs a gateway that announces many on its segment, after the plan and before any packet.</summary>
internal sealed class AnnounceRun(Action<string> say)
{
    private const int Repeats = 51;

    private static readonly PortRules Web = PortRules.Create([new PortRange { From = 443, To = 443, Proto = 6 }]);

    public AnnounceResult Measure(int count)
    {
        var time = new SimulatedTime();
        ImmutableArray<VipModel> one = [.. Enumerable.Range(0, count).Select(i => VipOf(i, RoutingModel.Empty))];
        ImmutableArray<VipModel> other = one.SetItem(count / 2, VipOf(count / 2, RoutingModel.Empty with { RingGeneration = 2 }));
        var programmed = one.Select(vip => vip.Key).ToImmutableHashSet();
        var defence = new VipDefence(time);
        defence.HoldBackNew(one);
        DatapathAddress[] announced = [];
        double select = Stopwatches.MedianUs(Repeats, i =>
            announced = [.. Next(i).Where(vip => vip.Announcement.HasFlag(VipAnnouncement.Layer2) && programmed.Contains(vip.Key)).Select(vip => vip.Address)]);
        double holdBack = Stopwatches.MedianUs(Repeats, i => defence.HoldBackNew(Next(i)));
        double own = Stopwatches.MedianUs(Repeats, _ => defence.SetOwned(announced));
        using var announcer = new Announcer(() => new LocalDevice("none", 0x7fff_ffff, false, true, 1500, default), NullLogger.Instance, time);
        announcer.Set(announced);
        double set = Stopwatches.MedianUs(Repeats, _ => announcer.Set(announced));
        double burst = Stopwatches.MedianUs(Repeats, _ => announcer.SendDue());
        say($"{count:N0} VIPs announced: {select:N0} + {holdBack:N0} + {own:N0} + {set:N0} us for each change, {burst:N0} us for a burst");
        return new AnnounceResult(count, select, holdBack, own, set, burst);

        ImmutableArray<VipModel> Next(int i) => i % 2 == 0 ? other : one;
    }

    private static VipModel VipOf(int i, RoutingModel routing) => new()
    {
        LoadBalancer = new ObjectKey("tenant", $"lb-{i}"),
        LoadBalancerUid = $"uid-{i}",
        Address = DatapathAddress.Parse(SiteObjects.VipOf(i)),
        Network = 0,
        Ports = Web,
        Routing = routing,
        Announce = true,
        Announcement = VipAnnouncement.Layer2,
    };
}
