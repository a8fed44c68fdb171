using System.Net;

namespace Lodestone.Client.Leases;

/// <summary>Lets reads pass, and writes while their term lasts.</summary>
/// <remarks>
/// Asked twice: before the request is handed on, and when its body is written, since a connection may have to be made in between. From there to
/// the socket it is <see cref="TermTransport"/> that asks.
/// </remarks>
internal sealed class TermFenceHandler(LeaderTerm term, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        term.ThrowIfClosed(request);
        if (request.Content is { } content)
        {
            request.Content = new FencedContent(term, request, content);
        }

        return await base.SendAsync(request, cancellationToken);
    }

    private sealed class FencedContent : HttpContent
    {
        private readonly LeaderTerm _term;
        private readonly HttpRequestMessage _request;
        private readonly HttpContent _content;

        internal FencedContent(LeaderTerm term, HttpRequestMessage request, HttpContent content)
        {
            _term = term;
            _request = request;
            _content = content;
            foreach ((string name, IEnumerable<string> values) in content.Headers)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            _term.ThrowIfClosed(_request);
            return _content.CopyToAsync(stream, context, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Headers.ContentLength ?? 0;
            return _content.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _content.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
