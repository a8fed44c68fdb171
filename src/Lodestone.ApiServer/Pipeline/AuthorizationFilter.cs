using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Lets through what the user may do.</summary>
internal sealed class AuthorizationFilter(IAuthorizer authorizer) : IRequestFilter
{
    /// <inheritdoc/>
    /// <exception cref="ApiException">403.</exception>
    public async Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        AuthorizationDecision decision = await authorizer.AuthorizeAsync(request.User, request.Info, request.Http.RequestAborted);
        request.Decision = decision;
        if (!decision.IsAllowed)
        {
            throw ApiErrors.Forbidden(request.User, request.Info, decision.Reason);
        }

        await next(request);
    }
}
