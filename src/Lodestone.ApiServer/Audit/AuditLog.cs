using System.Buffers;
using System.Threading.Channels;
using Lodestone.ApiServer.Metrics;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Audit;

/// <summary>Writes audit events behind the requests' backs: they never wait for it. What is more than its queue holds is dropped, and counted.</summary>
/// <remarks>One task writes. Disposing writes all that is queued before it returns, for which it has ten seconds.</remarks>
internal sealed partial class AuditLog : IAsyncDisposable
{
    private const int QueueLength = 10_000;
    private const int BatchBytes = 256 << 10;
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);
    private readonly Channel<byte[]> _queue = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly AuditFile _file;
    private readonly ILogger _logger;
    private readonly Counter _events;
    private readonly Counter _dropped;
    private readonly Counter _failed;
    private readonly Task _writing;
    private int _isDropping;
    private bool _isFailing;

    /// <summary>Opens the file.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public AuditLog(AuditOptions options, MetricRegistry metrics, TimeProvider time, ILogger logger)
    {
        _file = new AuditFile(options, time);
        _logger = logger;
        _events = metrics.Add(new CounterFamily("apiserver_audit_event_total", "Audit events written to the queue.")).With();
        _dropped = metrics.Add(new CounterFamily("lodestone_audit_dropped_total", "Audit events dropped because too many waited for the disk.")).With();
        _failed = metrics.Add(new CounterFamily("apiserver_audit_error_total", "Audit events that could not be written.", "plugin")).With("log");
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Queues an event, a line without its end.</summary>
    public void Write(byte[] line)
    {
        if (_queue.Writer.TryWrite(line))
        {
            _events.Add();
            Volatile.Write(ref _isDropping, 0);
            return;
        }

        _dropped.Add();
        if (Interlocked.Exchange(ref _isDropping, 1) == 0)
        {
            Log.Dropping(_logger, QueueLength);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        try
        {
            await _writing.WaitAsync(LongestEnd);
        }
        catch (TimeoutException)
        {
            Log.NotFinished(_logger, _queue.Reader.Count);
            return;
        }

        _file.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var batch = new ArrayBufferWriter<byte>(BatchBytes);
        while (await _queue.Reader.WaitToReadAsync())
        {
            int count = 0;
            while (batch.WrittenCount < BatchBytes && _queue.Reader.TryRead(out byte[]? line))
            {
                batch.Write(line);
                batch.Write("\n"u8);
                count++;
            }

            WriteBatch(batch.WrittenMemory, count);
            batch.ResetWrittenCount();
        }
    }

    private void WriteBatch(ReadOnlyMemory<byte> lines, int count)
    {
        try
        {
            _file.Write(lines);
            _isFailing = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _failed.Add(count);
            if (!_isFailing)
            {
                _isFailing = true;
                Log.Failed(_logger, exception.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2040, LogLevel.Error, "The audit log can't keep up: {Length} events wait, more are dropped (metric lodestone_audit_dropped_total)")]
        public static partial void Dropping(ILogger logger, int length);

        [LoggerMessage(2042, LogLevel.Error, "The audit log's file takes no more: {Count} events are lost at the stop")]
        public static partial void NotFinished(ILogger logger, int count);

        [LoggerMessage(2041, LogLevel.Error, "Writing the audit log failed, events are lost until it succeeds: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
