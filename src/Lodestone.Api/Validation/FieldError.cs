using System.Globalization;
using System.Text;
using System.Text.Json;
using Lodestone.Api.Meta;

namespace Lodestone.Api.Validation;

/// <summary>One problem with one field, worded as Kubernetes words it.</summary>
/// <param name="Type">What is wrong.</param>
/// <param name="Field">Path of the field, such as <c>spec.ports[0].port</c>.</param>
/// <param name="BadValue">The value: a string, a number, a bool, null, a <see cref="JsonElement"/> or a <see cref="GoValue"/>.</param>
/// <param name="Detail">What the value should be; may be empty.</param>
public sealed record FieldError(FieldErrorType Type, string Field, object? BadValue, string Detail)
{
    /// <summary>The reason of a <see cref="StatusCause"/>: <c>FieldValueRequired</c>, <c>FieldValueInvalid</c>, ...</summary>
    public string Reason => Type switch
    {
        FieldErrorType.Required => "FieldValueRequired",
        FieldErrorType.Invalid => "FieldValueInvalid",
        FieldErrorType.NotSupported => "FieldValueNotSupported",
        FieldErrorType.Duplicate => "FieldValueDuplicate",
        FieldErrorType.Forbidden => "FieldValueForbidden",
        FieldErrorType.TooLong => "FieldValueTooLong",
        FieldErrorType.TooMany => "FieldValueTooMany",
        _ => "FieldValueTypeInvalid",
    };

    /// <summary>The message without the path: <c>Invalid value: 0: must be between 1 and 65535, inclusive</c>.</summary>
    public string Message
    {
        get
        {
            string what = Type switch
            {
                FieldErrorType.Required => "Required value",
                FieldErrorType.NotSupported => $"Unsupported value: {Quote(BadValue)}",
                FieldErrorType.Duplicate => $"Duplicate value: {Quote(BadValue)}",
                FieldErrorType.Forbidden => "Forbidden",
                FieldErrorType.TooLong => "Too long",
                FieldErrorType.TooMany => $"Too many: {Quote(BadValue)}",
                _ => $"Invalid value: {Quote(BadValue)}",
            };
            return Detail.Length == 0 ? what : $"{what}: {Detail}";
        }
    }

    /// <summary>The same as a cause of a <see cref="Status"/>.</summary>
    public StatusCause ToCause() => new() { Reason = Reason, Message = Message, Field = Field };

    /// <summary>Path and message: <c>spec.type: Unsupported value: "x": supported values: "Internal", "Public"</c>.</summary>
    public override string ToString() => Field.Length == 0 ? Message : $"{Field}: {Message}";

    /// <summary>Text in double quotes, with the escapes of a Go string.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static string Quote(object? value) => value switch
    {
        null => "null",
        string text => Quote(text),
        bool flag => flag ? "true" : "false",
        JsonElement element => element.GetRawText(),
        GoValue go => go.Text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Quote(value.ToString() ?? ""),
    };
}
