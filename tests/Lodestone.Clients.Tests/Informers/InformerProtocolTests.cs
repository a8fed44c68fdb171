using System.Text.Json.Nodes;
using Lodestone.Clients.Tests.Http;

namespace Lodestone.Clients.Tests.Informers;

/// <summary>The two ways a client-go informer fills and follows its cache, with the parameters and headers it sends.</summary>
public sealed class InformerProtocolTests(ServerFixture server) : IDisposable
{
    private const string Typed = "application/vnd.kubernetes.protobuf,application/json";
    private const string Dynamic = "application/json";
    private const string Metadata = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
    private readonly RawClient _client = new(server.Kubeconfig);

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData(Typed, "configmaps")]
    [InlineData(Dynamic, "configmaps")]
    [InlineData(Dynamic, "loadbalancers")]
    public async Task ListThenWatch_FromVersionZero_FollowsWithoutGap(string accept, string resource)
    {
        (string ns, string collection) = await PrepareAsync(resource);
        await CreateAsync(collection, resource, "before");

        string listAccept = accept;
        JsonNode list = await _client.ExpectAsync(200, "GET", $"{collection}?limit=500&resourceVersion=0", accept: listAccept);
        string version = (string)list["metadata"]!["resourceVersion"]!;
        await CreateAsync(collection, resource, "between");
        using StreamReader watch = await _client.StreamAsync($"{collection}?allowWatchBookmarks=true&resourceVersion={version}&timeout=7m5s&timeoutSeconds=425&watch=true", accept);
        await CreateAsync(collection, resource, "after");
        await _client.ExpectAsync(200, "DELETE", $"{collection}/before");

        Assert.Contains("before", list["items"]!.AsArray().Select(i => (string)i!["metadata"]!["name"]!));
        Assert.Equal(["ADDED between", "ADDED after", "DELETED before"], await EventsAsync(watch, 3));
        Assert.NotEqual("", ns);
    }

    [Theory]
    [InlineData(Typed, "configmaps")]
    [InlineData(Dynamic, "loadbalancers")]
    [InlineData(Metadata, "loadbalancers")]
    public async Task WatchList_InitialEventsThenBookmarkThenLive(string accept, string resource)
    {
        (_, string collection) = await PrepareAsync(resource);
        await CreateAsync(collection, resource, "a");
        await CreateAsync(collection, resource, "b");

        using StreamReader watch = await _client.StreamAsync(
            $"{collection}?allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeout=7m5s&timeoutSeconds=425&watch=true", accept);
        List<string> initial = await EventsAsync(watch, 2);
        JsonNode bookmark = await FrameAsync(watch);
        while ((string?)bookmark["object"]!["metadata"]!["name"] == "kube-root-ca.crt")
        {
            bookmark = await FrameAsync(watch);
        }

        await CreateAsync(collection, resource, "c");
        List<string> live = await EventsAsync(watch, 1);

        Assert.Equal(["ADDED a", "ADDED b"], initial);
        Assert.Equal("BOOKMARK", (string?)bookmark["type"]);
        Assert.Equal("true", (string?)bookmark["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]);
        Assert.Equal(["ADDED c"], live);
    }

    [Fact]
    public async Task Watch_FromAVersionLongGone_IsAnErrorEventThatMakesTheInformerListAgain()
    {
        (_, string collection) = await PrepareAsync("loadbalancers");
        using StreamReader watch = await _client.StreamAsync($"{collection}?allowWatchBookmarks=true&resourceVersion=999999999&timeoutSeconds=10&watch=true", Dynamic);

        JsonNode frame = await FrameAsync(watch);

        Assert.Equal("ERROR", (string?)frame["type"]);
        Assert.Equal("Status", (string?)frame["object"]!["kind"]);
    }

    private static async Task<List<string>> EventsAsync(StreamReader watch, int count)
    {
        var events = new List<string>();
        while (events.Count < count)
        {
            JsonNode frame = await FrameAsync(watch);
            string name = (string?)frame["object"]!["metadata"]!["name"] ?? "";
            if ((string?)frame["type"] != "BOOKMARK" && name != "kube-root-ca.crt")
            {
                events.Add($"{frame["type"]} {name}");
            }
        }

        return events;
    }

    private static async Task<JsonNode> FrameAsync(StreamReader watch)
    {
        string? line = await watch.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        return JsonNode.Parse(line ?? throw new EndOfStreamException("the watch ended"))!;
    }

    private async Task<(string Namespace, string Collection)> PrepareAsync(string resource)
    {
        string ns = (string)(await _client.ExpectAsync(201, "POST", "/api/v1/namespaces", """{"metadata":{"generateName":"informer-"}}"""))["metadata"]!["name"]!;
        return (ns, resource == "configmaps" ? $"/api/v1/namespaces/{ns}/configmaps" : $"/apis/networking.ironcore.dev/v1alpha1/namespaces/{ns}/{resource}");
    }

    private Task<JsonNode> CreateAsync(string collection, string resource, string name) => _client.ExpectAsync(
        201, "POST", collection, resource == "configmaps" ? $$$"""{"metadata":{"name":"{{{name}}}"}}""" : ServerFixture.LoadBalancer(name));
}
