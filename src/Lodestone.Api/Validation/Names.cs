using System.Buffers;
using System.Text;

namespace Lodestone.Api.Validation;

/// <summary>Rules for names, label keys and label values. Each method returns what is wrong, nothing if all is well.</summary>
public static class Names
{
    private const int MaxLabelLength = 63;
    private const int MaxSubdomainLength = 253;

    internal const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character "
        + "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    internal const string SubdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
        + @"(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string QualifiedNameRule =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string LabelValueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static readonly SearchValues<char> QualifiedNameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>RFC 1123 label: at most 63 characters of <c>a-z0-9-</c>.</summary>
    public static IEnumerable<string> CheckDnsLabel(string name)
    {
        if (Length(name) > MaxLabelLength)
        {
            yield return TooLong(MaxLabelLength);
        }

        if (!IsDnsLabel(name))
        {
            yield return LabelRule;
        }
    }

    /// <summary>RFC 1123 subdomain: at most 253 characters, labels joined by dots.</summary>
    public static IEnumerable<string> CheckDnsSubdomain(string name)
    {
        if (Length(name) > MaxSubdomainLength)
        {
            yield return TooLong(MaxSubdomainLength);
        }

        if (!IsDnsSubdomain(name))
        {
            yield return SubdomainRule;
        }
    }

    /// <summary>The key of a label or an annotation: a name of at most 63 characters, with an optional subdomain and <c>/</c> before it.</summary>
    public static IEnumerable<string> CheckQualifiedName(string key)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0 && key.IndexOf('/', slash + 1) >= 0)
        {
            yield return $"a qualified name {QualifiedNameRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            yield break;
        }

        if (slash == 0)
        {
            yield return "prefix part must be non-empty";
        }
        else if (slash > 0)
        {
            foreach (string problem in CheckDnsSubdomain(key[..slash]))
            {
                yield return $"prefix part {problem}";
            }
        }

        string name = key[(slash + 1)..];
        if (name.Length == 0)
        {
            yield return "name part must be non-empty";
        }
        else if (Length(name) > MaxLabelLength)
        {
            yield return $"name part {TooLong(MaxLabelLength)}";
        }

        if (!IsQualifiedNamePart(name))
        {
            yield return $"name part {QualifiedNameRule}";
        }
    }

    /// <summary>The value of a label: empty, or at most 63 characters.</summary>
    public static IEnumerable<string> CheckLabelValue(string value)
    {
        if (Length(value) > MaxLabelLength)
        {
            yield return TooLong(MaxLabelLength);
        }

        if (value.Length > 0 && !IsQualifiedNamePart(value))
        {
            yield return LabelValueRule;
        }
    }

    /// <summary>A name that need only be usable in a path, as <c>system:masters</c>.</summary>
    public static IEnumerable<string> CheckPathSegment(string name)
    {
        if (name is "." or "..")
        {
            yield return $"may not be '{name}'";
            yield break;
        }

        foreach (char c in "/%")
        {
            if (name.Contains(c, StringComparison.Ordinal))
            {
                yield return $"may not contain '{c}'";
            }
        }
    }

    private static bool IsDnsLabel(ReadOnlySpan<char> name) =>
        name.Length > 0 && name[0] != '-' && name[^1] != '-' && !name.ContainsAnyExcept(LabelCharacters);

    private static bool IsDnsSubdomain(ReadOnlySpan<char> name)
    {
        foreach (Range label in name.Split('.'))
        {
            if (!IsDnsLabel(name[label]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsQualifiedNamePart(ReadOnlySpan<char> name) =>
        name.Length > 0
        && char.IsAsciiLetterOrDigit(name[0])
        && char.IsAsciiLetterOrDigit(name[^1])
        && !name.ContainsAnyExcept(QualifiedNameCharacters);

    private static int Length(string text) => Encoding.UTF8.GetByteCount(text);

    private static string TooLong(int max) => $"must be no more than {max} bytes";
}
