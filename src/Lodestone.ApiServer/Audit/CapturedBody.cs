using System.Buffers;
using System.IO.Pipelines;
using Lodestone.ApiServer.Formatting;
using Microsoft.AspNetCore.Http.Features;

namespace Lodestone.ApiServer.Audit;

/// <summary>A response body of which a copy is kept, up to a length beyond which there is none.</summary>
internal sealed class CapturedBody(IHttpResponseBodyFeature inner) : ResponseBodyStream, IHttpResponseBodyFeature
{
    private const int Longest = 4 << 20;
    private readonly ArrayBufferWriter<byte> _copy = new();
    private bool _isTooLong;
    private PipeWriter? _writer;

    /// <summary>The copy; empty if it would be too long.</summary>
    public ReadOnlyMemory<byte> Copy => _isTooLong ? default : _copy.WrittenMemory;

    /// <inheritdoc/>
    Stream IHttpResponseBodyFeature.Stream => this;

    /// <inheritdoc/>
    public PipeWriter Writer => _writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _isTooLong |= _copy.WrittenCount + buffer.Length > Longest;
        if (!_isTooLong)
        {
            _copy.Write(buffer.Span);
        }

        return inner.Stream.WriteAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => inner.Stream.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    /// <inheritdoc/>
    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public async Task CompleteAsync()
    {
        await FinishAsync(default);
        await inner.CompleteAsync();
    }

    /// <inheritdoc/>
    public void DisableBuffering() => inner.DisableBuffering();

    /// <summary>Sends what a writer still holds.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_writer is not null)
        {
            await _writer.FlushAsync(cancellationToken);
        }
    }
}
