using Lodestone.ApiServer.Formatting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Lets answers go out indented, as YAML or compressed, as the client wants them; watches go out as they are.</summary>
internal sealed class ResponseFormFilter : IRequestFilter
{
    /// <inheritdoc/>
    public Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        HttpRequest http = request.Http.Request;
        if (request.Info.Verb == "watch")
        {
            return next(request);
        }

        bool mayCompress = AcceptsGzip(http);
        bool mayReformat = ResponseForm.MayDiffer(http);
        return mayCompress || mayReformat ? FormatAsync(request, next, mayCompress, mayReformat) : next(request);
    }

    private static async Task FormatAsync(ApiRequest request, Func<ApiRequest, Task> next, bool mayCompress, bool mayReformat)
    {
        IFeatureCollection features = request.Http.Features;
        IHttpResponseBodyFeature inner = features.Get<IHttpResponseBodyFeature>()!;
        await using var body = new FormattedBody(request.Http, inner, mayCompress, mayReformat);
        features.Set<IHttpResponseBodyFeature>(body);
        try
        {
            await next(request);
            await body.FinishAsync(request.Http.RequestAborted);
        }
        finally
        {
            features.Set(inner);
        }
    }

    /// <summary>As Kubernetes does, only a bare <c>gzip</c> counts.</summary>
    private static bool AcceptsGzip(HttpRequest request)
    {
        foreach (string? value in request.Headers.AcceptEncoding)
        {
            foreach (Range part in value.AsSpan().Split(','))
            {
                if (value.AsSpan(part).Trim() is "gzip")
                {
                    return true;
                }
            }
        }

        return false;
    }
}
