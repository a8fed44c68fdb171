using System.Globalization;
using System.Text;

namespace Lodestone.DatapathBench.Report;

/// <summary>Traffic as Markdown.</summary>
internal static class TrafficTables
{
    public static string Markdown(TrafficResult r)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{r.Date}, {r.Machine}; {r.Servers} servers, {r.Layout.ToLowerInvariant()}; {r.Rounds} alternating rounds, {r.Seconds} s a sample\n\n");
        text.Append("| way | offloads | load | median /s | share of direct, median (least to most) | failed |\n| --- | --- | --- | --- | --- | --- |\n");
        foreach (var group in r.Samples.GroupBy(s => (s.Load, s.IsWire, s.Site)).OrderBy(g => g.Key.Load, StringComparer.Ordinal).ThenByDescending(g => g.Key.IsWire))
        {
            IReadOnlyList<double> shares = r.SharesOf(group.Key.Site, group.Key.Load, group.Key.IsWire);
            string share = shares.Count == 0 || group.Key.Site == "direct" ? "" : $"{Percent(Median(shares))} ({Percent(shares.Min())} to {Percent(shares.Max())})";
            text.Append(CultureInfo.InvariantCulture, $"| {group.Key.Site} | {(group.Key.IsWire ? "as on a wire" : "natural")} | {group.Key.Load} | {Median(group.Select(s => s.PerSecond)):N0} | {share} | {group.Sum(s => s.Failures):N0} |\n");
        }

        if (r.Minutes.Count > 0)
        {
            text.Append("\n| way | first minute | last minute | least | entries at the end | failed |\n| --- | --- | --- | --- | --- | --- |\n");
            foreach (IGrouping<string, MinuteSample> way in r.Minutes.GroupBy(m => m.Site))
            {
                double end = way.Max(m => m.Minutes);
                text.Append(CultureInfo.InvariantCulture, $"| {way.Key} | {Percent(Median(way.Where(m => m.Minutes <= 1).Select(Share)))} | {Percent(Median(way.Where(m => m.Minutes > end - 1).Select(Share)))} | {Percent(way.Min(Share))} | {way.Last().Connections?.ToString("N0", CultureInfo.InvariantCulture) ?? "-"} | {way.Sum(m => m.Failures):N0} |\n");
            }
        }

        return text.ToString();
    }

    public static double Share(MinuteSample sample) => sample.PerSecond / sample.DirectPerSecond;

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);
}
