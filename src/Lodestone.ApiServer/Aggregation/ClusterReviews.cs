using System.Net;
using System.Text.Json;
using Lodestone.ApiServer.Endpoints;
using Lodestone.Client.Reviews;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>Asks the cluster, and makes what goes wrong with that a failure of the request that needed the answer.</summary>
internal sealed partial class ClusterReviews(ReviewClient client, ILogger<ClusterReviews> logger)
{
    private readonly HashSet<string> _failing = [];

    /// <summary>Posts a review and returns its status.</summary>
    /// <param name="kind">The kind, <c>TokenReview</c>.</param>
    /// <param name="group">Its group; the version is v1.</param>
    /// <param name="plural">Its resource.</param>
    /// <param name="spec">The spec, JSON.</param>
    /// <exception cref="ApiException">500, the cluster doesn't let us ask; 503, it doesn't answer.</exception>
    public async Task<JsonElement> AskAsync(string kind, string group, string plural, ReadOnlyMemory<byte> spec)
    {
        byte[] review = Responses.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("apiVersion", $"{group}/v1");
            writer.WriteString("kind", kind);
            writer.WritePropertyName("spec");
            writer.WriteRawValue(spec.Span, skipInputValidation: true);
            writer.WriteEndObject();
        });
        try
        {
            JsonElement answer = await client.PostAsync($"apis/{group}/v1/{plural}", review);
            Succeeded(kind);
            return answer.TryGetProperty("status", out JsonElement status) ? status : throw new InvalidDataException($"the cluster's {kind} has no status");
        }
        catch (Client.Http.ApiException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
        {
            Failed(kind, exception.Message);
            throw ApiErrors.Internal($"the cluster doesn't let this server post a {kind}: bind ClusterRole system:auth-delegator to it ({exception.Status.Message})");
        }
        catch (Client.Http.ApiException exception) when (exception.StatusCode == HttpStatusCode.Unauthorized)
        {
            Failed(kind, exception.Message);
            throw ApiErrors.Internal($"the cluster doesn't know this server, whose credentials may have expired: {kind} was answered with 401");
        }
        catch (Exception exception) when (exception is Client.Http.ApiException or HttpRequestException or TimeoutException or JsonException or IOException)
        {
            Failed(kind, exception.Message);
            throw ApiErrors.ServiceUnavailable($"the cluster doesn't answer a {kind}: {exception.Message}");
        }
    }

    /// <summary>One line when it begins and one when it is over: there may be many requests meanwhile.</summary>
    private void Failed(string kind, string reason)
    {
        lock (_failing)
        {
            if (_failing.Add(kind))
            {
                Log.Failed(logger, kind, reason);
            }
        }
    }

    private void Succeeded(string kind)
    {
        lock (_failing)
        {
            if (_failing.Remove(kind))
            {
                Log.Recovered(logger, kind);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2050, LogLevel.Error, "{Kind}: requests fail because the cluster does not answer: {Reason}")]
        public static partial void Failed(ILogger logger, string kind, string reason);

        [LoggerMessage(2051, LogLevel.Warning, "{Kind}: the cluster answers again")]
        public static partial void Recovered(ILogger logger, string kind);
    }
}
