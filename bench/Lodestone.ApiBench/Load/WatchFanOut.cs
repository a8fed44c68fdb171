using System.Buffers.Text;
using System.Diagnostics;
using Lodestone.ApiBench.Targets;

namespace Lodestone.ApiBench.Load;

/// <summary>Watches that are open together, each on a connection of its own, and what they saw.</summary>
internal sealed class WatchFanOut : IAsyncDisposable
{
    /// <summary>Precedes, in an object's annotation, the clock's ticks at the moment its write was sent.</summary>
    public const string Mark = "\"bench/sent\":\"";

    private readonly List<RawConnection> _connections = [];
    private readonly List<Task> _readers = [];
    private readonly List<double> _latencies = [];
    private long _frames;

    private WatchFanOut()
    {
    }

    /// <summary>Frames received by all watches together.</summary>
    public long Frames => Interlocked.Read(ref _frames);

    /// <summary>Opens watches of changes after a version.</summary>
    public static async Task<WatchFanOut> OpenAsync(ApiAccess access, string path, int watchers)
    {
        var fan = new WatchFanOut();
        fan._connections.AddRange(await LoadPhase.OpenAsync(access, watchers));
        await Parallel.ForEachAsync(fan._connections, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (c, _) => await c.OpenWatchAsync(path));
        fan._readers.AddRange(fan._connections.Select(c => Task.Run(() => fan.ReadAsync(c))));
        return fan;
    }

    /// <summary>Waits until so many frames have come; false if that took too long.</summary>
    public async Task<bool> WaitAsync(long frames, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (Frames < frames)
        {
            if (clock.Elapsed > limit)
            {
                return false;
            }

            await Task.Delay(1);
        }

        return true;
    }

    /// <summary>Forgets what was seen.</summary>
    public void Reset()
    {
        lock (_latencies)
        {
            _latencies.Clear();
        }

        Interlocked.Exchange(ref _frames, 0);
    }

    /// <summary>Milliseconds from sending a write to the frame at each watch, sorted.</summary>
    public List<double> Latencies()
    {
        lock (_latencies)
        {
            List<double> copy = [.. _latencies];
            copy.Sort();
            return copy;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RawConnection connection in _connections)
        {
            connection.Dispose();
        }

        await Task.WhenAll(_readers);
    }

    private async Task ReadAsync(RawConnection connection)
    {
        // The mark and its number are near the front of every frame; a frame cut in two keeps its front here.
        byte[] rest = new byte[64 * 1024];
        int kept = 0;
        try
        {
            await connection.ReadChunksAsync(data =>
            {
                ReadOnlySpan<byte> span = data.Span;
                while (span.Length > 0)
                {
                    int newline = span.IndexOf((byte)'\n');
                    ReadOnlySpan<byte> part = newline < 0 ? span : span[..newline];
                    int take = Math.Min(part.Length, rest.Length - kept);
                    part[..take].CopyTo(rest.AsSpan(kept));
                    kept += take;
                    if (newline < 0)
                    {
                        break;
                    }

                    Note(rest.AsSpan(0, kept));
                    kept = 0;
                    span = span[(newline + 1)..];
                }

                return true;
            });
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidDataException)
        {
            // Closed, by us.
        }
    }

    private void Note(ReadOnlySpan<byte> frame)
    {
        long now = Stopwatch.GetTimestamp();
        int mark = frame.IndexOf("\"bench/sent\":\""u8);
        if (mark >= 0 && Utf8Parser.TryParse(frame[(mark + Mark.Length)..], out long sent, out _))
        {
            double milliseconds = Stopwatch.GetElapsedTime(sent, now).TotalMilliseconds;
            lock (_latencies)
            {
                _latencies.Add(milliseconds);
            }
        }

        Interlocked.Increment(ref _frames);
    }
}
