using Lodestone.ApiServer.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Where every request comes in: numbers it and reads what it wants. The rest is filters around <see cref="RequestDispatcher"/>.</summary>
internal sealed class ApiRequestHandler(Func<ApiRequest, Task> pipeline)
{
    /// <summary>Answers a request.</summary>
    public Task HandleAsync(HttpContext http)
    {
        string auditId = http.Request.Headers["Audit-ID"] is [{ Length: > 0 and <= 64 } given] ? given : Guid.NewGuid().ToString();
        http.Response.Headers["Audit-Id"] = auditId;
        http.Response.Headers.CacheControl = "no-cache, private";
        // Kestrel leaves an escaped slash as it is; here it separates, as it does in Kubernetes, where it can be in no name.
        string path = (http.Request.Path.Value ?? "/").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return pipeline(new ApiRequest(http, RequestInfo.Parse(http.Request.Method, path, IsWatch(http.Request)), auditId));
    }

    private static bool IsWatch(HttpRequest request) =>
        request.QueryString.HasValue && (string?)request.Query["watch"] is "true" or "1" or "t" or "T" or "True" or "TRUE";
}
