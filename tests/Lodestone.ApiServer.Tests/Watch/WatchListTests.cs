using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Watch;

/// <summary>Watches that begin with what there is, as client-go's reflector asks for them.</summary>
public sealed class WatchListTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string WatchList = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io";
    private const string Partial = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
    private readonly ApiClient _admin = server.Admin;

    [Theory]
    [InlineData(null, "LoadBalancer", "networking.ironcore.dev/v1alpha1", "LoadBalancerList")]
    [InlineData(Partial, "PartialObjectMetadata", "meta.k8s.io/v1", "PartialObjectMetadataList")]
    public async Task InitialEvents_EndWithABookmark_ThatBringsTheEmptyList(string? accept, string kind, string apiVersion, string listKind)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer a = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        using WatchReader watch = await _admin.WatchAsync($"{path}?{WatchList}", accept);

        Assert.Equal(("ADDED", "a"), await watch.NextChangeAsync());
        JsonNode bookmark = (await watch.NextAsync())!["object"]!;
        (await _admin.PostAsync(path, Samples.LoadBalancer("b"))).Expect(201);

        Assert.Equal((kind, apiVersion), ((string)bookmark["kind"]!, (string)bookmark["apiVersion"]!));
        Assert.Equal("true", (string)bookmark["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!);
        var blueprint = (JsonObject)JsonNode.Parse(Convert.FromBase64String((string)bookmark["metadata"]!["annotations"]!["kubernetes.io/initial-events-list-blueprint"]!))!;
        Assert.Equal((listKind, apiVersion), ((string)blueprint["kind"]!, (string)blueprint["apiVersion"]!));
        Assert.True(long.Parse((string)bookmark["metadata"]!["resourceVersion"]!, null) >= long.Parse(a.ResourceVersion, null));
        Assert.Equal(("ADDED", "b"), await watch.NextChangeAsync());
    }

    [Fact]
    public async Task TableOnly_IsNotAcceptable_AndElseTheNextWishCounts()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        (await _admin.GetAsync($"{path}?{WatchList}", Table)).ExpectFailure(406, "NotAcceptable");
        using WatchReader watch = await _admin.WatchAsync($"{path}?{WatchList}", $"{Table},application/json");

        Assert.Equal("LoadBalancer", (string)(await watch.NextAsync())!["object"]!["kind"]!);
    }

    [Fact]
    public async Task AtLeastAVersion_IsWaitedFor()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer a = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        using WatchReader watch = await _admin.WatchAsync($"{path}?{WatchList}&resourceVersion={a.ResourceVersion}");
        using WatchReader future = await _admin.WatchAsync($"{path}?{WatchList}&resourceVersion=9999999999");

        Assert.Equal(("ADDED", "a"), await watch.NextChangeAsync());
        JsonObject error = (await future.NextAsync())!;
        Assert.Equal(("ERROR", "Timeout", 504), ((string)error["type"]!, (string)error["object"]!["reason"]!, (int)error["object"]!["code"]!));
        Assert.Equal("ResourceVersionTooLarge", (string)error["object"]!["details"]!["causes"]![0]!["reason"]!);
    }

    [Theory]
    [InlineData("watch=true&allowWatchBookmarks=true")]
    [InlineData("watch=true&allowWatchBookmarks=true&resourceVersion=0")]
    public async Task LegacyStart_WithBookmarks_IsToldTheEndToo(string query)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        using WatchReader watch = await _admin.WatchAsync($"{path}?{query}");

        Assert.Equal(("ADDED", "a"), await watch.NextChangeAsync());
        Assert.Equal("true", (string)(await watch.NextAsync())!["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!);
    }

    [Fact]
    public async Task WithoutInitialEvents_BeginsAtNow()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        using WatchReader watch = await _admin.WatchAsync($"{path}?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");

        (await _admin.PostAsync(path, Samples.LoadBalancer("b"))).Expect(201);

        Assert.Equal(("ADDED", "b"), await watch.NextChangeAsync());
    }

    [Fact]
    public async Task Selector_ChoosesInitialEventsToo()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a", network: "net-a"))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("b", network: "net-b"))).Expect(201);
        using WatchReader watch = await _admin.WatchAsync($"{path}?{WatchList}&fieldSelector=spec.networkRef.name%3Dnet-b");

        Assert.Equal(("ADDED", "b"), await watch.NextChangeAsync());
        Assert.Equal("BOOKMARK", (string)(await watch.NextAsync())!["type"]!);
    }

    [Theory]
    [InlineData("timeoutSeconds=9223372036854775807")]
    [InlineData("timeoutSeconds=-1")]
    [InlineData("limit=1")]
    public async Task OddNumbers_DoNotEndTheWatch(string query)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        using WatchReader watch = await _admin.WatchAsync($"{path}?watch=true&{query}");

        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("b"))).Expect(201);

        Assert.Equal(("ADDED", "a"), await watch.NextChangeAsync());
        Assert.Equal(("ADDED", "b"), await watch.NextChangeAsync());
    }

    [Theory]
    [InlineData("application/vnd.kubernetes.protobuf")]
    [InlineData("application/vnd.kubernetes.protobuf;stream=watch")]
    public async Task ProtobufOnly_IsNotAcceptable(string accept) =>
        (await _admin.GetAsync($"{Samples.LoadBalancers("default")}?watch=true", accept)).ExpectFailure(406, "NotAcceptable");
}
