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
    public async Task UnknownPath_IsNotFound(string path) =>
        Assert.Equal("the server could not find the requested resource", (await _admin.GetAsync(path)).ExpectFailure(404, "NotFound").Message);

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
