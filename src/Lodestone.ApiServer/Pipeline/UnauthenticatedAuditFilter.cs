using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Tells the audit log of requests whose credentials don't count. Stands before authentication.</summary>
internal sealed class UnauthenticatedAuditFilter(AuditFilter audit) : IRequestFilter
{
    /// <inheritdoc/>
    public async Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        try
        {
            await next(request);
        }
        catch (ApiException failure) when (failure.Code == 401)
        {
            audit.TellUnauthenticated(request, failure);
            throw;
        }
    }
}
