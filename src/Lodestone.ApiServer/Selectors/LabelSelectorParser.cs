using Lodestone.Api.Validation;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Selectors;

/// <summary>Reads label selectors; what cannot be read is refused in the words of apimachinery's <c>labels.Parse</c>, which tools match on.</summary>
internal ref struct LabelSelectorParser
{
    private readonly string _text;
    private int _at;

    private LabelSelectorParser(string text)
    {
        _text = text;
    }

    private enum Token
    {
        End,
        Identifier,
        Comma,
        Open,
        Close,
        Not,
        Equal,
        DoubleEqual,
        NotEqual,
        Greater,
        Less,
    }

    /// <summary>Reads a whole selector.</summary>
    /// <exception cref="ApiException">400.</exception>
    public static LabelRequirement[] Parse(string text) => new LabelSelectorParser(text).ParseAll();

    private LabelRequirement[] ParseAll()
    {
        var requirements = new List<LabelRequirement>();
        while (true)
        {
            (Token token, string literal) = Peek();
            switch (token)
            {
                case Token.End:
                    return [.. requirements];
                case Token.Identifier or Token.Not:
                    requirements.Add(ParseRequirement());
                    break;
                default:
                    throw ApiErrors.BadRequest($"found '{literal}', expected: !, identifier, or 'end of string'");
            }

            (token, literal) = Next();
            switch (token)
            {
                case Token.End:
                    return [.. requirements];
                case Token.Comma:
                    (token, literal) = Peek();
                    if (token is not (Token.Identifier or Token.Not))
                    {
                        throw ApiErrors.BadRequest($"found '{literal}', expected: identifier after ','");
                    }

                    break;
                default:
                    throw ApiErrors.BadRequest($"found '{literal}', expected: ',' or 'end of string'");
            }
        }
    }

    private LabelRequirement ParseRequirement()
    {
        (Token token, string key) = Next();
        bool isNegated = token == Token.Not;
        if (isNegated)
        {
            (token, key) = Next();
        }

        if (token != Token.Identifier)
        {
            throw Unparsable($"found '{key}', expected: identifier");
        }

        if (Problem(Names.CheckQualifiedName(key)) is { } problem)
        {
            throw Unparsable($"<nil>: Invalid value: \"{key}\": {problem}");
        }

        if (isNegated)
        {
            return new LabelRequirement(key, LabelOperator.DoesNotExist, []);
        }

        if (Peek().Token is Token.End or Token.Comma)
        {
            return new LabelRequirement(key, LabelOperator.Exists, []);
        }

        (LabelOperator found, bool isSet) = ParseOperator();
        List<string> values = isSet ? ParseSet() : [ParseValue()];
        Check(key, found, values);
        return new LabelRequirement(key, found, [.. values]);
    }

    private static void Check(string key, LabelOperator found, List<string> values)
    {
        if (found is LabelOperator.Greater or LabelOperator.Less && !LabelRequirement.TryNumber(values[0], out _))
        {
            throw Unparsable($"values[0]: Invalid value: \"{values[0]}\": for 'Gt', 'Lt' operators, the value must be an integer");
        }

        for (int i = 0; i < values.Count; i++)
        {
            if (Problem(Names.CheckLabelValue(values[i])) is { } problem)
            {
                throw Unparsable($"values[{i}][{key}]: Invalid value: \"{values[i]}\": {problem}");
            }
        }
    }

    private (LabelOperator Operator, bool IsSet) ParseOperator()
    {
        (Token token, string literal) = Next();
        return (token, literal) switch
        {
            (Token.Equal or Token.DoubleEqual, _) => (LabelOperator.In, false),
            (Token.NotEqual, _) => (LabelOperator.NotIn, false),
            (Token.Greater, _) => (LabelOperator.Greater, false),
            (Token.Less, _) => (LabelOperator.Less, false),
            (Token.Identifier, "in") => (LabelOperator.In, true),
            (Token.Identifier, "notin") => (LabelOperator.NotIn, true),
            _ => throw Unparsable($"found '{literal}', expected: in, notin, =, ==, !=, gt, lt"),
        };
    }

    private List<string> ParseSet()
    {
        (Token token, string literal) = Next();
        if (token != Token.Open)
        {
            throw Unparsable($"found '{literal}' expected: '('");
        }

        (token, literal) = Peek();
        if (token is not (Token.Identifier or Token.Comma or Token.Close))
        {
            throw Unparsable($"found '{literal}', expected: ',', ')' or identifier");
        }

        if (token == Token.Close)
        {
            // Kubernetes takes an empty set for the set of the empty value.
            Next();
            return [""];
        }

        var values = new SortedSet<string>(StringComparer.Ordinal);
        bool isValueDue = true;
        while (true)
        {
            (token, literal) = Next();
            switch (token)
            {
                case Token.Identifier when isValueDue:
                    values.Add(literal);
                    isValueDue = false;
                    break;
                case Token.Comma:
                    if (isValueDue)
                    {
                        // Nothing before a comma is the empty value.
                        values.Add("");
                    }

                    isValueDue = true;
                    if (Peek().Token == Token.Close)
                    {
                        values.Add("");
                    }

                    break;
                case Token.Close:
                    // "in ()" asks for the empty value.
                    return values.Count == 0 ? [""] : [.. values];
                default:
                    throw Unparsable(isValueDue ? $"found '{literal}', expected: ',', or identifier" : $"found '{literal}', expected: ',' or ')'");
            }
        }
    }

    private string ParseValue()
    {
        if (Peek().Token is Token.End or Token.Comma)
        {
            return "";
        }

        (Token token, string literal) = Next();
        return token == Token.Identifier ? literal : throw Unparsable($"found '{literal}', expected: identifier");
    }

    private (Token Token, string Literal) Peek()
    {
        int before = _at;
        (Token, string) found = Next();
        _at = before;
        return found;
    }

    private (Token Token, string Literal) Next()
    {
        while (_at < _text.Length && IsSpace(_text[_at]))
        {
            _at++;
        }

        if (_at == _text.Length)
        {
            return (Token.End, "");
        }

        int start = _at++;
        char next = _at < _text.Length ? _text[_at] : '\0';
        switch (_text[start])
        {
            case ',':
                return (Token.Comma, ",");
            case '(':
                return (Token.Open, "(");
            case ')':
                return (Token.Close, ")");
            case '>':
                return (Token.Greater, ">");
            case '<':
                return (Token.Less, "<");
            case '!' when next == '=':
                _at++;
                return (Token.NotEqual, "!=");
            case '!':
                return (Token.Not, "!");
            case '=' when next == '=':
                _at++;
                return (Token.DoubleEqual, "==");
            case '=':
                return (Token.Equal, "=");
        }

        while (_at < _text.Length && !IsSpace(_text[_at]) && _text[_at] is not (',' or '(' or ')' or '>' or '<' or '!' or '='))
        {
            _at++;
        }

        return (Token.Identifier, _text[start.._at]);
    }

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\r' or '\n';

    private static string? Problem(IEnumerable<string> problems)
    {
        string joined = string.Join("; ", problems);
        return joined.Length == 0 ? null : joined;
    }

    private static ApiException Unparsable(string why) => ApiErrors.BadRequest($"unable to parse requirement: {why}");
}
