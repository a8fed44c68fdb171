using System.Net.Http.Headers;

namespace Lodestone.Client.Http;

/// <summary>Says who we are by a bearer token; one in a file is read again once it may have been renewed.</summary>
internal sealed class BearerTokenHandler(string? token, string? file, TimeProvider time) : DelegatingHandler
{
    /// <summary>A pod's token is renewed minutes before it ends.</summary>
    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private string? _fromFile;
    private long? _read;

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Token() is { Length: > 0 } current)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", current);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private string? Token()
    {
        if (token is not null || file is null)
        {
            return token;
        }

        lock (_lock)
        {
            if (_read is { } read && time.GetElapsedTime(read) < ReadAgainAfter)
            {
                return _fromFile;
            }

            try
            {
                _fromFile = File.ReadAllText(file).Trim();
                _read = time.GetTimestamp();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The one from before may still count, and the server says so if it does not.
                if (_fromFile is null)
                {
                    throw new HttpRequestException($"token file '{file}': {exception.Message}", exception);
                }
            }

            return _fromFile;
        }
    }
}
