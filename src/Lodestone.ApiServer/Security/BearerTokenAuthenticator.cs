using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security.Tokens;
using Lodestone.Client.Certificates;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Security;

/// <summary><c>Authorization: Bearer</c> with a service account's token that is for this server, or with a bootstrap token.</summary>
internal sealed class BearerTokenAuthenticator(ServiceAccountTokens tokens, BootstrapTokens bootstrapTokens) : IAuthenticator
{
    /// <inheritdoc/>
    public ValueTask<UserInfo?> AuthenticateAsync(HttpContext http)
    {
        if (http.Request.Headers.Authorization is not [{ } header] || TokenOf(header) is not { } token)
        {
            return ValueTask.FromResult<UserInfo?>(null);
        }

        UserInfo? user = BootstrapToken.TryParse(token, out BootstrapToken? bootstrap)
            ? bootstrapTokens.Find(bootstrap)
            : tokens.Review(token, ServiceAccountTokens.Audiences).User;
        return ValueTask.FromResult<UserInfo?>(user ?? throw ApiErrors.Unauthorized());
    }

    private static string? TokenOf(string header)
    {
        ReadOnlySpan<char> text = header.AsSpan().Trim();
        int space = text.IndexOf(' ');
        if (space < 0 || !text[..space].Equals("bearer", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        ReadOnlySpan<char> token = text[(space + 1)..];
        int end = token.IndexOf(' ');
        token = end < 0 ? token : token[..end];
        return token.IsEmpty ? null : token.ToString();
    }
}
