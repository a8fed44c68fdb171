using System.Globalization;
using System.Text;
using Lodestone.ApiBench.Scenarios;

namespace Lodestone.ApiBench.Report;

/// <summary>The same figures as Markdown tables, with the ratio to the reference where there is one.</summary>
internal static class Tables
{
    public static string Markdown(BenchResult result)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{result.Date}, {result.Machine}\n\n");
        Row(text, "", result.Targets.Select(t => t.Name));
        Row(text, "---", result.Targets.Select(_ => "---"));
        Row(text, "start to ready, s", result.Targets.Select(t => Number(t.StartSeconds)));
        Row(text, "idle memory, MB", result.Targets.Select(t => Number(t.IdleMegabytes)));
        Row(text, "idle CPU, % of a core", result.Targets.Select(t => Number(t.IdleCpuPercent)));
        Clients(text, result, "creates", t => t.Creates);
        Clients(text, result, "gets", t => t.Gets);
        Clients(text, result, "merge patches", t => t.Patches);
        Clients(text, result, "applies, changed", t => t.Applies);
        Clients(text, result, "applies, unchanged", t => t.AppliesWithoutChange);
        Clients(text, result, "mixed", t => t.Mixed);
        foreach (int size in result.Targets.SelectMany(t => t.Sizes).Select(s => s.Objects).Distinct().Order())
        {
            Size(text, result, size, "memory, MB", s => s.Megabytes);
            Size(text, result, size, "LIST, ms", s => s.ListMilliseconds);
            Size(text, result, size, "LIST, nothing matches, ms", s => s.EmptySelectorMilliseconds);
            Size(text, result, size, "LIST, 1 % matches, ms", s => s.SelectiveMilliseconds);
            Size(text, result, size, "restart, s", s => s.RestartSeconds);
        }

        foreach (int watchers in result.Targets.SelectMany(t => t.Watches).Select(w => w.Watchers).Distinct().Order())
        {
            Row(text, $"{Number(watchers)} watchers: write to frame p50 / p99 / max ms", result.Targets.Select(t =>
                t.Watches.Find(w => w.Watchers == watchers) is { } w ? $"{Number(w.P50)} / {Number(w.P99)} / {Number(w.Max)}" : "-"));
            Row(text, $"{Number(watchers)} watchers: frames/s (lost)", result.Targets.Select(t =>
                t.Watches.Find(w => w.Watchers == watchers) is { } w ? $"{Number(w.DeliveriesPerSecond)} ({Number(w.LostFrames)})" : "-"));
        }

        return text.ToString();
    }

    private static void Clients(StringBuilder text, BenchResult result, string name, Func<TargetResult, List<ByClients>> rows)
    {
        foreach (int clients in result.Targets.SelectMany(rows).Select(r => r.Clients).Distinct().Order())
        {
            Row(text, $"{name}/s, {Number(clients)} clients (p99 ms)", result.Targets.Select(t => rows(t).Find(r => r.Clients == clients) is { } row
                ? $"{Number(row.Summary.PerSecond)} ({Number(row.Summary.P99)})" + (row.Summary.Errors > 0 ? $", {Number(row.Summary.Errors)} errors" : "")
                : "-"));
        }
    }

    private static void Size(StringBuilder text, BenchResult result, int size, string name, Func<BySize, double> value) => Row(
        text,
        $"{Number(size)} objects: {name}",
        result.Targets.Select(t => t.Sizes.Find(s => s.Objects == size) is { } row ? Number(value(row)) : "-"));

    private static void Row(StringBuilder text, string name, IEnumerable<string> cells) => text.Append("| ").Append(name).Append(" | ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Number(double value) => value.ToString(value >= 100 ? "#,0" : "0.##", CultureInfo.InvariantCulture);
}
