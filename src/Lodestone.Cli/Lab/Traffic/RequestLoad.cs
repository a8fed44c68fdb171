using System.Collections.Concurrent;
using System.Net;

namespace Lodestone.Cli.Lab.Traffic;

/// <summary>Sends HTTP requests to a VIP, each over a new connection, and counts who answers.</summary>
/// <param name="sockets">Where connections start.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestLoad(NamespaceSockets sockets, TimeProvider time) : IDisposable
{
    private const int Concurrency = 24;

    // So many failures tell enough, and waiting for each takes its time.
    private const int EnoughFailures = 50;

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);

    // Beside something else that is going on, the load leaves it the processor.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        // Zero: a connection is never used a second time.
        PooledConnectionLifetime = TimeSpan.Zero,
        UseProxy = false,
        UseCookies = false,
        ConnectCallback = (context, cancellationToken) =>
            sockets.ConnectAsync(new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port), cancellationToken),
    })
    {
        Timeout = RequestTimeout,
    };

    /// <summary>The URL of a VIP.</summary>
    public static Uri UriOf(IPAddress vip) => new UriBuilder("http", vip.ToString()).Uri;

    /// <summary>Sends a number of requests.</summary>
    public Task<RequestTally> SendAsync(IPAddress vip, int requests, CancellationToken cancellationToken) => SendAsync(vip, requests, null, cancellationToken);

    /// <summary>Sends at least a number of requests, at leisure, and goes on until a task is done.</summary>
    public Task<RequestTally> SendWhileAsync(IPAddress vip, int requests, Task task, CancellationToken cancellationToken) => SendAsync(vip, requests, task, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<RequestTally> SendAsync(IPAddress vip, int requests, Task? until, CancellationToken cancellationToken)
    {
        Uri uri = UriOf(vip);
        var answers = new ConcurrentDictionary<string, int>();
        var failures = new ConcurrentQueue<string>();
        int started = 0;
        async Task WorkAsync()
        {
            while (failures.Count < EnoughFailures && (Interlocked.Increment(ref started) <= requests || until is { IsCompleted: false }))
            {
                try
                {
                    if (until is not null)
                    {
                        await Task.Delay(Pause, time, cancellationToken);
                    }

                    string name = (await _http.GetStringAsync(uri, cancellationToken)).Trim();
                    _ = answers.AddOrUpdate(name, 1, (_, n) => n + 1);
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    failures.Enqueue(e is TaskCanceledException ? $"{uri}: no answer within {RequestTimeout.TotalSeconds} s" : $"{uri}: {e.Message}");
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Concurrency).Select(_ => WorkAsync()));
        return new RequestTally(answers, [.. failures]);
    }
}
