using System.Globalization;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Watch;

public sealed class WatchTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Watch_FromListVersion_SeesEveryChangeInOrder()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer list = (await _admin.GetAsync(path)).Expect(200);
        using WatchReader watch = await _admin.WatchAsync($"{path}?watch=true&resourceVersion={list.ResourceVersion}");

        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"labels":{"x":"y"}}}""")).Expect(200);
        (await _admin.DeleteAsync($"{path}/a")).Expect(200);

        Assert.Equal(("ADDED", "a"), await watch.NextChangeAsync());
        Assert.Equal(("MODIFIED", "a"), await watch.NextChangeAsync());
        JsonObject deleted = (await watch.NextAsync())!;
        Assert.Equal("DELETED", (string)deleted["type"]!);
        Assert.Equal("y", (string)deleted["object"]!["metadata"]!["labels"]!["x"]!);
        Assert.True(Version(deleted) > Number(list.ResourceVersion) + 2);
    }

    [Fact]
    public async Task Watch_WithoutVersion_BeginsWithWhatThereIs()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("b"))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        using WatchReader watch = await _admin.WatchAsync($"{path}?watch=true");

        (await _admin.PostAsync(path, Samples.LoadBalancer("c"))).Expect(201);

        Assert.Equal(("ADDED", "a"), await watch.NextChangeAsync());
        Assert.Equal(("ADDED", "b"), await watch.NextChangeAsync());
        Assert.Equal(("ADDED", "c"), await watch.NextChangeAsync());
    }

    [Fact]
    public async Task WatchList_AfterTheInitialObjects_SaysTheyAreAll()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        using WatchReader watch = await _admin.WatchAsync(
            $"{path}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");

        Assert.Equal(("ADDED", "a"), await watch.NextChangeAsync());
        JsonObject bookmark = (await watch.NextAsync())!;

        Assert.Equal("BOOKMARK", (string)bookmark["type"]!);
        Assert.Equal("true", (string)bookmark["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!);
        (await _admin.GetAsync($"{path}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan")).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task Watch_Selector_TurnsEnteringAndLeavingIntoAddedAndDeleted()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer list = (await _admin.GetAsync(path)).Expect(200);
        using WatchReader watch = await _admin.WatchAsync($"{path}?watch=true&labelSelector=in%3Dyes&resourceVersion={list.ResourceVersion}");

        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"labels":{"in":"yes"}}}""")).Expect(200);
        ApiAnswer left = (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"labels":{"in":"no"}}}""")).Expect(200);

        Assert.Equal(("ADDED", "a"), await watch.NextChangeAsync());
        JsonObject deleted = (await watch.NextAsync())!;
        Assert.Equal("DELETED", (string)deleted["type"]!);
        Assert.Equal("yes", (string)deleted["object"]!["metadata"]!["labels"]!["in"]!);
        Assert.Equal(Number(left.ResourceVersion), Version(deleted));
    }

    [Fact]
    public async Task Watch_Bookmarks_TellTheVersionUpToWhichAllWasSent()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer list = (await _admin.GetAsync(path)).Expect(200);
        using WatchReader watch = await _admin.WatchAsync($"{path}?watch=true&allowWatchBookmarks=true&resourceVersion={list.ResourceVersion}");
        // Of another namespace: nothing of it is seen here, but the version moves on.
        ApiAnswer other = (await _admin.PostAsync(Samples.LoadBalancers(await server.NamespaceAsync()), Samples.LoadBalancer("a"))).Expect(201);

        long version = 0;
        while (version < Number(other.ResourceVersion))
        {
            JsonObject bookmark = (await watch.NextAsync())!;
            Assert.Equal(("BOOKMARK", "LoadBalancer"), ((string)bookmark["type"]!, (string)bookmark["object"]!["kind"]!));
            version = Version(bookmark);
        }
    }

    [Fact]
    public async Task Watch_TimeoutSeconds_EndsTheStream()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer list = (await _admin.GetAsync(path)).Expect(200);
        using WatchReader watch = await _admin.WatchAsync($"{path}?watch=true&timeoutSeconds=1&resourceVersion={list.ResourceVersion}");

        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task Watch_FutureVersion_IsAnErrorEvent()
    {
        using WatchReader watch = await _admin.WatchAsync($"{Samples.LoadBalancers("default")}?watch=true&resourceVersion=99999999");

        JsonObject error = (await watch.NextAsync())!;

        Assert.Equal(("ERROR", "Timeout"), ((string)error["type"]!, (string)error["object"]!["reason"]!));
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task Watch_OneName_SeesOnlyThat()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer list = (await _admin.GetAsync(path)).Expect(200);
        using WatchReader byField = await _admin.WatchAsync($"{path}?watch=true&fieldSelector=metadata.name%3Db&resourceVersion={list.ResourceVersion}");
        using WatchReader byPath = await _admin.WatchAsync(
            path.Replace("/v1alpha1/", "/v1alpha1/watch/", StringComparison.Ordinal) + $"/b?resourceVersion={list.ResourceVersion}");

        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("b"))).Expect(201);

        Assert.Equal(("ADDED", "b"), await byField.NextChangeAsync());
        Assert.Equal(("ADDED", "b"), await byPath.NextChangeAsync());
    }

    [Fact]
    public async Task Watch_AsTable_TellsColumnsOnce()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("b"))).Expect(201);
        using WatchReader watch = await _admin.WatchAsync($"{path}?watch=true", "application/json;as=Table;v=v1;g=meta.k8s.io");

        JsonObject first = (await watch.NextAsync())!;
        JsonObject second = (await watch.NextAsync())!;

        Assert.NotEmpty((JsonArray)first["object"]!["columnDefinitions"]!);
        Assert.Empty((JsonArray)second["object"]!["columnDefinitions"]!);
        Assert.Equal("b", (string)second["object"]!["rows"]![0]!["cells"]![0]!);
    }

    [Fact]
    public async Task Watch_ManyWatchersAndWriters_AllSeeEveryVersionInOrder()
    {
        const int Watchers = 20, Writes = 200;
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer list = (await _admin.GetAsync(path)).Expect(200);
        WatchReader[] watches = await Task.WhenAll(
            Enumerable.Range(0, Watchers).Select(_ => _admin.WatchAsync($"{path}?watch=true&resourceVersion={list.ResourceVersion}")));

        Task<ApiAnswer[]> writing = Task.WhenAll(Enumerable.Range(0, Writes).Select(i => _admin.PostAsync(path, Samples.LoadBalancer($"w{i}"))));
        long[][] seen = await Task.WhenAll(watches.Select(async watch =>
        {
            var versions = new long[Writes];
            for (int i = 0; i < Writes; i++)
            {
                versions[i] = Version((await watch.NextAsync())!);
            }

            return versions;
        }));

        long[] written = [.. (await writing).Select(a => Number(a.Expect(201).ResourceVersion)).Order()];
        Assert.All(seen, versions => Assert.Equal(written, versions));
        Array.ForEach(watches, w => w.Dispose());
    }

    private static long Version(JsonObject item) => Number((string)item["object"]!["metadata"]!["resourceVersion"]!);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
