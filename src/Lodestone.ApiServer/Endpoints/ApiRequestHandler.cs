using Lodestone.ApiServer.Pipeline;
using Lodestone.ApiServer.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>The outermost part of every request: numbers it, and makes every failure a Status. The rest is filters around <see cref="RequestDispatcher"/>.</summary>
internal sealed partial class ApiRequestHandler(Func<ApiRequest, Task> pipeline, ILogger<ApiRequestHandler> logger, CancellationToken stopping)
{
    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        string auditId = http.Request.Headers["Audit-ID"] is [{ Length: > 0 and <= 64 } given] ? given : Guid.NewGuid().ToString();
        http.Response.Headers["Audit-Id"] = auditId;
        http.Response.Headers.CacheControl = "no-cache, private";
        try
        {
            bool isWatch = (string?)http.Request.Query["watch"] is "true" or "1" or "t" or "True" or "TRUE";
            var info = RequestInfo.Parse(http.Request.Method, http.Request.Path.Value ?? "/", isWatch);
            await pipeline(new ApiRequest(http, info, auditId));
        }
        catch (ApiException exception)
        {
            await AnswerAsync(http, exception);
        }
        catch (StoreException exception)
        {
            Log.StoreFailed(logger, http.Request.Method, http.Request.Path, exception.Message);
            await AnswerAsync(http, exception.IsRetriable ? ApiErrors.InsufficientStorage(exception.Message) : ApiErrors.Internal(exception.Message));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested || stopping.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        catch (BadHttpRequestException exception)
        {
            await AnswerAsync(http, ApiErrors.BadRequest(exception.Message));
        }
#pragma warning disable CA1031 // The last line of defence: one request's defect must not be the server's.
        catch (Exception exception)
        {
            Log.Failed(logger, http.Request.Method, http.Request.Path, auditId, exception);
            await AnswerAsync(http, ApiErrors.Internal($"see the server's log, audit id {auditId}"));
        }
#pragma warning restore CA1031
    }

    private static async Task AnswerAsync(HttpContext http, ApiException exception)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        await Responses.ErrorAsync(http, exception);
    }

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Error, "{Method} {Path}: the store failed: {Reason}")]
        public static partial void StoreFailed(ILogger logger, string method, string path, string reason);

        [LoggerMessage(2011, LogLevel.Error, "{Method} {Path} failed (audit id {AuditId})")]
        public static partial void Failed(ILogger logger, string method, string path, string auditId, Exception exception);
    }
}
