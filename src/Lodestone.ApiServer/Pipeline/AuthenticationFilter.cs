using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Finds out who makes a request; without credentials only the health and version paths are answered.</summary>
internal sealed class AuthenticationFilter(IAuthenticator authenticator) : IRequestFilter
{
    /// <inheritdoc/>
    /// <exception cref="ApiException">401. Also on a path for everybody when there are credentials but none that count.</exception>
    public async Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        UserInfo? user = await authenticator.AuthenticateAsync(request.Http);
        if (user is null && !PublicPaths.Contains(request.Path))
        {
            throw ApiErrors.Unauthorized();
        }

        request.User = user ?? UserInfo.Anonymous;
        await next(request);
    }
}
