using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Lodestone.ApiServer.Security.Tokens;

/// <summary>Signed tokens in compact form (RFC 7519, RFC 7515), ES256 only.</summary>
internal static class JsonWebToken
{
    /// <summary>The longest token that is looked at, in characters.</summary>
    public const int MaxLength = 16 * 1024;

    private const string Algorithm = "ES256";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Signs claims.</summary>
    public static string Sign(JsonObject claims, TokenKey key)
    {
        var header = new JsonObject { ["alg"] = Algorithm, ["kid"] = key.Id };
        string signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>The claims of a token that one of the keys has signed; null for any other text. What they say is still to be judged.</summary>
    public static JsonObject? Read(string token, TokenKey[] keys)
    {
        int first = token.IndexOf('.', StringComparison.Ordinal);
        int second = first < 0 ? -1 : token.IndexOf('.', first + 1);
        if (token.Length > MaxLength || second < 0 || token.IndexOf('.', second + 1) >= 0 || !Ascii.IsValid(token))
        {
            return null;
        }

        // Nothing of a token is believed before its signature but which key to check it with. The algorithm is ours to say.
        if (Decode(token.AsSpan(0, first)) is not { } header
            || Text(header, "alg") != Algorithm
            || header.ContainsKey("crit")
            || Text(header, "kid") is not { } id
            || TokenKeyRing.Find(keys, id) is not { } key
            || !Base64Url.IsValid(token.AsSpan(second + 1))
            || !key.Verify(Encoding.ASCII.GetBytes(token[..second]), Base64Url.DecodeFromChars(token.AsSpan(second + 1))))
        {
            return null;
        }

        return Decode(token.AsSpan(first + 1, second - first - 1));
    }

    /// <summary>A claim that is text, or null.</summary>
    public static string? Text(JsonObject claims, string name)
    {
        try
        {
            return claims[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which only shows when it is read.
            return null;
        }
    }

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));

    private static JsonObject? Decode(ReadOnlySpan<char> part)
    {
        if (!Base64Url.IsValid(part))
        {
            return null;
        }

        try
        {
            byte[] utf8 = Base64Url.DecodeFromChars(part);
            var value = Utf8.IsValid(utf8) ? JsonNode.Parse(utf8, documentOptions: Strict) as JsonObject : null;

            // Names that are no text show when they are looked at, which must not be later.
            return value is { Count: >= 0 } && !value.ContainsKey("") ? value : null;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }
}
