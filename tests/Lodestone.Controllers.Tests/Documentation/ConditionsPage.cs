using System.Text.RegularExpressions;

namespace Lodestone.Controllers.Tests.Documentation;

/// <summary>What docs/api/conditions.md says.</summary>
internal sealed partial class ConditionsPage
{
    private readonly Dictionary<(string Kind, string Type), HashSet<(string Reason, string Status)>> _reasons = [];

    private ConditionsPage(string text)
    {
        Words = [.. Word().Matches(text).Select(m => m.Groups[1].Value)];
        (string kind, string type) = ("", "");
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                (kind, type) = (line[3..], "");
            }
            else if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                type = line[4..];
                Words.Add(type);
            }
            else if (Row().Match(line) is { Success: true } row)
            {
                Reasons.Add(row.Groups[1].Value);
                if (!_reasons.TryGetValue((kind, type), out HashSet<(string Reason, string Status)>? reasons))
                {
                    _reasons[(kind, type)] = reasons = [];
                }

                if (!reasons.Add((row.Groups[1].Value, row.Groups[2].Value)))
                {
                    Repeated.Add(line);
                }
            }
        }
    }

    internal static string Root { get; } = FindRoot();

    /// <summary>The page as it is checked in.</summary>
    internal static ConditionsPage Instance { get; } = new(File.ReadAllText(Path.Combine(Root, "docs", "api", "conditions.md")));

    /// <summary>Every word in code type, wherever it stands, and every condition type.</summary>
    internal HashSet<string> Words { get; }

    /// <summary>The first column of every table.</summary>
    internal HashSet<string> Reasons { get; } = [];

    /// <summary>Rows that stand twice.</summary>
    internal List<string> Repeated { get; } = [];

    /// <summary>Whether the page has a condition of a kind with that reason and status.</summary>
    internal bool Has(string kind, string type, string? reason, string? status) =>
        _reasons.TryGetValue((kind, type), out HashSet<(string Reason, string Status)>? reasons) && reasons.Contains((reason ?? "", status ?? ""));

    private static string FindRoot()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Lodestone.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests don't run inside the repository");
        }

        return directory;
    }

    [GeneratedRegex("`([A-Z][A-Za-z]+)`")]
    private static partial Regex Word();

    [GeneratedRegex(@"^\| `([A-Z][A-Za-z]+)` \| (\w+) \|")]
    private static partial Regex Row();
}
