using Lodestone.BenchKit;
using Lodestone.Cli.Simulate.Report;

namespace Lodestone.DatapathBench.Report;

/// <summary>The pictures of docs/scale.md.</summary>
internal static class ScaleCharts
{
    private const double Mega = 1e6;

    public static void Draw(SimulationReport report, string directory)
    {
        Chart("memory.svg", "Memory by network interfaces", "MB",
            ("an agent's caches", size => size.AgentCache.HeapBytes / Mega),
            ("a gateway's state", size => size.Gateway.StateBytes / Mega),
            ("a hypervisor's state", size => size.Hypervisor.StateBytes / Mega),
            ("the controllers' caches", size => size.Controllers.Cache.HeapBytes / Mega));
        Chart("gateway.svg", "A gateway's plan by network interfaces", "ms",
            ("first", size => size.Gateway.FirstPlanMs),
            ("one routing changes", size => PlanOf(size.Gateway, "one routing")),
            ("one interface's status", size => PlanOf(size.Gateway, "one interface's status")),
            ("a hypervisor dies", size => PlanOf(size.Gateway, "a hypervisor dies")));
        Chart("hypervisor.svg", "A hypervisor's plan by network interfaces", "ms",
            ("first", size => size.Hypervisor.FirstPlanMs),
            ("one routing changes", size => PlanOf(size.Hypervisor, "one routing")),
            ("the same, written to maps", size => size.Hypervisor.Changes.First(c => c.Change == "one routing").ApplyMs));
        Chart("controllers.svg", "Decisions of controllers by network interfaces", "us",
            ("a routing, unchanged", size => size.Controllers.UnchangedUs),
            ("one target less", size => size.Controllers.ChangedUs),
            ("an address", size => size.Controllers.AddressUs));
        Chart("watched.svg", "Bytes of watches by network interfaces", "MB",
            ("an agent's first list", size => size.AgentCache.ListBytes / Mega),
            ("one target leaves: the API server sends", size => TrafficOf(size, "one target leaves").ServerBytes / Mega),
            ("a second of heartbeats: it sends", size => TrafficOf(size, "a second of heartbeats").ServerBytes / Mega),
            ("one target leaves: an agent gets", size => TrafficOf(size, "one target leaves").HypervisorBytes / Mega));
        LogChart.Draw(
            Path.Combine(directory, "announcing.svg"),
            "One VIP of all that are announced changes",
            "VIPs",
            "us",
            [
                ("what is noted", report.Announcing.Select(a => ((double)a.Vips, a.SelectUs + a.HoldBackUs + a.OwnUs + a.SetUs))),
                ("a burst of a take-over of all", report.Announcing.Select(a => ((double)a.Vips, a.BurstUs))),
            ]);
        LogChart.Draw(
            Path.Combine(directory, "balance.svg"),
            "Flows of the target that has the most, by an even part",
            "targets of equal weight",
            "max / mean",
            [
                ("ring and hash", report.Balance.Where(b => b.Weights == "equal").Select(b => ((double)b.Targets, b.FlowsMaxToMean))),
                ("dice", report.Balance.Where(b => b.Weights == "equal").Select(b => ((double)b.Targets, b.DiceMaxToMean))),
                ("slots alone", report.Balance.Where(b => b.Weights == "equal").Select(b => ((double)b.Targets, b.SlotsMaxToMean))),
            ]);

        void Chart(string file, string title, string y, params (string Name, Func<SizeResult, double> Value)[] rows) => LogChart.Draw(
            Path.Combine(directory, file),
            title,
            "network interfaces",
            y,
            rows.Select(row => (row.Name, report.Sizes.Select(size => ((double)size.Scale.Interfaces, row.Value(size))))));
    }

    private static double PlanOf(PlanResult plan, string change) => plan.Changes.First(c => c.Change == change).PlanMs;

    private static WatchTraffic TrafficOf(SizeResult size, string cause) => size.Traffic.First(t => t.Cause == cause);
}
