using System.Security.Cryptography.X509Certificates;
using Lodestone.ApiServer.Security;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>Who may say for whom a request is, and how that is said (kube-apiserver's <c>--requestheader-*</c>).</summary>
internal sealed record FrontProxy(
    CertificateTrust Trust,
    IReadOnlyList<string> AllowedNames,
    IReadOnlyList<string> UserHeaders,
    IReadOnlyList<string> GroupHeaders,
    IReadOnlyList<string> ExtraPrefixes)
{
    /// <summary>Whether the owner of the certificate is the proxy.</summary>
    public bool Is(X509Certificate2 certificate, DateTimeOffset now) =>
        Trust.Verifies(certificate, now)
        && (AllowedNames.Count == 0 || (CertificateSubject.Of(certificate)?.Name is { } name && AllowedNames.Contains(name)));

    /// <summary>The user that the headers name, or null. Only to be asked about a request of the proxy's.</summary>
    public UserInfo? UserOf(IHeaderDictionary headers)
    {
        string? name = UserHeaders.Select(h => (string?)headers[h].FirstOrDefault()).FirstOrDefault(v => !string.IsNullOrEmpty(v));
        if (name is null)
        {
            return null;
        }

        string[] groups = [.. GroupHeaders.SelectMany(h => headers[h]).Select(v => v ?? "")];
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach ((string header, Microsoft.Extensions.Primitives.StringValues values) in headers)
        {
            if (ExtraPrefixes.FirstOrDefault(p => header.StartsWith(p, StringComparison.OrdinalIgnoreCase)) is { } prefix)
            {
                extra[Uri.UnescapeDataString(header[prefix.Length..].ToLowerInvariant())] = [.. values.Select(v => v ?? "")];
            }
        }

        return new UserInfo(name, groups) { Extra = extra };
    }

    /// <summary>Takes the headers away, so that nothing after authentication can believe them.</summary>
    public void Strip(IHeaderDictionary headers)
    {
        foreach (string header in (IEnumerable<string>)[.. UserHeaders, .. GroupHeaders])
        {
            headers.Remove(header);
        }

        foreach (string header in headers.Keys.Where(h => ExtraPrefixes.Any(p => h.StartsWith(p, StringComparison.OrdinalIgnoreCase))).ToArray())
        {
            headers.Remove(header);
        }
    }
}
