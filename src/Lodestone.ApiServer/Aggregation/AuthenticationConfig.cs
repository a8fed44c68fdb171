using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>Whose certificates count; replaced as a whole when the cluster's changes.</summary>
/// <param name="FrontProxy">Who may say for whom a request is; null: nobody.</param>
/// <param name="Clients">CAs of clients that come directly; null: none.</param>
internal sealed record AuthenticationConfig(FrontProxy? FrontProxy, CertificateTrust? Clients)
{
    /// <summary>Reads what a cluster publishes in ConfigMap <c>kube-system/extension-apiserver-authentication</c>.</summary>
    /// <exception cref="FormatException">A key doesn't make sense; the message names it.</exception>
    public static AuthenticationConfig Parse(IReadOnlyDictionary<string, string> data)
    {
        CertificateTrust? clients = Authorities(data, "client-ca-file");
        if (Authorities(data, "requestheader-client-ca-file") is not { } trust)
        {
            return new AuthenticationConfig(null, clients);
        }

        return new AuthenticationConfig(
            new FrontProxy(
                trust,
                Names(data, "requestheader-allowed-names"),
                Names(data, "requestheader-username-headers"),
                Names(data, "requestheader-group-headers"),
                Names(data, "requestheader-extra-headers-prefix")),
            clients);
    }

    private static CertificateTrust? Authorities(IReadOnlyDictionary<string, string> data, string key)
    {
        if (data.GetValueOrDefault(key) is not { Length: > 0 } pem)
        {
            return null;
        }

        try
        {
            return CertificateTrust.FromPem(pem);
        }
        catch (CryptographicException exception)
        {
            throw new FormatException($"{key}: {exception.Message}", exception);
        }
    }

    private static string[] Names(IReadOnlyDictionary<string, string> data, string key)
    {
        if (data.GetValueOrDefault(key) is not { Length: > 0 } text)
        {
            return [];
        }

        try
        {
            if (JsonTree.Parse(System.Text.Encoding.UTF8.GetBytes(text)) is JsonArray list)
            {
                return [.. list.Select(v => v is JsonValue value && value.TryGetValue(out string? name) ? name : throw new FormatException($"{key}: \"{text}\" is not a JSON list of strings"))];
            }
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{key}: \"{text}\" is not JSON: {exception.Message}", exception);
        }

        throw new FormatException($"{key}: \"{text}\" is not a JSON list of strings");
    }
}
