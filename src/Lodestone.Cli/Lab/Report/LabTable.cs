using Lodestone.Cli.Lab.Load;

namespace Lodestone.Cli.Lab.Report;

/// <summary>A report as a table for people.</summary>
internal static class LabTable
{
    private static readonly string[] Heads = ["SCENARIO", "STEP", "RESETS", "FAILED", "AFFECTED ms", "UNTOUCHED ms", "GOAL", "VERDICT", "FOUND"];

    /// <summary>Its lines.</summary>
    public static IEnumerable<string> Lines(LabReport report)
    {
        List<string[]> rows = [Heads];
        foreach (ScenarioReport scenario in report.Scenarios)
        {
            rows.AddRange(scenario.Steps.Select(step => (string[])
            [
                scenario.Name,
                step.Name,
                $"{step.Resets}",
                $"{step.FailedRequests}",
                Gaps(step.Affected),
                Gaps(step.Unaffected),
                step.Goal,
                step.Verdict,
                string.Join("; ", step.Found.Select(found => found.What)),
            ]));
            if (scenario.Error is { } error)
            {
                rows.Add([scenario.Name, $"could not go on: {error}", "", "", "", "", "", "failed", ""]);
            }
        }

        int[] widths = [.. Enumerable.Range(0, Heads.Length).Select(column => rows.Where(row => row[2].Length > 0).Max(row => row[column].Length))];
        yield return $"Longest gaps in ms of {string.Join(" / ", LoadKinds.All.Select(LoadKinds.NameOf))}; - where there is no such flow";
        foreach (string[] row in rows)
        {
            yield return string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd();
        }
    }

    private static string Gaps(IReadOnlyDictionary<string, LoadReport> kinds) =>
        string.Join(" / ", LoadKinds.All.Select(kind => kinds.TryGetValue(LoadKinds.NameOf(kind), out LoadReport? load) ? $"{load.GapMs:F0}" : "-"));
}
