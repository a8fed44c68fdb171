using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Metrics;

/// <summary>Serves <c>/metrics</c> to Prometheus.</summary>
/// <param name="metrics">The server's own.</param>
/// <param name="others">Those of other parts of the process, as text; null for none.</param>
internal sealed class MetricsEndpoint(MetricRegistry metrics, Func<string>? others)
{
    /// <summary>Answers a request for them; false if the path is another.</summary>
    public async Task<bool> TryHandleAsync(HttpContext http, string path)
    {
        if (path != "/metrics")
        {
            return false;
        }

        await Responses.TextAsync(http, 200, metrics.Write() + others?.Invoke(), MetricText.ContentType);
        return true;
    }
}
