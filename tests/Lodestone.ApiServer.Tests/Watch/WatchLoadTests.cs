using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Lodestone.ApiServer.Watch;

namespace Lodestone.ApiServer.Tests.Watch;

/// <summary>Many watchers, slow watchers, and the end of a watch.</summary>
public sealed class WatchLoadTests
{
    [Theory]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io", 1)]
    [InlineData("application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", 0)]
    [InlineData("application/json", null)]
    public async Task ManyWatchers_OfOneForm_ShareOneEncodingOfEachEvent(string accept, int? ownEvents)
    {
        const int Watchers = 20, Events = 100;
        await using TestServer server = await TestServer.StartAsync();
        string path = Samples.LoadBalancers("default");
        string version = (await server.Admin.GetAsync(path)).Expect(200).ResourceVersion;
        WatchReader[] watches = await Task.WhenAll(
            Enumerable.Range(0, Watchers).Select(_ => server.Admin.WatchAsync($"{path}?watch=true&resourceVersion={version}", accept)));

        for (int i = 0; i < Events; i++)
        {
            (await server.Admin.PostAsync(path, Samples.LoadBalancer($"a{i}"))).Expect(201);
        }

        foreach (WatchReader watch in watches)
        {
            for (int i = 0; i < Events; i++)
            {
                Assert.Equal("ADDED", (string)(await watch.NextAsync())!["type"]!);
            }

            watch.Dispose();
        }

        // The first event of a table tells the columns: each watcher's own.
        Assert.Equal(ownEvents is { } own ? Events - own : 0, server.Server.WatchOptions.Encodings.Made);
    }

    [Fact]
    public async Task SlowWatcher_IsClosed_AndTheOthersSeeEverything()
    {
        const int Events = 100;
        await using TestServer server = await TestServer.StartAsync(new WatchOptions { WriteTimeout = TimeSpan.FromMilliseconds(300) });
        string path = Samples.LoadBalancers("default");
        string version = (await server.Admin.GetAsync(path)).Expect(200).ResourceVersion;

        // HTTP/1.1: a client of HTTP/2 reads ahead for a stream that nobody reads, with a window that grows to 16 MB.
        using ApiClient slowClient = ApiClient.FromKubeconfig(
            await File.ReadAllTextAsync(server.Server.KubeconfigPath, TestContext.Current.CancellationToken), version: HttpVersion.Version11).WithSmallBuffers();
        using WatchReader slow = await slowClient.WatchAsync($"{path}?watch=true&resourceVersion={version}");
        using WatchReader quick = await server.Admin.WatchAsync($"{path}?watch=true&resourceVersion={version}");

        JsonObject large = JsonNode.Parse(Samples.LoadBalancer("x"))!.AsObject();
        large["metadata"]!["annotations"] = new JsonObject { ["example.org/large"] = new string('x', 200_000) };
        var seen = new List<string>();
        for (int i = 0; i < Events; i++)
        {
            large["metadata"]!["name"] = string.Create(CultureInfo.InvariantCulture, $"a{i:000}");
            (await server.Admin.PostAsync(path, large.ToJsonString())).Expect(201);
            seen.Add((await quick.NextChangeAsync()).Name);
        }

        // 20 MB are more than what the kernel keeps of them for a reader who does not read.
        (int count, string last) = await ReadToEndAsync(slow, version);
        using WatchReader again = await server.Admin.WatchAsync($"{path}?watch=true&resourceVersion={last}");

        Assert.Equal(Events, seen.Distinct().Count());
        Assert.InRange(count, 0, Events - 1);
        Assert.Equal(seen[count], (await again.NextChangeAsync()).Name);
    }

    [Fact]
    public async Task LastBookmark_ComesTwoSecondsBeforeTheEnd()
    {
        await using TestServer server = await TestServer.StartAsync();
        string path = Samples.LoadBalancers("default");
        string version = (await server.Admin.GetAsync(path)).Expect(200).ResourceVersion;
        using WatchReader watch = await server.Admin.WatchAsync($"{path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion={version}");

        Assert.Equal("BOOKMARK", (string)(await watch.NextAsync())!["type"]!);
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task ServerStop_EndsWatches()
    {
        TestServer server = await TestServer.StartAsync();
        using WatchReader watch = await server.Admin.WatchAsync($"{Samples.LoadBalancers("default")}?watch=true&resourceVersion=0");

        Task<JsonObject?> next = watch.NextAsync();
        await server.Server.StopAsync(TestContext.Current.CancellationToken);

        Assert.Null(await next);
        await server.DisposeAsync();
    }

    private static async Task<(int Count, string LastVersion)> ReadToEndAsync(WatchReader watch, string version)
    {
        int count = 0;
        try
        {
            while (await watch.NextAsync() is { } item)
            {
                count++;
                version = (string)item["object"]!["metadata"]!["resourceVersion"]!;
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or System.Text.Json.JsonException)
        {
            // Cut off, in the middle of an event perhaps.
        }

        return (count, version);
    }
}
