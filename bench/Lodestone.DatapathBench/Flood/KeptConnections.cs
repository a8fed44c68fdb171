using System.Net;
using System.Text;

using Lodestone.Cli.Lab.Traffic;

namespace Lodestone.DatapathBench.Flood;

/// <summary>HTTP connections that stay, each with a request four times a second. One that is lost, or gets no answer in time, is broken for good.</summary>
internal sealed class KeptConnections : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    // TCP bridges the loss of some packets by itself; what lasts longer is a connection that is gone.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);
    private static readonly byte[] Request = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: kept\r\n\r\n");

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Stream> _streams = [];
    private readonly TimeProvider _time;
    private Task _running = Task.CompletedTask;
    private int _broken;
    private long _longestMs;

    private KeptConnections(TimeProvider time) => _time = time;

    /// <summary>How many are broken.</summary>
    public int Broken => Volatile.Read(ref _broken);

    /// <summary>How many there were at the beginning.</summary>
    public int Count => _streams.Count;

    /// <summary>Opens them, and returns when each has had its first answer.</summary>
    public static async Task<KeptConnections> StartAsync(NamespaceSockets sockets, IPAddress vip, int count, TimeProvider time, CancellationToken cancellationToken)
    {
        var kept = new KeptConnections(time);
        try
        {
            for (int i = 0; i < count; i++)
            {
                Stream stream = await sockets.ConnectAsync(new IPEndPoint(vip, 80), cancellationToken);
                kept._streams.Add(stream);
                await kept.ExchangeAsync(stream, cancellationToken);
            }
        }
        catch
        {
            await kept.DisposeAsync();
            throw;
        }

        kept._running = Task.WhenAll(kept._streams.Select(stream => kept.RunAsync(stream, kept._stop.Token)));
        return kept;
    }

    /// <summary>The longest that an answer took since the last call, in milliseconds.</summary>
    public long TakeLongestMs() => Interlocked.Exchange(ref _longestMs, 0);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        foreach (Stream stream in _streams)
        {
            await stream.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task RunAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pause, _time, cancellationToken);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(AnswerLimit);
                await ExchangeAsync(stream, limit.Token);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or OperationCanceledException)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                Interlocked.Increment(ref _broken);
            }
        }
    }

    private async Task ExchangeAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] answer = new byte[1024];
        int length = 0;
        long start = _time.GetTimestamp();
        await stream.WriteAsync(Request, cancellationToken);
        while (!IsWhole(answer.AsSpan(0, length)))
        {
            int read = length < answer.Length ? await stream.ReadAsync(answer.AsMemory(length), cancellationToken) : 0;
            if (read == 0)
            {
                throw new InvalidDataException("the connection ended, or answered with something else than was asked for");
            }

            length += read;
        }

        long took = (long)_time.GetElapsedTime(start).TotalMilliseconds;
        long longest;
        while (took > (longest = Interlocked.Read(ref _longestMs)) && Interlocked.CompareExchange(ref _longestMs, took, longest) != longest)
        {
        }
    }

    /// <summary>The servers answer with a header and one line.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        int header = answer.IndexOf("\r\n\r\n"u8);
        return header >= 0 && answer[(header + 4)..].IndexOf((byte)'\n') >= 0;
    }
}
