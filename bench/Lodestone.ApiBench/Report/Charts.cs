using System.Globalization;
using Lodestone.ApiBench.Scenarios;
using ScottPlot;

namespace Lodestone.ApiBench.Report;

/// <summary>Curves over the number of clients, objects and watchers, both axes logarithmic: a straight line is a power law, a flat one costs nothing more.</summary>
internal static class Charts
{
    private static readonly Color[] Colors = [Color.FromHex("#0b6e99"), Color.FromHex("#c2571a")];

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

    private static void Curve(BenchResult result, string directory, string name, string title, string x, string y, Func<TargetResult, IEnumerable<(int X, double Y)>> points)
    {
        var plot = new Plot();
        int color = 0;
        double low = double.MaxValue, high = 0;
        foreach (TargetResult target in result.Targets)
        {
            (int X, double Y)[] values = [.. points(target).Where(p => p.Y > 0)];
            if (values.Length == 0)
            {
                continue;
            }

            ScottPlot.Plottables.Scatter line = plot.Add.Scatter(
                values.Select(v => Math.Log10(v.X)).ToArray(), values.Select(v => Math.Log10(v.Y)).ToArray(), Colors[color++ % Colors.Length]);
            line.LegendText = target.Name;
            line.LineWidth = 2;
            line.MarkerSize = 7;
            foreach ((int px, double py) in values)
            {
                ScottPlot.Plottables.Text label = plot.Add.Text(Number(py), Math.Log10(px), Math.Log10(py));
                label.LabelFontSize = 11;
                label.LabelFontColor = line.Color;
                label.OffsetY = -18;
                label.OffsetX = -8;
                low = Math.Min(low, py);
                high = Math.Max(high, py);
            }
        }

        plot.Title(title);
        plot.XLabel(x);
        plot.YLabel(y);
        plot.Axes.SetLimitsY(Math.Log10(low) - 0.3, Math.Log10(high) + 0.4);
        foreach (IAxis axis in (IAxis[])[plot.Axes.Bottom, plot.Axes.Left])
        {
            axis.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic
            {
                IntegerTicksOnly = true,
                MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
                LabelFormatter = exponent => Number(Math.Pow(10, exponent)),
            };
        }

        plot.ShowLegend(Alignment.UpperLeft);
        plot.SaveSvg(Path.Combine(directory, name + ".svg"), 640, 400);
    }

    private static string Number(double value) => value switch
    {
        >= 10_000 => (value / 1000).ToString("0", CultureInfo.InvariantCulture) + "k",
        >= 1000 => (value / 1000).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        >= 10 => value.ToString("0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
