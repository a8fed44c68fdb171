using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Security;

/// <summary>Several kinds of credentials; the first that count are who the user is, also beside others that don't.</summary>
internal sealed class UnionAuthenticator(params IReadOnlyList<IAuthenticator> authenticators) : IAuthenticator
{
    /// <inheritdoc/>
    public async ValueTask<UserInfo?> AuthenticateAsync(HttpContext http)
    {
        ApiException? refusal = null;
        foreach (IAuthenticator authenticator in authenticators)
        {
            try
            {
                if (await authenticator.AuthenticateAsync(http) is { } user)
                {
                    return user;
                }
            }
            catch (ApiException exception)
            {
                refusal = exception;
            }
        }

        return refusal is null ? null : throw refusal;
    }
}
