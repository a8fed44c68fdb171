using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Lodestone.ApiServer.Tests.Endpoints;

/// <summary>A response body that forgets what is written to it and remembers how much was waiting to be sent at most.</summary>
internal sealed class CountingBody : PipeWriter, IHttpResponseBodyFeature
{
    private readonly byte[] _buffer = new byte[1 << 20];
    private long _unflushed;

    /// <summary>Bytes in all.</summary>
    public long Written { get; private set; }

    /// <summary>Bytes between two flushes, at most.</summary>
    public long MostUnflushed { get; private set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    public Stream Stream => AsStream();

    public PipeWriter Writer => this;

    public override void Advance(int bytes)
    {
        _unflushed += bytes;
        Written += bytes;
        MostUnflushed = Math.Max(MostUnflushed, _unflushed);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer.AsMemory(0, Math.Max(4096, sizeHint));

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        _unflushed = 0;
        return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: false));
    }

    public override void Complete(Exception? exception = null)
    {
    }

    public override void CancelPendingFlush()
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task CompleteAsync() => Task.CompletedTask;

    public void DisableBuffering()
    {
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
