using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Security;

/// <summary>Several kinds of credentials; the first that a request carries counts.</summary>
internal sealed class UnionAuthenticator(params IReadOnlyList<IAuthenticator> authenticators) : IAuthenticator
{
    /// <inheritdoc/>
    public async ValueTask<UserInfo?> AuthenticateAsync(HttpContext http)
    {
        foreach (IAuthenticator authenticator in authenticators)
        {
            if (await authenticator.AuthenticateAsync(http) is { } user)
            {
                return user;
            }
        }

        return null;
    }
}
