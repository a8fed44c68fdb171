using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace Lodestone.ApiServer.Tests.OpenApi;

public sealed class OpenApiTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Networking = "/openapi/v3/apis/networking.ironcore.dev/v1alpha1";
    private const string ProtobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task V3_EveryDocument_IsValid()
    {
        foreach ((string name, JsonObject document) in await DocumentsAsync())
        {
            AssertValid(name, document);
        }
    }

    [Fact]
    public async Task V2_Document_IsValid() => AssertValid("v2", (await _admin.GetAsync("/openapi/v2")).Expect(200).Json);

    [Fact]
    public async Task Documents_EveryOperation_IsUniqueAndRefersToWhatIsThere()
    {
        Dictionary<string, JsonObject> documents = await DocumentsAsync();
        documents.Add("v2", (await _admin.GetAsync("/openapi/v2")).Expect(200).Json);
        foreach ((string name, JsonObject document) in documents)
        {
            List<string> ids = [.. Operations(document).Select(o => (string)o.Operation["operationId"]!)];
            Assert.Equal(ids.Count, ids.Distinct().Count());
            foreach (string reference in References(document))
            {
                JsonNode? at = document;
                foreach (string part in reference.Split('/').Skip(1))
                {
                    at = at?[part];
                }

                Assert.True(at is not null, $"{name}: {reference} is not there");
            }
        }
    }

    [Fact]
    public async Task V3_EveryWrite_TakesFieldValidation()
    {
        foreach (JsonObject document in (await DocumentsAsync()).Values)
        {
            foreach ((string path, string method, JsonObject operation) in Operations(document))
            {
                string[] parameters = [.. ((JsonArray)operation["parameters"]!).Select(p => (string)p!["name"]!)];
                Assert.NotNull((string?)operation["x-kubernetes-group-version-kind"]?["kind"]);
                Assert.NotNull((string?)operation["x-kubernetes-action"]);
                if (method is "post" or "put" or "patch")
                {
                    Assert.True(parameters.Contains("fieldValidation") && parameters.Contains("dryRun"), $"{method} {path}");
                }
            }
        }
    }

    [Theory]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/namespaces/{namespace}/loadbalancers", "get", "list")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/namespaces/{namespace}/loadbalancers", "post", "post")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/namespaces/{namespace}/loadbalancers", "delete", "deletecollection")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/namespaces/{namespace}/loadbalancers/{name}", "patch", "patch")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/namespaces/{namespace}/loadbalancers/{name}/status", "put", "put")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/loadbalancers", "get", "list")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/watch/loadbalancers", "get", "watchlist")]
    [InlineData("/apis/networking.ironcore.dev/v1alpha1/watch/namespaces/{namespace}/loadbalancers/{name}", "get", "watch")]
    public async Task BothVersions_Path_TellsItsAction(string path, string method, string action)
    {
        Assert.Equal(action, (string?)(await _admin.GetAsync(Networking)).Json["paths"]?[path]?[method]?["x-kubernetes-action"]);
        Assert.Equal(action, (string?)(await _admin.GetAsync("/openapi/v2")).Json["paths"]?[path]?[method]?["x-kubernetes-action"]);
    }

    [Fact]
    public async Task V3_HashOfTheIndex_MayBeKeptForEver()
    {
        ApiAnswer answer = await _admin.GetAsync(await NetworkingUrlAsync());

        Assert.Equal(200, answer.Code);
        Assert.Equal("public, immutable", answer.Headers.GetValues("Cache-Control").Single());
        Assert.Contains("Accept", answer.Headers.Vary);
        Assert.InRange(answer.ContentHeaders.Expires!.Value, DateTimeOffset.Parse("2020-01-01", null), DateTimeOffset.MaxValue);
    }

    [Fact]
    public async Task V3_StaleHash_LeadsToTheCurrentOne()
    {
        ApiAnswer answer = await _admin.GetAsync($"{Networking}?hash=00");

        Assert.Equal(301, answer.Code);
        Assert.Equal(await NetworkingUrlAsync(), answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task V3_WithoutHash_IsNotKept() =>
        Assert.Equal("no-cache, private", (await _admin.GetAsync(Networking)).Expect(200).Headers.GetValues("Cache-Control").Single());

    [Theory]
    [InlineData(Networking, "application/json")]
    [InlineData("/openapi/v2", "application/json")]
    [InlineData("/openapi/v2", ProtobufType)]
    public async Task BothVersions_TagIsKnown_AreNotSentAgain(string path, string accept)
    {
        ApiAnswer first = (await _admin.GetAsync(path, accept)).Expect(200);
        ApiAnswer second = await _admin.GetAsync(path, ("Accept", accept), ("If-None-Match", first.ETag!));

        Assert.Equal((304, "", first.ETag), (second.Code, second.Text, second.ETag));
    }

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/json;q=0.5, " + ProtobufType, ProtobufType)]
    [InlineData("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", ProtobufType)]
    [InlineData("text/html, application/*;q=0.1", "application/json")]
    public async Task V2_Accept_DecidesTheForm(string? accept, string type) =>
        Assert.Equal(type, (await _admin.GetAsync("/openapi/v2", accept)).Expect(200).ContentType);

    [Theory]
    [InlineData("/openapi/v2", "text/html")]
    [InlineData(Networking, "application/com.github.proto-openapi.spec.v3.v1.0+protobuf")]
    public async Task BothVersions_OtherForm_IsNotAcceptable(string path, string accept) =>
        (await _admin.GetAsync(path, accept)).ExpectFailure(406, "NotAcceptable");

    [Fact]
    public async Task V2_MetadataLists_TellStrategicMergeTheirKeys()
    {
        JsonNode properties = (await _admin.GetAsync("/openapi/v2")).Json["definitions"]!["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]!["properties"]!;

        Assert.Equal(("uid", "merge"), (
            (string)properties["ownerReferences"]!["x-kubernetes-patch-merge-key"]!, (string)properties["ownerReferences"]!["x-kubernetes-patch-strategy"]!));
        Assert.Equal("merge", (string)properties["finalizers"]!["x-kubernetes-patch-strategy"]!);
    }

    private static void AssertValid(string name, JsonObject document)
    {
        ReadResult result = OpenApiDocument.Parse(document.ToJsonString(), "json");

        Assert.NotNull(result.Document);
        Assert.True(result.Diagnostic!.Errors.Count == 0, $"{name}: {string.Join('\n', result.Diagnostic.Errors.Take(10))}");
    }

    private static IEnumerable<(string Path, string Method, JsonObject Operation)> Operations(JsonObject document) =>
        from path in (JsonObject)document["paths"]!
        from member in (JsonObject)path.Value!
        where member.Key != "parameters"
        select (path.Key, member.Key, (JsonObject)member.Value!);

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject value => value.SelectMany(m => m is { Key: "$ref", Value: JsonValue text } ? [(string)text!] : References(m.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    private async Task<string> NetworkingUrlAsync() =>
        (string)(await _admin.GetAsync("/openapi/v3")).Expect(200).Json["paths"]![Networking["/openapi/v3/".Length..]]!["serverRelativeURL"]!;

    private async Task<Dictionary<string, JsonObject>> DocumentsAsync()
    {
        var documents = new Dictionary<string, JsonObject>();
        foreach ((string name, JsonNode? entry) in (JsonObject)(await _admin.GetAsync("/openapi/v3")).Expect(200).Json["paths"]!)
        {
            documents.Add(name, (await _admin.GetAsync((string)entry!["serverRelativeURL"]!)).Expect(200).Json);
        }

        Assert.Contains("api/v1", documents.Keys);
        return documents;
    }
}
