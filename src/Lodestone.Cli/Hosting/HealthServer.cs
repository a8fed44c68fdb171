using System.Net;

using Lodestone.Cli.Metrics;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lodestone.Cli.Hosting;

/// <summary>What probes and Prometheus ask a controller or an agent: <c>/livez</c>, <c>/readyz</c>, <c>/metrics</c>, over plain HTTP.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly MeterCollector _meters;
    private readonly Func<string?> _live;
    private readonly Func<string?> _ready;
    private readonly Action<PrometheusText> _more;
    private readonly Func<string>? _details;

    private HealthServer(IPEndPoint endpoint, Func<string?> live, Func<string?> ready, Action<PrometheusText> more, Func<string>? details, ILoggerFactory loggers)
    {
        _details = details;
        _live = live;
        _ready = ready;
        _more = more;
        _meters = new MeterCollector(MeterCollector.Client);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddLogging();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            if (endpoint.Address.Equals(IPAddress.IPv6Any))
            {
                // Both families, or IPv4 alone where there is no IPv6.
                options.ListenAnyIP(endpoint.Port);
            }
            else
            {
                options.Listen(endpoint);
            }
        });
        _application = builder.Build();
        _application.Run(AnswerAsync);
    }

    /// <summary>Starts to listen.</summary>
    /// <param name="endpoint">Where; null: nowhere, and null is returned.</param>
    /// <param name="live">Why the process had better be started again; null: it needn't.</param>
    /// <param name="ready">What is not ready yet; null: all is.</param>
    /// <param name="more">Adds metrics that no meter has.</param>
    /// <param name="loggers">Where to log to.</param>
    /// <param name="details">What <c>/readyz?verbose</c> says beside, in lines; null: nothing.</param>
    public static async Task<HealthServer?> StartAsync(
        IPEndPoint? endpoint, Func<string?> live, Func<string?> ready, Action<PrometheusText> more, ILoggerFactory loggers, Func<string>? details = null)
    {
        if (endpoint is null)
        {
            return null;
        }

        var server = new HealthServer(endpoint, live, ready, more, details, loggers);
        try
        {
            await server._application.StartAsync();
            return server;
        }
        catch (IOException exception)
        {
            await server.DisposeAsync();
            throw new CommandException($"--health-listen {endpoint}: {exception.Message}", ExitCodes.Failed, exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _meters.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "only GET and HEAD\n");
        }

        return context.Request.Path.Value switch
        {
            "/livez" or "/healthz" => WriteCheckAsync(context, _live()),
            "/readyz" => WriteCheckAsync(context, _live() ?? _ready(), context.Request.Query.ContainsKey("verbose") ? _details?.Invoke() : null),
            "/metrics" => WriteMetricsAsync(context),
            _ => WriteAsync(context, StatusCodes.Status404NotFound, "there are /livez, /readyz and /metrics\n"),
        };
    }

    private static Task WriteCheckAsync(HttpContext context, string? problem, string? details = null) => problem is null
        ? WriteAsync(context, StatusCodes.Status200OK, details is null ? "ok" : "ok\n" + details)
        : WriteAsync(context, StatusCodes.Status503ServiceUnavailable, problem + "\n" + details);

    private Task WriteMetricsAsync(HttpContext context)
    {
        var text = new PrometheusText();
        _meters.Write(text);
        _more(text);
        return WriteAsync(context, StatusCodes.Status200OK, text.ToString(), PrometheusText.ContentType);
    }

    private static Task WriteAsync(HttpContext context, int code, string text, string contentType = "text/plain; charset=utf-8")
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = contentType;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text, context.RequestAborted);
    }
}
