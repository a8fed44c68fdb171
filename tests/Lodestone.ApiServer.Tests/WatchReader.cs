using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests;

/// <summary>The events of one watch.</summary>
internal sealed class WatchReader(HttpResponseMessage response, StreamReader reader) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<JsonObject?> NextAsync()
    {
        string? line = await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);
        return line is null ? null : (JsonObject)JsonNode.Parse(line)!;
    }

    /// <summary>Type and name of the next event; bookmarks are passed over.</summary>
    public async Task<(string Type, string Name)> NextChangeAsync()
    {
        while (true)
        {
            JsonObject item = (await NextAsync())!;
            if ((string)item["type"]! != "BOOKMARK")
            {
                return ((string)item["type"]!, (string)item["object"]!["metadata"]!["name"]!);
            }
        }
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }
}
