using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lodestone.ApiServer.Formatting;

/// <summary>A response body that indents JSON, turns it into YAML, or compresses what is long, while the endpoint writes plain JSON into it.</summary>
/// <remarks>
/// Kubernetes' rule: gzip at its fastest level, where the client takes it and the body is longer than 128 KiB. So the first 128 KiB are
/// held back, unless the length is known. <see cref="FinishAsync"/> sends what is held; without it nothing of a short body is sent, so that
/// an endpoint that fails halfway can still be answered with a Status.
/// </remarks>
internal sealed class FormattedBody(HttpContext http, IHttpResponseBodyFeature inner, bool mayCompress, bool mayReformat)
    : ResponseBodyStream, IHttpResponseBodyFeature
{
    /// <summary>Bodies up to this length are not compressed.</summary>
    public const int CompressionThreshold = 128 << 10;

    private readonly ArrayBufferWriter<byte> _reformatted = new();
    private bool _hasBegun;
    private ResponseForm _form;
    private IReformatter? _reformatter;
    private ArrayBufferWriter<byte>? _held;
    private GZipStream? _gzip;
    private bool _isDirect;
    private PipeWriter? _writer;

    /// <inheritdoc/>
    Stream IHttpResponseBodyFeature.Stream => IsUntouched ? inner.Stream : this;

    /// <inheritdoc/>
    public PipeWriter Writer => IsUntouched ? inner.Writer : _writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));

    /// <summary>A short answer of known length that keeps its form, which most are.</summary>
    private bool IsUntouched => !_hasBegun && !mayReformat && http.Response.ContentLength is <= CompressionThreshold;

    /// <summary>Sends what is still held. The endpoint has written everything.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_writer is not null)
        {
            await _writer.FlushAsync(cancellationToken);
        }

        if (!_hasBegun)
        {
            return;
        }

        if (_reformatter is not null)
        {
            _reformatter.Write([], isLast: true);
            await SendReformattedAsync(cancellationToken);
        }

        if (_gzip is not null)
        {
            await _gzip.DisposeAsync();
        }
        else if (_held is not null && !_isDirect)
        {
            if (!inner.Stream.CanWrite)
            {
                return;
            }

            if (!http.Response.HasStarted)
            {
                http.Response.ContentLength = _held.WrittenCount;
            }

            await inner.Stream.WriteAsync(_held.WrittenMemory, cancellationToken);
        }
    }

    /// <summary>Forgets what was written and not sent: the answer becomes another.</summary>
    public void Reset()
    {
        _reformatter?.Dispose();
        (_hasBegun, _form, _reformatter, _held, _gzip, _isDirect, _writer) = (false, default, null, null, null, false, null);
        _reformatted.ResetWrittenCount();
        http.Response.Headers.ContentEncoding = default;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Begin();
        if (_reformatter is not null)
        {
            _reformatter.Write(buffer.Span);
            await SendReformattedAsync(cancellationToken);
        }
        else
        {
            await SendAsync(buffer, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        _gzip is not null ? _gzip.FlushAsync(cancellationToken) : _isDirect ? inner.Stream.FlushAsync(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    /// <inheritdoc/>
    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public async Task CompleteAsync()
    {
        await FinishAsync(http.RequestAborted);
        await inner.CompleteAsync();
    }

    /// <inheritdoc/>
    public void DisableBuffering() => inner.DisableBuffering();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _reformatter?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Begin()
    {
        if (_hasBegun)
        {
            return;
        }

        _hasBegun = true;
        if (!mayReformat || http.Response.ContentType != "application/json")
        {
            return;
        }

        _form = ResponseForm.Of(http);
        if (_form.IsPlain)
        {
            return;
        }

        http.Response.ContentLength = null;
        if (_form.IsYaml)
        {
            http.Response.ContentType = "application/yaml";
            _reformatter = new YamlStream(_reformatted);
        }
        else
        {
            _reformatter = new PrettyJson(_reformatted);
        }
    }

    private async ValueTask SendReformattedAsync(CancellationToken cancellationToken)
    {
        if (_reformatted.WrittenCount > 0)
        {
            await SendAsync(_reformatted.WrittenMemory, cancellationToken);
            _reformatted.ResetWrittenCount();
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (_gzip is not null)
        {
            await _gzip.WriteAsync(data, cancellationToken);
            return;
        }

        if (!_isDirect && (!mayCompress || http.Response.ContentLength is <= CompressionThreshold))
        {
            // A short pretty or YAML answer is held all the same, to tell its length.
            _isDirect = _form.IsPlain || _held?.WrittenCount > CompressionThreshold;
        }

        if (_isDirect)
        {
            await SendHeldAsync(inner.Stream, cancellationToken);
            await inner.Stream.WriteAsync(data, cancellationToken);
            return;
        }

        int length = (_held?.WrittenCount ?? 0) + data.Length;
        if (mayCompress && (length > CompressionThreshold || http.Response.ContentLength > CompressionThreshold))
        {
            http.Response.ContentLength = null;
            http.Response.Headers.ContentEncoding = "gzip";
            http.Response.Headers.Append("Vary", "Accept-Encoding");
            _gzip = new GZipStream(inner.Stream, CompressionLevel.Fastest, leaveOpen: true);
            await SendHeldAsync(_gzip, cancellationToken);
            await _gzip.WriteAsync(data, cancellationToken);
            return;
        }

        _held ??= new ArrayBufferWriter<byte>(Math.Max(data.Length, 4096));
        _held.Write(data.Span);
    }

    private async ValueTask SendHeldAsync(Stream to, CancellationToken cancellationToken)
    {
        if (_held is { } held)
        {
            _held = null;
            await to.WriteAsync(held.WrittenMemory, cancellationToken);
        }
    }
}
