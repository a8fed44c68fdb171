using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Selectors;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Lets through what the user may do.</summary>
internal sealed class AuthorizationFilter(IAuthorizer authorizer) : IRequestFilter
{
    /// <inheritdoc/>
    /// <exception cref="ApiException">403.</exception>
    public async Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        RequestInfo wanted = WithSelectedName(request);
        AuthorizationDecision decision = await authorizer.AuthorizeAsync(request.User, wanted, request.Http.RequestAborted);
        request.Decision = decision;
        if (!decision.IsAllowed)
        {
            throw ApiErrors.Forbidden(request.User, wanted, decision.Reason);
        }

        await next(request);
    }

    /// <summary>A list or watch that selects one name is about that object, and may be granted for that name alone.</summary>
    private static RequestInfo WithSelectedName(ApiRequest request)
    {
        RequestInfo info = request.Info;
        if (info.Verb is not ("list" or "watch") || info.Name.Length > 0 || request.Http.Request.Query["fieldSelector"] is not [{ Length: > 0 } selector])
        {
            return info;
        }

        string? name = FieldSelector.NameIn(selector);
        return string.IsNullOrEmpty(name) ? info : info with { Name = name };
    }
}
