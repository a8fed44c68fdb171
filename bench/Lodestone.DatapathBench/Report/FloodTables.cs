using System.Globalization;
using System.Text;

using Lodestone.DatapathBench.Flood;

namespace Lodestone.DatapathBench.Report;

/// <summary>Floods as Markdown.</summary>
internal static class FloodTables
{
    public static string Markdown(FloodResult r)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{r.Date}, {r.Machine}; {r.Rounds} alternating rounds, {r.Seconds} s a sample\n\n");
        text.Append("| rings | SYN flood to | SYNs/s, of which balanced | new connections/s, median (least to most) | share of the flood to no VIP | failed | kept: broken | slowest answer, ms |\n");
        text.Append("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (IGrouping<(FloodPhase Phase, FloodTarget Flood), FloodSample> series in r.Samples.GroupBy(sample => (sample.Phase, sample.Flood)))
        {
            double[] rates = [.. series.Select(sample => sample.NewPerSecond)];
            double[] shares =
            [
                .. from sample in series
                   join control in r.Samples.Where(other => other.Phase == series.Key.Phase && other.Flood == FloodTarget.NoVip) on sample.Round equals control.Round
                   select sample.NewPerSecond / control.NewPerSecond,
            ];
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Name(series.Key.Phase)} | {Name(series.Key.Flood)} | {TrafficTables.Median(series.Select(s => s.FloodPerSecond)):N0}, {TrafficTables.Median(series.Select(s => s.BalancedPerSecond)):N0}"
                + $" | {TrafficTables.Median(rates):N0} ({rates.Min():N0} to {rates.Max():N0}) | {TrafficTables.Median(shares):P0} | {series.Sum(s => s.Failures):N0} | {series.Sum(s => s.KeptBroken)} | {series.Max(s => s.KeptLongestMs):N0} |\n");
        }

        return text.ToString();
    }

    private static string Name(FloodPhase phase) => phase switch
    {
        FloodPhase.Stable => "stable",
        FloodPhase.FloodedInTransition => "flooded VIP in transition",
        _ => "both in transition",
    };

    private static string Name(FloodTarget flood) => flood switch
    {
        FloodTarget.None => "nowhere",
        FloodTarget.OtherMachine => "another machine's device, dropped there",
        FloodTarget.NoVip => "the same machine, no VIP",
        _ => "another VIP",
    };
}
