using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Lodestone.Api.Meta;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Pipeline;

namespace Lodestone.ApiServer.Hosting;

/// <summary>Between Kestrel and an HTTP/1 connection: gives the refusals of requests that Kestrel can't read, which have no body, a Status.</summary>
/// <remarks>Such a refusal is a head that says it is an error, has nothing after it and closes the connection; no answer of ours is like that.</remarks>
/// <param name="inner">The connection.</param>
internal sealed class RefusalWriter(PipeWriter inner) : PipeWriter
{
    private Memory<byte> _memory;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    /// <inheritdoc/>
    public override long UnflushedBytes => inner.UnflushedBytes;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = inner.GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        ReadOnlySpan<byte> written = _memory.Span[..bytes];
        if (IsRefusal(written))
        {
            byte[] refusal = WithStatus(written);
            inner.Write(refusal);
            return;
        }

        inner.Advance(bytes);
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private static bool IsRefusal(ReadOnlySpan<byte> head) =>
        head.Length > 12
        && head.StartsWith("HTTP/1.1 "u8)
        && head[9] is (byte)'4' or (byte)'5'
        && head.EndsWith("\r\n\r\n"u8)
        && head.IndexOf("\r\nContent-Length: 0\r\n"u8) > 0
        && head.IndexOf("\r\nConnection: close\r\n"u8) > 0;

    private static byte[] WithStatus(ReadOnlySpan<byte> head)
    {
        int code = int.Parse(head.Slice(9, 3), CultureInfo.InvariantCulture);
        (string reason, string message) = code switch
        {
            408 => ("Timeout", "Timeout: the request did not arrive in time"),
            414 => ("RequestURITooLong", $"Request URI too long: limit is {UrlLengthFilter.Limit.ToString(CultureInfo.InvariantCulture)}"),
            431 => ("RequestHeaderFieldsTooLarge", "Request header fields too large"),
            505 => ("HTTPVersionNotSupported", "the request is not HTTP/1.1 or HTTP/2"),
            _ => ("BadRequest", "the request can't be read as HTTP"),
        };
        byte[] body = Responses.StatusJson(new ApiException(new Status
        {
            ApiVersion = "v1",
            Kind = "Status",
            Outcome = "Failure",
            Message = message,
            Reason = reason,
            Code = code,
        }));
        string text = Encoding.ASCII.GetString(head).Replace(
            "\r\nContent-Length: 0\r\n",
            $"\r\nContent-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\nContent-Type: application/json\r\nCache-Control: no-cache, private\r\n",
            StringComparison.Ordinal);
        return [.. Encoding.ASCII.GetBytes(text), .. body];
    }
}
