using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Lodestone.Conformance.Tests.Client;

/// <summary>
/// Compares JSON with a pattern: JSON in which a string may be one of <c>&lt;any&gt;</c>, <c>&lt;absent&gt;</c>, <c>&lt;time&gt;</c>,
/// <c>&lt;microtime&gt;</c>, <c>&lt;uid&gt;</c>, <c>&lt;rv&gt;</c> (a resourceVersion) or <c>&lt;/EXPRESSION/&gt;</c> (a whole text that matches).
/// </summary>
internal static partial class JsonPattern
{
    /// <summary>What differs, by path; nothing where they match.</summary>
    /// <param name="actual">What came.</param>
    /// <param name="pattern">What should come.</param>
    /// <param name="isExact">Whether objects may have no members but those of the pattern.</param>
    public static IReadOnlyList<string> Differences(JsonNode? actual, string pattern, bool isExact)
    {
        var found = new List<string>();
        Compare(actual, JsonNode.Parse(pattern), "", isExact, found);
        return found;
    }

    private static void Compare(JsonNode? actual, JsonNode? pattern, string path, bool isExact, List<string> found)
    {
        switch (pattern, actual)
        {
            case (JsonObject expected, JsonObject got):
                CompareMembers(got, expected, path, isExact, found);
                break;
            case (JsonArray expected, JsonArray got):
                if (expected.Count != got.Count)
                {
                    found.Add($"{path}: {got.Count} items, not {expected.Count}");
                }

                for (int i = 0; i < Math.Min(expected.Count, got.Count); i++)
                {
                    Compare(got[i], expected[i], $"{path}[{i}]", isExact, found);
                }

                break;
            case (JsonValue text, _) when text.TryGetValue(out string? mark) && mark.StartsWith('<') && mark.EndsWith('>'):
                if (!Fits(actual, mark))
                {
                    found.Add($"{path}: {Show(actual)} is no {mark}");
                }

                break;
            default:
                if (!JsonNode.DeepEquals(actual, pattern))
                {
                    found.Add($"{path}: {Show(actual)}, not {Show(pattern)}");
                }

                break;
        }
    }

    private static void CompareMembers(JsonObject actual, JsonObject pattern, string path, bool isExact, List<string> found)
    {
        foreach ((string name, JsonNode? expected) in pattern)
        {
            bool isAbsent = expected is JsonValue value && value.TryGetValue(out string? mark) && mark == "<absent>";
            string at = $"{path}.{name}";
            if (!actual.TryGetPropertyValue(name, out JsonNode? got))
            {
                if (!isAbsent)
                {
                    found.Add($"{at}: absent, not {Show(expected)}");
                }
            }
            else if (isAbsent)
            {
                found.Add($"{at}: {Show(got)}, should be absent");
            }
            else
            {
                Compare(got, expected, at, isExact, found);
            }
        }

        if (isExact)
        {
            found.AddRange(actual.Where(m => !pattern.ContainsKey(m.Key)).Select(m => $"{path}.{m.Key}: {Show(m.Value)}, should be absent"));
        }
    }

    private static bool Fits(JsonNode? actual, string mark)
    {
        if (mark == "<any>")
        {
            return true;
        }

        if (actual is not JsonValue value || !value.TryGetValue(out string? text))
        {
            return false;
        }

        return mark switch
        {
            "<time>" => Time().IsMatch(text),
            "<microtime>" => MicroTime().IsMatch(text),
            "<uid>" => Guid.TryParseExact(text, "D", out _),
            "<rv>" => ulong.TryParse(text, out ulong version) && version > 0,
            ['<', '/', .. string expression, '/', '>'] => Regex.IsMatch(text, $"^(?:{expression})$", RegexOptions.Singleline),
            _ => throw new ArgumentException($"{mark} is no mark", nameof(mark)),
        };
    }

    private static string Show(JsonNode? node) => node?.ToJsonString() ?? "null";

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    private static partial Regex Time();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")]
    private static partial Regex MicroTime();
}
