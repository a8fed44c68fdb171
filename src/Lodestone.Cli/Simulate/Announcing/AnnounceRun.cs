using System.Collections.Immutable;
using Lodestone.Agent.Announce;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

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
        var applied = new ApplyResult { Writes = 0, Programmed = [.. one.Select(vip => vip.Key)], Problems = [] };
        var defence = new VipDefence(time);
        defence.HoldBackNew(one);
        var announced = new AnnouncedVips(VipAnnouncement.Layer2);
        AddressChange all = announced.Follow(one, applied);
        double select = Stopwatches.MedianUs(Repeats, i => announced.Follow(Next(i), applied));
        double holdBack = Stopwatches.MedianUs(Repeats, i => defence.HoldBackNew(Next(i)));
        double own = Stopwatches.MedianUs(Repeats, _ => defence.SetOwned(announced.Addresses));
        var schedule = new AnnouncementSchedule(time);
        foreach (DatapathAddress vip in all.Come)
        {
            schedule.Add(vip);
        }

        double burst = Stopwatches.MedianUs(Math.Min(Repeats, Math.Max(1, count / Announcer.BurstFrames)), _ => schedule.Take(Announcer.BurstFrames));
        double set = Stopwatches.MedianUs(Repeats, i =>
        {
            schedule.Remove(all.Come[0]);
            schedule.Add(all.Come[0]);
        });
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
