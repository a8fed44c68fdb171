using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Formatting;
using Lodestone.ApiServer.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Makes every failure of the filters and the endpoint behind it a Status.</summary>
internal sealed partial class FailureFilter(ILogger<FailureFilter> logger, CancellationToken stopping) : IRequestFilter
{
    /// <inheritdoc/>
    public async Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        HttpContext http = request.Http;
        try
        {
            await next(request);
        }
        catch (ApiException exception)
        {
            await AnswerAsync(http, exception);
        }
        catch (StoreException exception)
        {
            Log.StoreFailed(logger, http.Request.Method, http.Request.Path, exception.Message);
            await AnswerAsync(http, StatusOf(exception));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested || stopping.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
            http.Abort();
        }
        catch (BadHttpRequestException exception)
        {
            await AnswerAsync(http, exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? ApiErrors.RequestTooLarge(RequestBody.Limit)
                : ApiErrors.BadRequest(exception.Message));
        }
#pragma warning disable CA1031 // The last line of defence: one request's defect must not be the server's.
        catch (Exception exception)
        {
            Log.Failed(logger, http.Request.Method, http.Request.Path, request.AuditId, exception);
            await AnswerAsync(http, ApiErrors.Internal($"see the server's log, audit id {request.AuditId}"));
        }
#pragma warning restore CA1031
    }

    /// <summary>The Status of a store that failed.</summary>
    public static ApiException StatusOf(StoreException exception) =>
        exception.IsRetriable ? ApiErrors.InsufficientStorage(exception.Message) : ApiErrors.Internal(exception.Message);

    private static async Task AnswerAsync(HttpContext http, ApiException exception)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        (http.Features.Get<IHttpResponseBodyFeature>() as FormattedBody)?.Reset();
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
