using System.Globalization;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Endpoints;

/// <summary>resourceVersion, resourceVersionMatch, limit and continue, in all their combinations.</summary>
public sealed class ResourceVersionTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string TooFar = "9999999999";
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Get_Versions_AreWaitedForOrRefused()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer a = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        Assert.Equal(a.Uid, (await _admin.GetAsync($"{path}/a?resourceVersion=0")).Expect(200).Uid);
        Assert.Equal(a.Uid, (await _admin.GetAsync($"{path}/a?resourceVersion={a.ResourceVersion}")).Expect(200).Uid);
        (await _admin.GetAsync($"{path}/a?resourceVersion=x")).ExpectFailure(400, "BadRequest");
        ApiAnswer refused = (await _admin.GetAsync($"{path}/a?resourceVersion={TooFar}")).ExpectFailure(504, "Timeout");

        Assert.StartsWith($"Timeout: Too large resource version: {TooFar}, current: ", refused.Message, StringComparison.Ordinal);
        JsonNode details = refused.Json["details"]!;
        Assert.Equal(("ResourceVersionTooLarge", 1), ((string)details["causes"]![0]!["reason"]!, (int)details["retryAfterSeconds"]!));
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
    }

    [Fact]
    public async Task Get_VersionThatComes_IsWaitedFor()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer a = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        long target = server.Server.Store.ResourceVersion + 20;

        Task<(ApiAnswer Answer, long Reached)> waiting = GetAsync();
        for (int i = 0; server.Server.Store.ResourceVersion < target; i++)
        {
            (await _admin.MergePatchAsync($"{path}/a", $"{{\"metadata\":{{\"labels\":{{\"x\":\"{i}\"}}}}}}")).Expect(200);
        }

        (ApiAnswer answer, long reached) = await waiting;
        Assert.Equal(a.Uid, answer.Expect(200).Uid);
        Assert.True(reached >= target, $"answered at {reached}, asked for {target}");

        async Task<(ApiAnswer Answer, long Reached)> GetAsync() =>
            (await _admin.GetAsync(string.Create(CultureInfo.InvariantCulture, $"{path}/a?resourceVersion={target}")), server.Server.Store.ResourceVersion);
    }

    [Theory]
    [InlineData("resourceVersionMatch=Exact", "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersionMatch=NotOlderThan", "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=0", "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
    [InlineData("resourceVersionMatch=exact&resourceVersion=1", "resourceVersionMatch: Unsupported value: \"exact\": supported values: \"Exact\", \"NotOlderThan\", \"\"")]
    [InlineData("sendInitialEvents=true", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list")]
    [InlineData(
        "resourceVersionMatch=Some&sendInitialEvents=false",
        "[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, resourceVersionMatch: Unsupported value: \"Some\": supported values: \"Exact\", \"NotOlderThan\", \"\", sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list]")]
    [InlineData("watch=true&resourceVersionMatch=NotOlderThan", "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
    [InlineData("watch=true&sendInitialEvents=false", "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
    [InlineData("watch=true&sendInitialEvents=true&allowWatchBookmarks=true", "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
    [InlineData(
        "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=Exact",
        "[resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: \"Exact\": supported values: \"NotOlderThan\"]")]
    [InlineData("watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", "allowWatchBookmarks: Forbidden: sendInitialEvents requires setting allowWatchBookmarks to true")]
    public async Task Options_ThatDoNotGoTogether_AreNamed(string query, string problems)
    {
        ApiAnswer refused = (await _admin.GetAsync($"{Samples.LoadBalancers("default")}?{query}")).ExpectFailure(422, "Invalid");

        Assert.Equal($"ListOptions.meta.k8s.io \"\" is invalid: {problems}", refused.Message);
        Assert.Equal("ListOptions", (string)refused.Json["details"]!["kind"]!);
    }

    [Fact]
    public async Task Continue_WithMatchOrVersion_IsRefused()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await CreateAsync(path, "a", "b");
        string token = Token((await _admin.GetAsync($"{path}?limit=1")).Expect(200))!;

        ApiAnswer match = (await _admin.GetAsync($"{path}?limit=1&continue={token}&resourceVersion=1&resourceVersionMatch=Exact")).ExpectFailure(422, "Invalid");
        ApiAnswer version = (await _admin.GetAsync($"{path}?limit=1&continue={token}&resourceVersion=1")).ExpectFailure(400, "BadRequest");

        Assert.Contains("resourceVersionMatch is forbidden when continue is provided", match.Message, StringComparison.Ordinal);
        Assert.Equal("specifying resource version is not allowed when using continue", version.Message);
        Assert.Equal(["b"], (await _admin.GetAsync($"{path}?limit=1&continue={token}&resourceVersion=0")).Expect(200).ItemNames);
    }

    [Theory]
    [InlineData("!!!")]
    [InlineData("e30")]
    [InlineData("eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi9hIn0")]
    [InlineData("eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJkZWZhdWx0Ly9hIn0")]
    public async Task Continue_NotOfOurs_IsRefused(string token) =>
        Assert.StartsWith(
            "invalid continue token: continue key is not valid",
            (await _admin.GetAsync($"{Samples.LoadBalancers("default")}?limit=1&continue={token}")).ExpectFailure(400, "BadRequest").Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Continue_OfAnotherNamespace_IsRefused()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await CreateAsync(path, "a", "b");
        string token = Token((await _admin.GetAsync($"{path}?limit=1")).Expect(200))!;

        (await _admin.GetAsync($"{Samples.LoadBalancers("default")}?limit=1&continue={token}")).ExpectFailure(400, "BadRequest");
    }

    [Fact]
    public async Task List_OfAnyVersion_IgnoresTheLimit()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await CreateAsync(path, "a", "b", "c");

        ApiAnswer whole = (await _admin.GetAsync($"{path}?resourceVersion=0&limit=1")).Expect(200);

        Assert.Equal(["a", "b", "c"], whole.ItemNames);
        Assert.Null(Token(whole));
    }

    [Fact]
    public async Task List_VersionWithLimit_IsExact()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await CreateAsync(path, "a", "b");
        string version = (await _admin.GetAsync(path)).Expect(200).ResourceVersion;
        await CreateAsync(path, "aa");
        (await _admin.DeleteAsync($"{path}/b")).Expect(200);

        ApiAnswer first = (await _admin.GetAsync($"{path}?resourceVersion={version}&limit=1")).Expect(200);
        ApiAnswer second = (await _admin.GetAsync($"{path}?limit=1&continue={Token(first)}")).Expect(200);
        ApiAnswer fresh = (await _admin.GetAsync($"{path}?resourceVersion={version}&resourceVersionMatch=NotOlderThan&limit=1")).Expect(200);

        Assert.Equal((version, version), (first.ResourceVersion, second.ResourceVersion));
        Assert.Equal(["a", "b"], first.ItemNames.Concat(second.ItemNames));
        Assert.Null(Token(second));
        Assert.NotEqual(version, fresh.ResourceVersion);
        (await _admin.GetAsync($"{path}?resourceVersion={TooFar}&resourceVersionMatch=Exact")).ExpectFailure(504, "Timeout");
    }

    [Fact]
    public async Task RemainingItemCount_IsToldOnlyWithoutSelectors()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await CreateAsync(path, "a", "b", "c");

        Assert.Equal(2, (int)(await _admin.GetAsync($"{path}?limit=1")).Expect(200).Json["metadata"]!["remainingItemCount"]!);
        Assert.Null((await _admin.GetAsync($"{path}?limit=1&labelSelector=app")).Expect(200).Json["metadata"]!["remainingItemCount"]);
        Assert.Null((await _admin.GetAsync($"{path}?limit=1&fieldSelector=metadata.name!%3Da")).Expect(200).Json["metadata"]!["remainingItemCount"]);
        Assert.Null((await _admin.GetAsync($"{path}?limit=3")).Expect(200).Json["metadata"]!["continue"]);
        Assert.Null((await _admin.GetAsync($"{path}?limit=-1")).Expect(200).Json["metadata"]!["continue"]);
    }

    [Fact]
    public async Task Pages_OfTables_AndMetadata_GoOnToo()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await CreateAsync(path, "a", "b");
        const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io", Partial = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

        ApiAnswer table = (await _admin.GetAsync($"{path}?limit=1", Table)).Expect(200);
        ApiAnswer next = (await _admin.GetAsync($"{path}?limit=1&continue={Token(table)}", Table)).Expect(200);
        ApiAnswer partial = (await _admin.GetAsync($"{path}?limit=1", Partial)).Expect(200);

        Assert.Equal(1, (int)table.Json["metadata"]!["remainingItemCount"]!);
        Assert.Equal("b", (string)next.Json["rows"]![0]!["cells"]![0]!);
        Assert.Null(Token(next));
        Assert.Equal("b", (await _admin.GetAsync($"{path}?limit=1&continue={Token(partial)}", Partial)).Expect(200).ItemNames.Single());
    }

    [Fact]
    public async Task Name_InPathAndAnotherInSelector_IsRefused()
    {
        string watch = Samples.LoadBalancers("default").Replace("/v1alpha1/", "/v1alpha1/watch/", StringComparison.Ordinal) + "/a";

        Assert.Equal(
            "fieldSelector metadata.name doesn't match requested name",
            (await _admin.GetAsync($"{watch}?fieldSelector=metadata.name%3Db")).ExpectFailure(400, "BadRequest").Message);
    }

    [Fact]
    public async Task Compacted_Versions_AreExpired()
    {
        using var directory = new TempDirectory();
        await using var small = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path })
        {
            StoreOptions = new() { HistoryEvents = 512 },
        };
        await small.StartAsync(TestContext.Current.CancellationToken);
        using ApiClient admin = ApiClient.FromKubeconfig(File.ReadAllText(small.KubeconfigPath));
        string path = Samples.LoadBalancers("default");
        (await admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await admin.PostAsync(path, Samples.LoadBalancer("b"))).Expect(201);
        ApiAnswer page = (await admin.GetAsync($"{path}?limit=1")).Expect(200);
        await Task.WhenAll(Enumerable.Range(0, 1200).Select(i => admin.PostAsync(path, Samples.LoadBalancer($"x{i}"))));

        ApiAnswer exact = (await admin.GetAsync($"{path}?resourceVersion={page.ResourceVersion}&resourceVersionMatch=Exact")).ExpectFailure(410, "Expired");
        ApiAnswer expired = (await admin.GetAsync($"{path}?limit=1&continue={Token(page)}")).ExpectFailure(410, "Expired");
        ApiAnswer onward = (await admin.GetAsync($"{path}?limit=1&continue={Token(expired)}")).Expect(200);
        using WatchReader watch = await admin.WatchAsync($"{path}?watch=true&resourceVersion={page.ResourceVersion}");
        JsonObject error = (await watch.NextAsync())!;

        Assert.Equal("The resourceVersion for the provided list is too old.", exact.Message);
        Assert.StartsWith("The provided continue parameter is too old to display a consistent list result.", expired.Message, StringComparison.Ordinal);
        Assert.Equal(["b"], onward.ItemNames);
        Assert.NotEqual(page.ResourceVersion, onward.ResourceVersion);
        Assert.Equal("x0", (await admin.GetAsync($"{path}?limit=1&continue={Token(onward)}")).Expect(200).ItemNames.Single());
        Assert.Equal(("ERROR", "Expired", 410), ((string)error["type"]!, (string)error["object"]!["reason"]!, (int)error["object"]!["code"]!));
        Assert.Matches($@"^too old resource version: {page.ResourceVersion} \(\d+\)$", (string)error["object"]!["message"]!);
        Assert.Null(await watch.NextAsync());
    }

    private static string? Token(ApiAnswer answer) => (string?)answer.Json["metadata"]!["continue"];

    private async Task CreateAsync(string path, params string[] names)
    {
        foreach (string name in names)
        {
            (await _admin.PostAsync(path, Samples.LoadBalancer(name))).Expect(201);
        }
    }
}
