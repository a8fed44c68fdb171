using System.Diagnostics;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Metrics;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Counts requests, and how long they take.</summary>
/// <param name="metrics">Where they are counted.</param>
/// <param name="isServed">Whether a request is about something that is served.</param>
internal sealed class MetricsFilter(ServerMetrics metrics, Func<RequestInfo, bool> isServed) : IRequestFilter
{
    private const int ClientLeft = 499;

    /// <inheritdoc/>
    public async Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        HttpRequest http = request.Http.Request;
        RequestInfo info = request.Info;
        RequestSeries series = metrics.Of(
            info,
            info.IsResource && isServed(info),
            isDryRun: http.QueryString.HasValue && http.Query.ContainsKey("dryRun"),
            isApply: info.Verb == "patch" && http.ContentType?.StartsWith("application/apply-patch", StringComparison.Ordinal) == true);
        long began = Stopwatch.GetTimestamp();
        series.Begin();
        metrics.Open.Add(1);
        try
        {
            await next(request);
        }
        finally
        {
            metrics.Open.Add(-1);
            bool hasLeft = request.Http.RequestAborted.IsCancellationRequested;
            if (hasLeft && info.Verb != "watch")
            {
                metrics.Aborts.With(info.Verb).Add();
            }

            series.End(hasLeft && !request.Http.Response.HasStarted ? ClientLeft : request.Http.Response.StatusCode, Stopwatch.GetElapsedTime(began));
        }
    }
}
