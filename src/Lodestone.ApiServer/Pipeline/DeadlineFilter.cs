using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Metrics;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Ends requests that take too long with 504; watches have an end of their own.</summary>
/// <param name="maximum">The longest a request may take; <c>?timeout=</c> asks for less.</param>
/// <param name="metrics">Where it is counted.</param>
/// <param name="time">The clock.</param>
internal sealed class DeadlineFilter(TimeSpan maximum, ServerMetrics metrics, TimeProvider time) : IRequestFilter
{
    /// <summary>The longest that a request which changes something may take.</summary>
    private static readonly TimeSpan MutatingMaximum = TimeSpan.FromSeconds(34);

    /// <inheritdoc/>
    /// <exception cref="ApiException">400, the timeout can't be read; 504.</exception>
    public async Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        if (request.Info.Verb == "watch")
        {
            await next(request);
            return;
        }

        CancellationToken client = request.Http.RequestAborted;
        using var deadline = new CancellationTokenSource(LimitOf(request), time);
        using CancellationTokenRegistration leaving = client.UnsafeRegister(static d => ((CancellationTokenSource)d!).Cancel(), deadline);
        request.Http.RequestAborted = deadline.Token;
        try
        {
            await next(request);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !client.IsCancellationRequested)
        {
            metrics.Terminations.With(request.Info.Verb, "504").Add();
            throw ApiErrors.Timeout("request did not complete within the allotted timeout");
        }
        finally
        {
            request.Http.RequestAborted = client;
        }
    }

    private TimeSpan LimitOf(ApiRequest request)
    {
        TimeSpan limit = request.Info.Verb is "get" or "list" || maximum < MutatingMaximum ? maximum : MutatingMaximum;
        if (!request.Http.Request.QueryString.HasValue || (string?)request.Http.Request.Query["timeout"] is not { Length: > 0 } text)
        {
            return limit;
        }

        if (!GoDuration.TryParse(text, out TimeSpan wanted, out string problem))
        {
            throw ApiErrors.BadRequest($"invalid timeout specified in the request URL - {problem}");
        }

        return wanted > TimeSpan.Zero && wanted < limit ? wanted : limit;
    }
}
