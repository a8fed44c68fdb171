using System.Globalization;
using ScottPlot;

namespace Lodestone.BenchKit;

/// <summary>Curves with both axes logarithmic, as SVG: a straight line is a power law, a flat one costs nothing more.</summary>
public static class LogChart
{
    private static readonly Color[] Colors = [Color.FromHex("#0b6e99"), Color.FromHex("#c2571a"), Color.FromHex("#4a7c2f"), Color.FromHex("#7b3f9e")];

    /// <summary>The colour of a row, by its number.</summary>
    internal static Color ColorOf(int row) => Colors[row % Colors.Length];

    /// <summary>Draws named rows of points; those at or below zero have no place on such an axis and are left out.</summary>
    public static void Draw(string path, string title, string x, string y, IEnumerable<(string Name, IEnumerable<(double X, double Y)> Points)> rows)
    {
        var plot = new Plot();
        int color = 0;
        double low = double.MaxValue, high = 0;
        foreach ((string name, IEnumerable<(double X, double Y)> points) in rows)
        {
            (double X, double Y)[] values = [.. points.Where(p => p.Y > 0)];
            if (values.Length == 0)
            {
                continue;
            }

            ScottPlot.Plottables.Scatter line = plot.Add.Scatter(
                values.Select(v => Math.Log10(v.X)).ToArray(), values.Select(v => Math.Log10(v.Y)).ToArray(), ColorOf(color++));
            line.LegendText = name;
            line.LineWidth = 2;
            line.MarkerSize = 7;
            foreach ((double px, double py) in values)
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
        plot.SaveSvg(path, 640, 400);
    }

    private static string Number(double value) => value switch
    {
        >= 10_000 => (value / 1000).ToString("0", CultureInfo.InvariantCulture) + "k",
        >= 1000 => (value / 1000).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        >= 10 => value.ToString("0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
