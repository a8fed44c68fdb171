using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Metrics;

/// <summary>Serves <c>/metrics</c> to Prometheus.</summary>
internal sealed class MetricsEndpoint(MetricRegistry metrics)
{
    /// <summary>Answers a request for them; false if the path is another.</summary>
    public async Task<bool> TryHandleAsync(HttpContext http, string path)
    {
        if (path != "/metrics")
        {
            return false;
        }

        await Responses.TextAsync(http, 200, metrics.Write(), MetricText.ContentType);
        return true;
    }
}
