using System.Globalization;
using System.Text.RegularExpressions;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Selectors;

/// <summary>A parsed <c>labelSelector</c>: requirements that must all hold.</summary>
internal sealed partial class LabelSelector
{
    private readonly Requirement[] _requirements;

    private LabelSelector(Requirement[] requirements)
    {
        _requirements = requirements;
    }

    private enum Operator
    {
        In,
        NotIn,
        Exists,
        DoesNotExist,
        Greater,
        Less,
    }

    /// <summary>Selects everything.</summary>
    public static LabelSelector Everything { get; } = new([]);

    /// <summary>True when every object is selected.</summary>
    public bool IsEmpty => _requirements.Length == 0;

    /// <summary>Reads the query parameter's grammar: <c>a=b, a==b, a!=b, a in (b,c), a notin (b), a, !a, a&gt;1, a&lt;1</c>, comma is AND.</summary>
    /// <exception cref="ApiException">400, it cannot be read.</exception>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }

        var requirements = new List<Requirement>();
        int at = 0;
        while (true)
        {
            requirements.Add(ParseRequirement(text, ref at));
            SkipSpace(text, ref at);
            if (at == text.Length)
            {
                return new LabelSelector([.. requirements]);
            }

            if (text[at] != ',')
            {
                throw Unparsable($"found '{text[at..]}', expected: ',' or 'end of string'");
            }

            at++;
        }
    }

    /// <summary>Whether an object with these labels is selected.</summary>
    public bool Matches(ObjectSummary summary)
    {
        foreach (Requirement requirement in _requirements)
        {
            if (!requirement.Matches(summary.Label(requirement.Key)))
            {
                return false;
            }
        }

        return true;
    }

    private static Requirement ParseRequirement(string text, ref int at)
    {
        SkipSpace(text, ref at);
        bool isNegated = at < text.Length && text[at] == '!';
        if (isNegated)
        {
            at++;
            SkipSpace(text, ref at);
        }

        string key = ReadWord(text, ref at);
        if (!KeyPattern().IsMatch(key))
        {
            throw Unparsable($"invalid label key \"{key}\"");
        }

        if (isNegated)
        {
            return new Requirement(key, Operator.DoesNotExist, []);
        }

        SkipSpace(text, ref at);
        if (at == text.Length || text[at] == ',')
        {
            return new Requirement(key, Operator.Exists, []);
        }

        Operator found = ReadOperator(text, ref at, out bool isSet);
        string[] values = isSet ? ReadSet(text, ref at) : [ReadValue(text, ref at)];
        foreach (string value in values)
        {
            if (!ValuePattern().IsMatch(value) || value.Length > 63)
            {
                throw Unparsable($"invalid label value \"{value}\"");
            }

            if (found is Operator.Greater or Operator.Less && !TryNumber(value, out _))
            {
                throw Unparsable($"for 'Gt', 'Lt' operators, the value must be an integer, not \"{value}\"");
            }
        }

        return new Requirement(key, found, values);
    }

    private static Operator ReadOperator(string text, ref int at, out bool isSet)
    {
        isSet = false;
        foreach ((string symbol, Operator meaning) in new[]
        {
            ("==", Operator.In), ("=", Operator.In), ("!=", Operator.NotIn), (">", Operator.Greater), ("<", Operator.Less),
        })
        {
            if (string.CompareOrdinal(text, at, symbol, 0, symbol.Length) == 0)
            {
                at += symbol.Length;
                return meaning;
            }
        }

        string word = ReadWord(text, ref at);
        isSet = true;
        return word switch
        {
            "in" => Operator.In,
            "notin" => Operator.NotIn,
            _ => throw Unparsable($"found '{(word.Length > 0 ? word : text[at..])}', expected: in, notin, =, ==, !=, gt, lt"),
        };
    }

    private static string[] ReadSet(string text, ref int at)
    {
        SkipSpace(text, ref at);
        if (at == text.Length || text[at] != '(')
        {
            throw Unparsable($"found '{text[at..]}', expected: '('");
        }

        int end = text.IndexOf(')', at);
        if (end < 0)
        {
            throw Unparsable("found '', expected: ')'");
        }

        string[] values = [.. text[(at + 1)..end].Split(',').Select(v => v.Trim())];
        at = end + 1;
        return values;
    }

    private static string ReadValue(string text, ref int at)
    {
        SkipSpace(text, ref at);
        return ReadWord(text, ref at);
    }

    private static string ReadWord(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && !",=!<>()".Contains(text[at], StringComparison.Ordinal))
        {
            at++;
        }

        return text[start..at];
    }

    private static void SkipSpace(string text, ref int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }
    }

    private static bool TryNumber(string? text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static ApiException Unparsable(string why) => ApiErrors.BadRequest($"unable to parse requirement: {why}");

    [GeneratedRegex(@"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$")]
    private static partial Regex KeyPattern();

    [GeneratedRegex(@"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")]
    private static partial Regex ValuePattern();

    private sealed record Requirement(string Key, Operator Operator, string[] Values)
    {
        public bool Matches(string? value) => Operator switch
        {
            Operator.In => value is not null && Values.AsSpan().Contains(value),
            Operator.NotIn => value is null || !Values.AsSpan().Contains(value),
            Operator.Exists => value is not null,
            Operator.DoesNotExist => value is null,
            Operator.Greater => TryNumber(value, out long number) && number > long.Parse(Values[0], CultureInfo.InvariantCulture),
            _ => TryNumber(value, out long number) && number < long.Parse(Values[0], CultureInfo.InvariantCulture),
        };
    }
}
