using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Lodestone.Client.Config;
using Lodestone.Client.Http;

namespace Lodestone.Client.Reviews;

/// <summary>Asks a cluster what isn't kept but worked out: whose a token is, who may do what. Thread safe.</summary>
/// <remarks>
/// What may pass, a lost connection, an overloaded or starting server, is tried again a few times, as Kubernetes' webhooks do, within
/// <see cref="ReviewOptions.Timeout"/> altogether.
/// </remarks>
public sealed class ReviewClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly ReviewOptions _options;
    private readonly TimeProvider _time;

    /// <summary>A client for the server a kubeconfig names.</summary>
    public ReviewClient(KubeConfig config, ReviewOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        _options = options ?? new ReviewOptions();
        _time = timeProvider ?? TimeProvider.System;
        _http = HttpHandlers.CreateClient(HttpHandlers.Create(config, _time), config.Server, _options.UserAgent);
    }

    /// <summary>Posts a review and returns it with its status.</summary>
    /// <param name="path">Where, relative to the server: <c>apis/authentication.k8s.io/v1/tokenreviews</c>.</param>
    /// <param name="review">The review as JSON.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ApiException">The server refuses to answer.</exception>
    /// <exception cref="HttpRequestException">It can't be reached.</exception>
    /// <exception cref="TimeoutException">It doesn't answer in time.</exception>
    public async Task<JsonElement> PostAsync(string path, ReadOnlyMemory<byte> review, CancellationToken cancellationToken = default)
    {
        using var timer = new CancellationTokenSource(_options.Timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        TimeSpan delay = _options.FirstDelay;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await PostOnceAsync(path, review, linked.Token);
            }
            catch (Exception exception) when (attempt < _options.Attempts && MayPass(exception))
            {
                TimeSpan wanted = exception is ApiException { RetryAfter: { } retryAfter } ? retryAfter : TimeSpan.Zero;
                await DelayAsync(wanted > delay ? wanted : delay, path, timer, linked.Token);
                delay *= 2;
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                // Also where .NET's own limit for a connection is over.
                throw NoAnswer(path, exception);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static bool MayPass(Exception exception) => exception switch
    {
        HttpRequestException or IOException => true,
        ApiException api => api.StatusCode == HttpStatusCode.TooManyRequests || (int)api.StatusCode >= 500,
        _ => false,
    };

    private async Task DelayAsync(TimeSpan delay, string path, CancellationTokenSource timer, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(delay, _time, cancellationToken);
        }
        catch (OperationCanceledException exception) when (timer.IsCancellationRequested)
        {
            throw NoAnswer(path, exception);
        }
    }

    private async Task<JsonElement> PostOnceAsync(string path, ReadOnlyMemory<byte> review, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(review);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content, Version = _http.DefaultRequestVersion, VersionPolicy = _http.DefaultVersionPolicy };
        using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new ApiException($"POST {path}", ApiClient.StatusOf(response, body));
        }

        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    private TimeoutException NoAnswer(string path, Exception cause) =>
        new($"POST {path}: no answer from {_http.BaseAddress} within {_options.Timeout.TotalSeconds} s", cause);
}
