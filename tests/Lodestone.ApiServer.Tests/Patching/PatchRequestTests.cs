namespace Lodestone.ApiServer.Tests.Patching;

/// <summary>Patches over HTTP: which kinds take which, and what is answered to bad ones.</summary>
public sealed class PatchRequestTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Strategic = "application/strategic-merge-patch+json";
    private const string FixedText = "the server rejected our request due to an error in our request";
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Strategic_OwnKind_IsUnsupported()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        ApiAnswer answer = (await _admin.SendAsync(HttpMethod.Patch, $"{path}/a", "{}", Strategic)).ExpectFailure(415, "UnsupportedMediaType");

        Assert.Equal(
            "the body of the request was in an unknown format - accepted media types include: "
            + "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
            answer.Message);
    }

    [Fact]
    public async Task Strategic_BuiltInKind_Merges()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/serviceaccounts";
        (await _admin.PostAsync(path, """{"metadata":{"name":"a","finalizers":["x.org/1"]},"secrets":[{"name":"s"}],"imagePullSecrets":[{"name":"p"}]}""")).Expect(201);

        ApiAnswer patched = (await _admin.SendAsync(
            HttpMethod.Patch, $"{path}/a?fieldValidation=Strict", """{"metadata":{"finalizers":["x.org/2"]},"secrets":[{"name":"s"},{"name":"t"}],"imagePullSecrets":[{"name":"q"}]}""", Strategic)).Expect(200);

        Assert.Equal("""["x.org/2","x.org/1"]""", patched.Json["metadata"]!["finalizers"]!.ToJsonString());
        Assert.Equal("""[{"name":"s"},{"name":"t"}]""", patched.Json["secrets"]!.ToJsonString());
        Assert.Equal("""[{"name":"q"}]""", patched.Json["imagePullSecrets"]!.ToJsonString());
        (await _admin.SendAsync(HttpMethod.Patch, $"{path}/a?fieldValidation=Strict", """{"foo":1}""", Strategic)).ExpectFailure(400, "BadRequest");
        ApiAnswer unchanged = (await _admin.SendAsync(HttpMethod.Patch, $"{path}/a", """{"secrets":[{"name":"t"}]}""", Strategic)).Expect(200);
        Assert.Equal(patched.ResourceVersion, unchanged.ResourceVersion);
        (await _admin.SendAsync(HttpMethod.Patch, $"{path}/a", """{"metadata":{"finalizers":null}}""", Strategic)).Expect(200);
    }

    [Theory]
    [InlineData(Strategic, """{"secrets":[{"kind":"x"}]}""", 400, "BadRequest", "map: {\"kind\":\"x\"} does not contain declared merge key: name")]
    [InlineData(Strategic, """{"metadata":{"finalizers":[["a"]]}}""", 422, "Invalid", FixedText)]
    [InlineData(Strategic, "[]", 400, "BadRequest", "error decoding patch: a merge patch is an object")]
    [InlineData("application/merge-patch+json", "[]", 400, "BadRequest", "error decoding patch: a merge patch is an object")]
    [InlineData("application/merge-patch+json", "\"a\"", 400, "BadRequest", "error decoding patch: a merge patch is an object")]
    [InlineData("application/json-patch+json", """[{"op":"test","path":"/kind","value":"Pod"}]""", 422, "Invalid", FixedText)]
    [InlineData("application/json-patch+json", """[{"op":"remove","path":"/nothing"}]""", 422, "Invalid", FixedText)]
    [InlineData("application/json-patch+json", """{"op":"remove"}""", 400, "BadRequest", "json: cannot unmarshal the patch: it is not an array of operations")]
    [InlineData("application/json-patch+json; charset=utf-8", """[{"op":"replace","path":"","value":1}]""", 422, "Invalid", FixedText)]
    public async Task Patch_ThatCannotBeDone_IsRefused(string type, string patch, int code, string reason, string message)
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/serviceaccounts/default";

        ApiAnswer answer = (await _admin.SendAsync(HttpMethod.Patch, path, patch, type)).ExpectFailure(code, reason);

        Assert.Equal(message, answer.Message);
    }

    [Fact]
    public async Task JsonPatch_ThatNestsWithoutEnd_IsInvalid()
    {
        const string Step = """{"op":"add","path":"/b","value":{"x":{}}},{"op":"move","from":"/a","path":"/b/x/y"},{"op":"move","from":"/b","path":"/a"}""";
        string patch = $$$"""[{"op":"add","path":"/a","value":{}},{{{string.Join(',', Enumerable.Repeat(Step, 3000))}}}]""";

        ApiAnswer answer = (await _admin.JsonPatchAsync($"/api/v1/namespaces/{await server.NamespaceAsync()}/serviceaccounts/default", patch)).ExpectFailure(422, "Invalid");

        Assert.Equal(FixedText, answer.Message);
    }
}
