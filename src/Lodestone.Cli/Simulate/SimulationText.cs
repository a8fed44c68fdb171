using System.Globalization;
using System.Text;
using Lodestone.Cli.Simulate.Report;

namespace Lodestone.Cli.Simulate;

/// <summary>A report for people: tables with a column for each size.</summary>
internal sealed class SimulationText
{
    private const int NameWidth = 60;
    private const int ColumnWidth = 16;

    private readonly StringBuilder _text = new();
    private readonly SimulationReport _report;

    private SimulationText(SimulationReport report) => _report = report;

    /// <summary>The report as text.</summary>
    public static string Of(SimulationReport report)
    {
        var text = new SimulationText(report);
        text.WriteSizes();
        text.WriteTraffic();
        text.WriteFlows();
        return text._text.ToString();
    }

    private void WriteSizes()
    {
        Head("hosts", size => $"{size.Scale.Hosts:N0}");
        Row("load balancers", size => $"{size.Scale.LoadBalancers:N0}");
        Row("network interfaces", size => $"{size.Scale.Interfaces:N0}");
        Head("an agent's caches", size => Mega(size.AgentCache.HeapBytes));
        Row("  first list", size => Mega(size.AgentCache.ListBytes));
        Row("  filled in", size => Seconds(size.AgentCache.FillMs));
        Head("controllers' caches", size => Mega(size.Controllers.Cache.HeapBytes));
        Row("  a routing decided, unchanged", size => $"{size.Controllers.UnchangedUs:N0} us");
        Row("  a routing decided, one target less", size => $"{size.Controllers.ChangedUs:N0} us");
        Row("  a host dies: routings decided", size => $"{size.Controllers.HostDied:N0} in {Ms(size.Controllers.HostDiedMs)}");
        Row("  an address allocated", size => string.Create(CultureInfo.InvariantCulture, $"{size.Controllers.AddressUs:N2} us"));
        WritePlan("gateway", size => size.Gateway);
        WritePlan("hypervisor", size => size.Hypervisor);
        Head("announcing, one VIP of all changes", _ => "");
        Row("  what is noted of it", size => $"{Announcing(size).SelectUs + Announcing(size).HoldBackUs + Announcing(size).OwnUs + Announcing(size).SetUs:N0} us");
        Row("  a burst of 64 of a take-over of all", size => $"{Announcing(size).BurstUs:N0} us");
    }

    private void WritePlan(string role, Func<SizeResult, PlanResult> plan)
    {
        Head($"a {role}'s state", size => Mega(plan(size).StateBytes));
        foreach (MapResult map in plan(_report.Sizes[0]).Maps)
        {
            Row($"  map {map.Map}", size => Mega(plan(size).Maps.First(m => m.Map == map.Map).Bytes));
        }

        Row("  first plan", size => Ms(plan(size).FirstPlanMs));
        Row("  first applied", size => Ms(plan(size).FirstApplyMs));
        foreach (ChangeResult change in plan(_report.Sizes[0]).Changes)
        {
            Row($"  {change.Change}", size => plan(size).Changes.First(c => c.Change == change.Change) is var c ? Ms(c.PlanMs + c.ApplyMs + c.ReportMs) : "");
        }
    }

    private void WriteTraffic()
    {
        Head("bytes of watches: to a hypervisor", _ => "");
        foreach (WatchTraffic cause in _report.Sizes[0].Traffic)
        {
            Row($"  {cause.Cause}", size => Mega(TrafficOf(size).HypervisorBytes));
            Row("    sent by the API server in all", size => Mega(TrafficOf(size).ServerBytes));

            WatchTraffic TrafficOf(SizeResult size) => size.Traffic.First(t => t.Cause == cause.Cause);
        }
    }

    private void WriteFlows()
    {
        Title($"announcers of {_report.Scale.LoadBalancers:N0} VIPs", "moved", "fewest", "max/mean");
        foreach (ElectionResult e in _report.Elections)
        {
            Line($"{e.Gateways} gateways, {e.Change}", Share(e.Moved), Share(e.Fewest), Ratio(e.MaxToMean));
        }

        Title($"targets change, {_report.Flows:N0} flows", "moved", "of living", "slots", "fewest");
        foreach (TargetChangeResult t in _report.TargetChanges)
        {
            Line($"{t.Targets} targets, {t.Change}", Share(t.Moved), Share(t.MovedAlive + t.MovedLater), Share(t.SlotsChanged), Share(t.SlotsFewest));
        }

        Title("gateways change, ECMP", "landed", "fewest", "broken");
        foreach (GatewayChangeResult g in _report.GatewayChanges)
        {
            Line($"{g.Targets} targets, {g.Change}, {g.Router}, {g.When}", Share(g.Landed), Share(g.Fewest), Share(g.Broken));
        }

        Title("balance", "slots max/mean", "flows max/mean", "dice", "chi2/dof");
        foreach (BalanceResult b in _report.Balance)
        {
            Line($"{b.Targets} targets, weights {b.Weights}", Ratio(b.SlotsMaxToMean), Ratio(b.FlowsMaxToMean), Ratio(b.DiceMaxToMean), Ratio(b.ChiSquare));
        }
    }

    private AnnounceResult Announcing(SizeResult size) => _report.Announcing[_report.Sizes.ToList().IndexOf(size)];

    private void Head(string name, Func<SizeResult, string> cell)
    {
        _text.AppendLine();
        Row(name, cell);
    }

    private void Row(string name, Func<SizeResult, string> cell) => Line(name, [.. _report.Sizes.Select(cell)]);

    private void Title(string name, params ReadOnlySpan<string> cells)
    {
        _text.AppendLine();
        Line(name, cells);
    }

    private void Line(string name, params ReadOnlySpan<string> cells)
    {
        var line = new StringBuilder(name.PadRight(NameWidth));
        foreach (string cell in cells)
        {
            line.Append(cell.PadLeft(ColumnWidth));
        }

        _text.AppendLine(line.ToString().TrimEnd());
    }

    private static string Mega(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:#,0.###} MB");

    private static string Seconds(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:N1} s");

    private static string Ms(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms:#,0.#} ms");

    private static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##} %");

    private static string Ratio(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:0.000}");
}
