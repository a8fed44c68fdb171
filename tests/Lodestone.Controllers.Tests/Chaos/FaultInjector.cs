using System.Net;
using System.Text;

namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>Stands between one incarnation of the controllers and the real API server, and spoils what the plan says.</summary>
/// <remarks>Once dead nothing passes any more, as with a process that was killed: what a dying controller still tries never arrives.</remarks>
internal sealed class FaultInjector(HttpMessageHandler inner, FaultPlan plan, Action died) : DelegatingHandler(inner)
{
    private volatile bool _isDead;

    /// <summary>The write that was on its way when the incarnation died; await it before this is disposed.</summary>
    internal Task Late { get; private set; } = Task.CompletedTask;

    /// <summary>Ends this incarnation.</summary>
    internal void Kill()
    {
        if (!_isDead)
        {
            _isDead = true;
            died();
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (_isDead)
        {
            throw new HttpRequestException("dead");
        }

        Fault fault = plan.Next(request);
        switch (fault)
        {
            case Fault.Lost:
                throw new HttpRequestException("lost before the server");
            case Fault.CrashBefore:
                Kill();
                throw new HttpRequestException("died before the write");
            case Fault.CrashLate:
                byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(CancellationToken.None);
                Late = DeliverLateAsync(request, body);
                Kill();
                throw new HttpRequestException("died while the write was on its way");
            case Fault.Conflict:
                return Refusal(request, HttpStatusCode.Conflict, "Conflict");
            case Fault.Expired:
                return Refusal(request, HttpStatusCode.Gone, "Expired");
            case Fault.TooManyRequests:
                return Refusal(request, HttpStatusCode.TooManyRequests, "TooManyRequests");
            case Fault.ServerError:
                return Refusal(request, HttpStatusCode.InternalServerError, "InternalError");
        }

        // Not cancelled with the incarnation: a request that a killed process had sent is still done.
        HttpResponseMessage response = await base.SendAsync(request, fault == Fault.CrashAfter ? CancellationToken.None : cancellationToken);
        switch (fault)
        {
            case Fault.CrashAfter:
                Kill();
                response.Dispose();
                throw new HttpRequestException("died after the write");
            case Fault.AnswerLost:
                response.Dispose();
                throw new HttpRequestException("the answer was lost");
            case Fault.Cut:
                response.Content = new StreamContent(new CutStream(await response.Content.ReadAsStreamAsync(cancellationToken), plan.NextCut()));
                break;
        }

        return response;
    }

    private async Task DeliverLateAsync(HttpRequestMessage request, byte[] body)
    {
        using var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach ((string name, IEnumerable<string> values) in request.Headers)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        if (request.Content is { } content)
        {
            copy.Content = new ByteArrayContent(body);
            copy.Content.Headers.ContentType = content.Headers.ContentType;
        }

        await Task.Delay(plan.Late);
        using HttpResponseMessage answer = await base.SendAsync(copy, CancellationToken.None);
    }

    private static HttpResponseMessage Refusal(HttpRequestMessage request, HttpStatusCode code, string reason) => new(code)
    {
        RequestMessage = request,
        Content = new StringContent(
            $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"injected","reason":"{{reason}}","code":{{(int)code}}}""",
            Encoding.UTF8,
            "application/json"),
    };

    /// <summary>Ends with an error after a number of bytes.</summary>
    private sealed class CutStream(Stream inner, int length) : Stream
    {
        private int _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left == 0)
            {
                throw new IOException("the connection was reset");
            }

            int read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
