using System.Net;

using Lodestone.Cli.Workload;

namespace Lodestone.Cli.Lab.Traffic;

/// <summary>One long-lived TCP connection that exchanges data with one target all the time.</summary>
/// <remarks>It is broken for good as soon as the connection is, an answer does not come, is not what was sent, or comes from somebody else.</remarks>
internal sealed class Conversation : IDisposable
{
    private const int BodyBytes = 512;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    // TCP's own retransmissions bridge a gap of some seconds; what lasts longer is an outage.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly Uri _uri;
    private readonly TimeProvider _time;
    private readonly byte[] _body = new byte[BodyBytes];
    private readonly Random _random;
    private int _connections;

    /// <summary>Prepares a conversation; nothing is sent yet.</summary>
    /// <param name="sockets">Where the connection starts.</param>
    /// <param name="vip">Where it goes.</param>
    /// <param name="seed">Decides what is sent.</param>
    /// <param name="time">The clock.</param>
    public Conversation(NamespaceSockets sockets, IPAddress vip, int seed, TimeProvider time)
    {
        _uri = RequestLoad.UriOf(vip);
        _time = time;
        _random = new Random(seed);
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            MaxConnectionsPerServer = 1,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            ConnectCallback = (_, cancellationToken) =>
            {
                // HTTP clients replace a lost connection without a word. Here its loss is what we look for.
                if (Interlocked.Increment(ref _connections) > 1)
                {
                    throw new IOException("the connection was lost");
                }

                return sockets.ConnectAsync(new IPEndPoint(vip, _uri.Port), cancellationToken);
            },
        })
        {
            Timeout = AnswerLimit,
        };
    }

    /// <summary>Who answers; null before the first answer.</summary>
    public string? Target { get; private set; }

    /// <summary>Answers so far.</summary>
    public int Exchanges { get; private set; }

    /// <summary>Why it is broken; null while it is not.</summary>
    public string? Broken { get; private set; }

    /// <summary>The longest that an answer took.</summary>
    public TimeSpan LongestWait { get; private set; }

    /// <summary>Sends one message and waits for the answer.</summary>
    public async Task ExchangeAsync(CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        try
        {
            _random.NextBytes(_body);
            using HttpResponseMessage response = await _http.PostAsync(_uri, new ByteArrayContent(_body), cancellationToken);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            string name = string.Join(',', response.Headers.GetValues(WorkloadServer.NameHeader));
            if (!answer.AsSpan().SequenceEqual(_body))
            {
                Broken = $"{_uri}: {name} answered with other data than it was sent";
            }
            else if ((Target ??= name) != name)
            {
                Broken = $"{_uri}: {name} answered on a connection to {Target}";
            }

            Exchanges++;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Broken = e is TaskCanceledException
                ? $"{_uri}: {Target} did not answer within {AnswerLimit.TotalSeconds} s"
                : $"{_uri}: connection to {Target}: {e.InnerException?.Message ?? e.Message}";
        }

        TimeSpan waited = _time.GetElapsedTime(start);
        LongestWait = waited > LongestWait ? waited : LongestWait;
    }

    /// <summary>Goes on exchanging data until told to stop, or broken.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (Broken is null)
            {
                await Task.Delay(Pause, _time, cancellationToken);
                await ExchangeAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
