using Lodestone.ApiBench.Scenarios;
using Lodestone.BenchKit;

namespace Lodestone.ApiBench.Report;

/// <summary>Curves over the number of clients, objects and watchers.</summary>
internal static class Charts
{
    public static void Draw(BenchResult result, string directory)
    {
        Curve(result, directory, "creates", "Durable creates", "clients", "creates/s", t => Points(t.Creates));
        Curve(result, directory, "gets", "GET of one object", "clients", "gets/s", t => Points(t.Gets));
        Curve(result, directory, "applies", "Server-side apply that changes something", "clients", "applies/s", t => Points(t.Applies));
        Curve(result, directory, "mixed", "Mixed: 70 % get, 10 % list of 100, 20 % patch", "clients", "requests/s", t => Points(t.Mixed));
        Curve(result, directory, "list", "LIST of the whole collection", "objects", "ms", t => t.Sizes.Select(s => (s.Objects, s.ListMilliseconds)));
        Curve(result, directory, "list-none", "LIST with a selector that matches nothing", "objects", "ms", t => t.Sizes.Select(s => (s.Objects, s.EmptySelectorMilliseconds)));
        Curve(result, directory, "memory", "Resident memory", "objects", "MB", t => t.Sizes.Select(s => (s.Objects, s.Megabytes)));
        Curve(result, directory, "restart", "Restart until ready", "objects", "s", t => t.Sizes.Select(s => (s.Objects, s.RestartSeconds)));
        Curve(result, directory, "watch-latency", "Write to frame, 99th percentile, 20 writes/s", "watchers", "ms", t => t.Watches.Select(w => (w.Watchers, w.P99)));
        Curve(result, directory, "deliveries", "Watch frames delivered", "watchers", "frames/s", t => t.Watches.Select(w => (w.Watchers, w.DeliveriesPerSecond)));
    }

    private static IEnumerable<(int, double)> Points(List<ByClients> rows) => rows.Where(r => r.Summary.Count > 0).Select(r => (r.Clients, r.Summary.PerSecond));

    private static void Curve(BenchResult result, string directory, string name, string title, string x, string y, Func<TargetResult, IEnumerable<(int X, double Y)>> points) =>
        LogChart.Draw(Path.Combine(directory, name + ".svg"), title, x, y, result.Targets.Select(t => (t.Name, points(t).Select(p => ((double)p.X, p.Y)))));
}
