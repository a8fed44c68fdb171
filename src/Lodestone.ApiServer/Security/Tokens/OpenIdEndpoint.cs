using System.Buffers.Text;
using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Security.Tokens;

/// <summary>How others check service account tokens: the issuer's metadata (OpenID Connect Discovery 1.0) and its keys (RFC 7517).</summary>
internal sealed class OpenIdEndpoint(TokenKeyRing keys)
{
    private const string KeysPath = "/openid/v1/jwks";
    private const string CacheFor = "public, max-age=3600";

    /// <summary>Answers if the path is one of the two.</summary>
    public async Task<bool> TryHandleAsync(HttpContext http, string path)
    {
        switch (path)
        {
            case "/.well-known/openid-configuration":
                http.Response.Headers.CacheControl = CacheFor;
                await Responses.JsonAsync(http, 200, writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("issuer", ServiceAccountTokens.Issuer);
                    writer.WriteString("jwks_uri", $"https://{http.Request.Host}{KeysPath}");
                    WriteList(writer, "response_types_supported", "id_token");
                    WriteList(writer, "subject_types_supported", "public");
                    WriteList(writer, "id_token_signing_alg_values_supported", "ES256");
                    writer.WriteEndObject();
                });
                return true;
            case KeysPath:
                http.Response.Headers.CacheControl = CacheFor;
                await Responses.JsonAsync(http, 200, WriteKeys, "application/jwk-set+json");
                return true;
            default:
                return false;
        }
    }

    private static void WriteList(System.Text.Json.Utf8JsonWriter writer, string name, string value)
    {
        writer.WriteStartArray(name);
        writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    private void WriteKeys(System.Text.Json.Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("keys");
        foreach (TokenKey key in keys.Keys)
        {
            writer.WriteStartObject();
            writer.WriteString("use", "sig");
            writer.WriteString("kty", "EC");
            writer.WriteString("kid", key.Id);
            writer.WriteString("crv", "P-256");
            writer.WriteString("alg", "ES256");
            writer.WriteString("x", Base64Url.EncodeToString(key.Point.X));
            writer.WriteString("y", Base64Url.EncodeToString(key.Point.Y));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
