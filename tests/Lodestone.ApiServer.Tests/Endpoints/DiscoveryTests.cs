using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Endpoints;

public sealed class DiscoveryTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string V2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private const string V2Beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
    private readonly ApiClient _admin = server.Admin;

    [Theory]
    [InlineData("/apis", V2 + "," + V2Beta1 + ",application/json", "APIGroupDiscoveryList")]
    [InlineData("/api", V2, "APIGroupDiscoveryList")]
    [InlineData("/apis", V2Beta1 + ",application/json", "APIGroupList")]
    [InlineData("/apis", "application/json", "APIGroupList")]
    [InlineData("/api", null, "APIVersions")]
    [InlineData("/api/v1", null, "APIResourceList")]
    [InlineData("/apis/networking.ironcore.dev", null, "APIGroup")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1", null, "APIResourceList")]
    public async Task Discovery_IsInTheFormThatTheClientKnows(string path, string? accept, string kind) =>
        Assert.Equal(kind, (string)(await _admin.GetAsync(path, accept)).Expect(200).Json["kind"]!);

    [Fact]
    public async Task Discovery_Aggregated_HasKindsAndSubresources()
    {
        JsonObject document = (await _admin.GetAsync("/apis", V2)).Expect(200).Json;

        JsonNode group = ((JsonArray)document["items"]!).Single(g => (string)g!["metadata"]!["name"]! == "networking.ironcore.dev")!;
        JsonNode lb = ((JsonArray)group["versions"]![0]!["resources"]!).Single(r => (string)r!["resource"]! == "loadbalancers")!;
        Assert.Equal(("Namespaced", "loadbalancer", "lb"), ((string)lb["scope"]!, (string)lb["singularResource"]!, (string)lb["shortNames"]![0]!));
        Assert.Equal("status", (string)lb["subresources"]![0]!["subresource"]!);
    }

    [Theory]
    [InlineData("/apis")]
    [InlineData("/api")]
    public async Task Discovery_TagIsKnown_IsNotSentAgain(string path)
    {
        ApiAnswer first = (await _admin.GetAsync(path, V2)).Expect(200);
        ApiAnswer second = await _admin.GetAsync(path, ("Accept", V2), ("If-None-Match", first.ETag!));

        Assert.Equal(V2, first.ContentType!.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal((304, "", first.ETag), (second.Code, second.Text, second.ETag));
    }

    [Theory]
    [InlineData(V2Beta1, "APIGroupList")]
    [InlineData(V2Beta1 + "," + V2, "APIGroupDiscoveryList")]
    [InlineData("application/json," + V2, "APIGroupList")]
    [InlineData("application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json", "APIGroupList")]
    public async Task Discovery_OrderOfClauses_Decides(string accept, string kind) =>
        Assert.Equal(kind, (string)(await _admin.GetAsync("/apis", accept)).Expect(200).Json["kind"]!);

    [Fact]
    public async Task Discovery_OurKinds_AreAmongAll()
    {
        JsonArray resources = (JsonArray)(await _admin.GetAsync("/apis/networking.ironcore.dev/v1alpha1")).Expect(200).Json["resources"]!;

        Assert.Equal("all", (string)resources.Single(r => (string)r!["name"]! == "loadbalancers")!["categories"]![0]!);
        Assert.Contains(resources, r => (string)r!["name"]! == "loadbalancers/status");
    }

    [Fact]
    public async Task Discovery_Core_TellsTheServersAddress() =>
        Assert.Equal(
            $"{server.Server.Url.Host}:{server.Server.Url.Port}",
            (string)(await _admin.GetAsync("/api")).Expect(200).Json["serverAddressByClientCIDRs"]![0]!["serverAddress"]!);

    [Fact]
    public async Task Root_Paths_AreAllServed()
    {
        foreach (JsonNode? path in (JsonArray)(await _admin.GetAsync("/")).Expect(200).Json["paths"]!)
        {
            (await _admin.GetAsync((string)path!)).Expect(200);
        }
    }

    [Fact]
    public async Task OpenApi_EveryDocument_HasWhatKubectlLooksFor()
    {
        JsonObject index = (await _admin.GetAsync("/openapi/v3")).Expect(200).Json;
        string url = (string)index["paths"]!["apis/networking.ironcore.dev/v1alpha1"]!["serverRelativeURL"]!;

        JsonObject document = (await _admin.GetAsync(url)).Expect(200).Json;

        JsonNode patch = document["paths"]!["/apis/networking.ironcore.dev/v1alpha1/namespaces/{namespace}/loadbalancers/{name}"]!["patch"]!;
        Assert.Equal("LoadBalancer", (string)patch["x-kubernetes-group-version-kind"]!["kind"]!);
        Assert.Contains((JsonArray)patch["parameters"]!, p => (string)p!["name"]! == "fieldValidation");
        string reference = (string)patch["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["$ref"]!;
        Assert.NotNull(document["components"]!["schemas"]![reference["#/components/schemas/".Length..]]);
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/apis/none.example.org/v1")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/namespaces/default/routers")]
    [InlineData("/apis/lodestone.dev/v1alpha1/namespaces/default/hosts")]
    [InlineData("/apis/none.example.org")]
    [InlineData("/apis/networking.ironcore.dev/v9")]
    [InlineData("/api/v2")]
    [InlineData("/api/v1//namespaces")]
    [InlineData("/api/v1/namespaces/default/configmaps/a%2Fb")]
    public async Task UnknownPath_IsNotFound(string path) =>
        Assert.Equal("the server could not find the requested resource", (await _admin.GetAsync(path)).ExpectFailure(404, "NotFound").Message);

    [Theory]
    [InlineData("/api/v1/namespaces/")]
    [InlineData("/api/v1/namespaces/default/")]
    [InlineData("/apis/")]
    [InlineData("/openapi/v2/")]
    [InlineData("/readyz/")]
    public async Task TrailingSlash_MeansNothing(string path) => (await _admin.GetAsync(path)).Expect(200);

    [Theory]
    [InlineData("HEAD", "/api/v1/namespaces/default")]
    [InlineData("OPTIONS", "/api/v1/namespaces")]
    [InlineData("TRACE", "/api/v1/namespaces")]
    [InlineData("POST", "/version")]
    [InlineData("PUT", "/apis")]
    [InlineData("POST", "/openapi/v2")]
    public async Task Method_NotServed_IsNotAllowed(string method, string path)
    {
        ApiAnswer answer = (await _admin.SendAsync(new HttpMethod(method), path, null, null)).Expect(405);

        if (method != "HEAD")
        {
            answer.ExpectFailure(405, "MethodNotAllowed");
        }
    }

    [Fact]
    public async Task Answer_Always_HasAuditIdAndNoCaching()
    {
        ApiAnswer answer = await _admin.GetAsync("/api/v1/namespaces/default");

        Assert.Single(answer.Headers.GetValues("Audit-Id"));
        Assert.True(answer.Headers.CacheControl!.NoCache);
    }

    [Fact]
    public async Task MethodThatIsNotServed_IsNotAllowed()
    {
        (await _admin.SendAsync(HttpMethod.Post, $"{Samples.LoadBalancers("default")}/a", "{}", "application/json")).ExpectFailure(405, "MethodNotAllowed");
        (await _admin.SendAsync(HttpMethod.Options, Samples.LoadBalancers("default"), null, null)).ExpectFailure(405, "MethodNotAllowed");
    }
}
