using System.Text;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Selectors;

/// <summary>A parsed <c>fieldSelector</c>: fields that must, or must not, have a value. An absent field counts as empty.</summary>
internal sealed class FieldSelector
{
    private const string NameField = "metadata.name";
    private const string NamespaceField = "metadata.namespace";
    private readonly SelectableFields _fields;
    private readonly Term[] _terms;

    private FieldSelector(SelectableFields fields, Term[] terms)
    {
        _fields = fields;
        _terms = terms;
    }

    private enum Source
    {
        Name,
        Namespace,
        Value,
    }

    /// <summary>Selects everything.</summary>
    public static FieldSelector Everything { get; } = new(SelectableFields.None, []);

    /// <summary>True when every object is selected.</summary>
    public bool IsEmpty => _terms.Length == 0;

    /// <summary>The name that <c>metadata.name=</c> asks for, or null: then at most one object of a namespace is selected.</summary>
    public string? Name => ValueOf(Source.Name);

    /// <summary>The namespace that <c>metadata.namespace=</c> asks for, or null.</summary>
    public string? Namespace => ValueOf(Source.Namespace);

    /// <summary>Reads the query parameter's grammar: <c>a=b, a==b, a!=b</c>, comma is AND, backslash escapes.</summary>
    /// <param name="text">The parameter.</param>
    /// <param name="fields">Selectable fields beside metadata.name and metadata.namespace.</param>
    /// <exception cref="ApiException">400, it cannot be read or names a field that is not selectable.</exception>
    public static FieldSelector Parse(string? text, SelectableFields fields)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Everything;
        }

        var terms = new List<Term>();
        foreach (string part in SplitTerms(text))
        {
            if (part.Length > 0)
            {
                terms.Add(ParseTerm(text, part, fields));
            }
        }

        return terms.Count == 0 ? Everything : new FieldSelector(fields, [.. terms]);
    }

    /// <summary>The name that <c>metadata.name=</c> in a selector of any kind asks for; null when there is none, or nothing to read.</summary>
    public static string? NameIn(string text)
    {
        foreach (string part in SplitTerms(text))
        {
            int at = part.IndexOf('=', StringComparison.Ordinal);
            if (at > 0 && part[..at] == "metadata.name")
            {
                return Unescape(part[(at + (at + 1 < part.Length && part[at + 1] == '=' ? 2 : 1))..]);
            }
        }

        return null;
    }

    /// <summary>Whether the object is selected.</summary>
    public bool Matches(StoredObject item)
    {
        foreach (Term term in _terms)
        {
            string value = term.Source switch
            {
                Source.Name => item.Summary.Name,
                Source.Namespace => item.Summary.Namespace,
                _ => _fields.ValueOf(item, term.Index),
            };
            if ((value == term.Value) != term.IsEqual)
            {
                return false;
            }
        }

        return true;
    }

    private static Term ParseTerm(string text, string part, SelectableFields fields)
    {
        int at = part.IndexOf('=', StringComparison.Ordinal);
        bool isUnequal = at > 0 && part[at - 1] == '!';
        if (at < 0)
        {
            throw ApiErrors.BadRequest($"invalid selector: '{text}'; can't understand '{part}'");
        }

        string field = part[..(isUnequal ? at - 1 : at)];
        bool isDouble = !isUnequal && at + 1 < part.Length && part[at + 1] == '=';
        string value = Unescape(part[(at + (isDouble ? 2 : 1))..]);
        return field switch
        {
            NameField => new Term(Source.Name, 0, value, !isUnequal),
            NamespaceField => new Term(Source.Namespace, 0, value, !isUnequal),
            _ when fields.TryFind(field, out int index) => new Term(Source.Value, index, value, !isUnequal),
            _ => throw ApiErrors.BadRequest(fields.Refusal(field)),
        };
    }

    private static List<string> SplitTerms(string text)
    {
        var terms = new List<string>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == ',')
            {
                terms.Add(text[start..i]);
                start = i + 1;
            }
        }

        terms.Add(text[start..]);
        return terms;
    }

    private static string Unescape(string value)
    {
        if (value.AsSpan().IndexOfAny('\\', '=') < 0)
        {
            return value;
        }

        var result = new StringBuilder();
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            if (c == '\\')
            {
                i++;
                if (i == value.Length || value[i] is not ('\\' or ',' or '='))
                {
                    throw ApiErrors.BadRequest($"invalid field selector: invalid escape sequence: \\{(i < value.Length ? value[i..(i + 1)] : "")}");
                }

                c = value[i];
            }
            else if (c == '=')
            {
                throw ApiErrors.BadRequest("invalid field selector: unescaped character in value: 61");
            }

            result.Append(c);
        }

        return result.ToString();
    }

    private string? ValueOf(Source source)
    {
        foreach (Term term in _terms)
        {
            if (term.Source == source && term.IsEqual)
            {
                return term.Value;
            }
        }

        return null;
    }

    private sealed record Term(Source Source, int Index, string Value, bool IsEqual);
}
