using ScottPlot;

namespace Lodestone.BenchKit;

/// <summary>Curves with plain axes from zero, as SVG: what goes down, goes down.</summary>
public static class LineChart
{
    /// <summary>Draws named rows of points.</summary>
    public static void Draw(string path, string title, string x, string y, IEnumerable<(string Name, IEnumerable<(double X, double Y)> Points)> rows)
    {
        var plot = new Plot();
        int color = 0;
        double high = 0, right = 0;
        foreach ((string name, IEnumerable<(double X, double Y)> points) in rows)
        {
            (double X, double Y)[] values = [.. points];
            ScottPlot.Plottables.Scatter line = plot.Add.Scatter(
                values.Select(v => v.X).ToArray(), values.Select(v => v.Y).ToArray(), LogChart.ColorOf(color++));
            line.LegendText = name;
            line.LineWidth = 2;
            line.MarkerSize = 5;
            high = values.Select(v => v.Y).Append(high).Max();
            right = values.Select(v => v.X).Append(right).Max();
        }

        plot.Title(title);
        plot.XLabel(x);
        plot.YLabel(y);
        plot.Axes.SetLimits(0, right * 1.02, 0, high * 1.25);
        plot.ShowLegend(Alignment.UpperRight);
        plot.SaveSvg(path, 640, 400);
    }
}
