using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Lodestone.ApiServer.Json;

/// <summary>Tells what a scalar of YAML is, as sigs.k8s.io/yaml does: <c>yes</c> and <c>off</c> are truth values, <c>0777</c> is octal, a date is a string.</summary>
internal static partial class YamlScalar
{
    private const string TagPrefix = "tag:yaml.org,2002:";

    /// <summary>Whether it is the key under which other mappings are merged in.</summary>
    public static bool IsMerge(Scalar scalar) =>
        (scalar is { Value: "<<", Style: ScalarStyle.Plain } && scalar.Tag.IsEmpty) || (!scalar.Tag.IsEmpty && scalar.Tag.Value == TagPrefix + "merge");

    /// <summary>The JSON value; null of a null.</summary>
    /// <exception cref="FormatException">It has no JSON form, or is not what its tag says.</exception>
    public static JsonValue? Resolve(Scalar scalar)
    {
        string text = scalar.Value;
        if (scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific)
        {
            return scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty ? ResolvePlain(scalar, text) : JsonValue.Create(text);
        }

        string tag = scalar.Tag.Value;
        switch (tag.StartsWith(TagPrefix, StringComparison.Ordinal) ? tag[TagPrefix.Length..] : "")
        {
            case "int" or "float" or "bool" or "null":
                JsonValue? value = ResolvePlain(scalar, text);
                return IsOf(value, tag[TagPrefix.Length..])
                    ? value
                    : throw Problem(scalar, $"cannot decode {tag.Replace(TagPrefix, "!!", StringComparison.Ordinal)} `{text}`");
            case "binary":
                return JsonValue.Create(Decode(scalar));
            default:
                return JsonValue.Create(text);
        }
    }

    /// <summary>A scalar as the key of a JSON object.</summary>
    public static string KeyOf(JsonValue key) => key.GetValueKind() switch
    {
        JsonValueKind.String => key.GetValue<string>(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => key.ToJsonString(),
    };

    private static bool IsOf(JsonValue? value, string tag) => tag switch
    {
        "null" => value is null,
        "bool" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "int" => value?.GetValueKind() == JsonValueKind.Number && !value.TryGetValue(out double _),
        _ => value?.GetValueKind() == JsonValueKind.Number,
    };

    private static JsonValue? ResolvePlain(Scalar scalar, string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "y" or "Y" or "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON":
                return JsonValue.Create(true);
            case "n" or "N" or "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF":
                return JsonValue.Create(false);
            case ".nan" or ".NaN" or ".NAN" or ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF" or "-.inf" or "-.Inf" or "-.INF":
                throw Problem(scalar, $"json: unsupported value: {text}");
        }

        return text[0] is '+' or '-' or '.' or (>= '0' and <= '9') && Number(text) is { } number ? number : JsonValue.Create(text);
    }

    private static JsonValue? Number(string text)
    {
        string plain = text[0] == '.' ? text : text.Replace("_", "", StringComparison.Ordinal);
        if (Integer(plain) is { } integer)
        {
            return integer;
        }

        return Decimal().IsMatch(plain)
            && double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number)
                ? JsonValue.Create(number)
                : null;
    }

    // As Go reads whole numbers of base 0: a prefix says the base, and a leading zero is octal.
    private static JsonValue? Integer(string text)
    {
        bool isNegative = text.StartsWith('-');
        ReadOnlySpan<char> digits = isNegative || text.StartsWith('+') ? text.AsSpan(1) : text;
        uint radix = 10;
        if (digits.Length > 1 && digits[0] == '0')
        {
            radix = digits[1] switch { 'x' or 'X' => 16u, 'b' or 'B' => 2u, _ => 8u };
            digits = digits[(digits[1] is 'x' or 'X' or 'b' or 'B' or 'o' or 'O' ? 2 : 1)..];
        }

        if (digits.IsEmpty)
        {
            return null;
        }

        ulong number = 0;
        foreach (char c in digits)
        {
            uint digit = char.IsAsciiHexDigit(c) ? (uint)Convert.ToInt32(c.ToString(), 16) : 16;
            if (digit >= radix || number > (ulong.MaxValue - digit) / radix)
            {
                return null;
            }

            number = (number * radix) + digit;
        }

        if (isNegative)
        {
            return number <= 1UL << 63 ? JsonValue.Create(unchecked((long)(0 - number))) : null;
        }

        return number <= long.MaxValue ? JsonValue.Create((long)number) : JsonValue.Create(number);
    }

    private static string Decode(Scalar scalar)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(scalar.Value));
        }
        catch (FormatException)
        {
            throw Problem(scalar, "!!binary value contains invalid base64 data");
        }
    }

    private static FormatException Problem(Scalar scalar, string why) => new($"yaml: line {scalar.Start.Line}: {why}");

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Decimal();
}
