using System.Text;
using System.Text.Json;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Selectors;

/// <summary>A parsed <c>fieldSelector</c>: fields that must, or must not, have a value. An absent field counts as empty.</summary>
internal sealed class FieldSelector
{
    private readonly Term[] _terms;

    private FieldSelector(Term[] terms)
    {
        _terms = terms;
    }

    /// <summary>Selects everything.</summary>
    public static FieldSelector Everything { get; } = new([]);

    /// <summary>True when every object is selected.</summary>
    public bool IsEmpty => _terms.Length == 0;

    /// <summary>The name that <c>metadata.name=</c> asks for, or null: then at most one object is selected.</summary>
    public string? Name => _terms.FirstOrDefault(t => t is { Field: "metadata.name", IsEqual: true })?.Value;

    /// <summary>Reads the query parameter's grammar: <c>a=b, a==b, a!=b</c>, comma is AND, backslash escapes.</summary>
    /// <param name="text">The parameter.</param>
    /// <param name="fields">Selectable fields beside metadata.name and metadata.namespace: name as asked for to path in the object.</param>
    /// <exception cref="ApiException">400, it cannot be read or names a field that is not selectable.</exception>
    public static FieldSelector Parse(string? text, IReadOnlyDictionary<string, string> fields)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }

        var terms = new List<Term>();
        foreach (string part in SplitTerms(text))
        {
            if (part.Length == 0)
            {
                continue;
            }

            int at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw ApiErrors.BadRequest($"invalid selector: '{text}'; can't understand '{part}'");
            }

            bool isEqual = part[at - 1] != '!';
            string field = part[..(isEqual ? at : at - 1)];
            string value = part[(at + (at + 1 < part.Length && part[at + 1] == '=' && isEqual ? 2 : 1))..];
            string path = field is "metadata.name" or "metadata.namespace"
                ? field
                : fields.GetValueOrDefault(field) ?? throw ApiErrors.BadRequest($"field label not supported: {field}");
            terms.Add(new Term(field, path.Split('.'), Unescape(value), isEqual));
        }

        return new FieldSelector([.. terms]);
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
            bool isSame = term.Field switch
            {
                "metadata.name" => item.Summary.Name == term.Value,
                "metadata.namespace" => item.Summary.Namespace == term.Value,
                _ => HasValue(item.Json, term.Path, term.Utf8),
            };
            if (isSame != term.IsEqual)
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasValue(ReadOnlySpan<byte> json, string[] path, byte[] value)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        for (int depth = 0; depth < path.Length; depth++)
        {
            if (reader.TokenType != JsonTokenType.StartObject || !FindProperty(ref reader, path[depth]))
            {
                return value.Length == 0;
            }
        }

        return reader.TokenType switch
        {
            JsonTokenType.String => reader.ValueTextEquals(value),
            JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => reader.ValueSpan.SequenceEqual(value),
            _ => value.Length == 0,
        };
    }

    private static bool FindProperty(ref Utf8JsonReader reader, string name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
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
        if (!value.Contains('\\', StringComparison.Ordinal))
        {
            return value;
        }

        var result = new StringBuilder();
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length)
            {
                i++;
            }

            result.Append(value[i]);
        }

        return result.ToString();
    }

    private sealed record Term(string Field, string[] Path, string Value, bool IsEqual)
    {
        public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(Value);
    }
}
