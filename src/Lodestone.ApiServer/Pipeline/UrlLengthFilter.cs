using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Refuses URLs that are too long. Kestrel reads somewhat longer ones, so that this can be told with a Status.</summary>
internal sealed class UrlLengthFilter : IRequestFilter
{
    /// <summary>The longest path and query, in characters. Selectors of many values make long ones.</summary>
    public const int Limit = 128 << 10;

    /// <inheritdoc/>
    /// <exception cref="ApiException">414.</exception>
    public Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        HttpRequest http = request.Http.Request;
        int length = (http.Path.Value?.Length ?? 0) + (http.QueryString.Value?.Length ?? 0);
        return length > Limit ? throw ApiErrors.UrlTooLong(Limit) : next(request);
    }
}
