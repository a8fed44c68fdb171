using System.Text.Json.Nodes;

namespace Lodestone.Conformance.Tests.Client;

/// <summary>A watch, event by event.</summary>
internal sealed class WatchStream(string path, HttpResponseMessage response, StreamReader reader) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string? ContentType => response.Content.Headers.TryGetValues("Content-Type", out IEnumerable<string>? values) ? values.First() : null;

    /// <summary>The next event; fails at the end of the stream.</summary>
    public async Task<WatchedEvent> NextAsync() =>
        await ReadAsync() ?? throw new Xunit.Sdk.XunitException($"the watch {path} has ended");

    /// <summary>The next event that is no bookmark.</summary>
    public async Task<WatchedEvent> NextChangeAsync()
    {
        while (true)
        {
            WatchedEvent next = await NextAsync();
            if (next.Type != "BOOKMARK")
            {
                return next;
            }
        }
    }

    /// <summary>All events until the server ends the stream.</summary>
    public async Task<IReadOnlyList<WatchedEvent>> ToEndAsync()
    {
        var events = new List<WatchedEvent>();
        while (await ReadAsync() is { } next)
        {
            events.Add(next);
        }

        return events;
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }

    private async Task<WatchedEvent?> ReadAsync()
    {
        string? line = await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
        return line is null ? null : new WatchedEvent(JsonNode.Parse(line)!, path);
    }
}
