using System.Net;

using Lodestone.Cli.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Lodestone.Cli.Workload;

/// <summary>A real HTTP server that tells its name: what a target of the demo runs.</summary>
/// <remarks>A GET is answered with the name, a POST with the body that came, both with the name in the header <c>X-Workload</c>.</remarks>
internal sealed class WorkloadServer : IAsyncDisposable
{
    /// <summary>The header that names the server.</summary>
    public const string NameHeader = "X-Workload";

    private readonly WebApplication _application;
    private readonly string _name;

    /// <summary>Prepares the server.</summary>
    /// <param name="name">What it answers.</param>
    /// <param name="endpoints">Where it listens. <c>[::]</c> is both families, also for addresses that come later.</param>
    /// <param name="verbose">Whether to log.</param>
    public WorkloadServer(string name, IReadOnlyList<IPEndPoint> endpoints, bool verbose)
    {
        _name = name;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        StderrLogging.Configure(builder.Logging, verbose);

        // Signals belong to the command line; the host's own lifetime would take them too.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            foreach (IPEndPoint endpoint in endpoints)
            {
                options.Listen(endpoint);
            }
        });
        _application = builder.Build();
        _application.Run(AnswerAsync);
    }

    /// <summary>Completes when the server listens.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => _application.StartAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers[NameHeader] = _name;
        context.Response.ContentType = "text/plain";
        if (HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.ContentLength = context.Request.ContentLength;
            await context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
            return;
        }

        await context.Response.WriteAsync(_name + "\n", context.RequestAborted);
    }
}
