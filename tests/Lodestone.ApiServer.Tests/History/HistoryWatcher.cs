using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.History;

/// <summary>Watches from a version on and resumes, after the server's death or its own whim, from the last version it saw.</summary>
internal sealed class HistoryWatcher(HistoryServer server, long from, int seed)
{
    private const string Path = "/apis/coordination.k8s.io/v1/namespaces/default/leases?watch=true&allowWatchBookmarks=true&resourceVersion=";
    private readonly Random _random = new(seed);
    private long _version = from;

    /// <summary>What was seen, over all connections.</summary>
    public List<WatchedEvent> Events { get; } = [];

    /// <summary>How often it connected.</summary>
    public int Connections { get; private set; }

    /// <summary>Goes on until it has seen the creation of an object of this name, which it does not keep.</summary>
    public async Task RunAsync(string sentinel)
    {
        await Task.Yield();
        while (!await WatchAsync(sentinel))
        {
            Connections++;
        }
    }

    private async Task<bool> WatchAsync(string sentinel)
    {
        ApiClient client = await server.ClientAsync();
        int patience = _random.Next(1, 2000);
        try
        {
            using HttpResponseMessage response = await client.Http.GetAsync(
                Path + _version.ToString(CultureInfo.InvariantCulture),
                HttpCompletionOption.ResponseHeadersRead,
                TestContext.Current.CancellationToken);
            Assert.Equal(200, (int)response.StatusCode);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            while (patience-- > 0 && await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                JsonNode item = JsonNode.Parse(line)!;
                string type = (string)item["type"]!;
                Assert.True(type != "ERROR", line);
                if (type == "BOOKMARK")
                {
                    _version = long.Parse((string)item["object"]!["metadata"]!["resourceVersion"]!, CultureInfo.InvariantCulture);
                    continue;
                }

                string key = (string)item["object"]!["metadata"]!["name"]!;
                if (key == sentinel)
                {
                    return true;
                }

                ObservedObject seen = HistoryClient.Observe(item["object"]!);
                Events.Add(new WatchedEvent(type, key, seen));
                _version = seen.Version;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
        {
            // The server died, in the middle of a line perhaps.
        }

        return false;
    }
}
