using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security.Tokens;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Security;

/// <summary><c>Authorization: Bearer</c> with a service account's token that is for this server.</summary>
internal sealed class BearerTokenAuthenticator(ServiceAccountTokens tokens) : IAuthenticator
{
    /// <inheritdoc/>
    public ValueTask<UserInfo?> AuthenticateAsync(HttpContext http)
    {
        if (http.Request.Headers.Authorization is not [{ } header] || TokenOf(header) is not { } token)
        {
            return ValueTask.FromResult<UserInfo?>(null);
        }

        return ValueTask.FromResult<UserInfo?>(tokens.Review(token, ServiceAccountTokens.Audiences).User ?? throw ApiErrors.Unauthorized());
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
