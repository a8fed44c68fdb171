using System.Collections.Concurrent;
using Lodestone.Client.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Lodestone.Client.Tests;

/// <summary>An HTTP server on loopback that answers each request with the next step of a script, and keeps what was asked.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<RequestDelegate> _script = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly TaskCompletionSource _stopped = new();
    private Func<HttpContext, string>? _always;

    private ScriptedServer(WebApplication app) => _app = app;

    /// <summary>Method, path and query of every request so far.</summary>
    internal IReadOnlyCollection<string> Requests => _requests;

    internal static async Task<ScriptedServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        var server = new ScriptedServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    internal ApiClient Client(ApiClientOptions? options = null) => new(new SocketsHttpHandler(), new Uri(_app.Urls.First() + "/"), options);

    internal ScriptedServer Then(RequestDelegate step)
    {
        _script.Enqueue(step);
        return this;
    }

    /// <summary>All requests after the end of the script get this JSON.</summary>
    internal void Always(Func<HttpContext, string> answer) => Volatile.Write(ref _always, answer);

    /// <summary>The next request gets this JSON.</summary>
    internal ScriptedServer Json(string body, int status = 200, string? retryAfter = null) => Then(async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        await context.Response.WriteAsync(body);
    });

    /// <summary>The next request gets these watch events, then the end of the stream.</summary>
    internal ScriptedServer Stream(params string[] events) => Json(string.Concat(events.Select(e => e + "\n")));

    /// <summary>The next request gets these watch events, then silence.</summary>
    internal ScriptedServer StreamThenSilence(params string[] events) => Then(async context =>
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(string.Concat(events.Select(e => e + "\n")));
        await context.Response.Body.FlushAsync();
        await Task.WhenAny(_stopped.Task, Task.Delay(Timeout.Infinite, context.RequestAborted));
    });

    /// <summary>The next request gets the start of a stream; once <paramref name="reset"/> is released the connection is cut.</summary>
    internal ScriptedServer StreamThenReset(string text, SemaphoreSlim reset) => Then(async context =>
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(text);
        await context.Response.Body.FlushAsync();
        await reset.WaitAsync(context.RequestAborted);
        context.Abort();
    });

    public async ValueTask DisposeAsync()
    {
        _stopped.TrySetResult();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        _requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        if (_script.TryDequeue(out RequestDelegate? step))
        {
            await step(context);
            return;
        }

        if (Volatile.Read(ref _always) is { } always)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(always(context));
            return;
        }

        // The end of the script: keep a watcher waiting, refuse everything else.
        if (context.Request.Query.ContainsKey("watch"))
        {
            await context.Response.StartAsync();
            await Task.WhenAny(_stopped.Task, Task.Delay(Timeout.Infinite, context.RequestAborted));
            return;
        }

        context.Response.StatusCode = 500;
    }
}
