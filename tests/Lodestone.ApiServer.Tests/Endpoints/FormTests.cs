using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Endpoints;

/// <summary>The form answers come in: what Accept, <c>pretty</c>, the user agent and Accept-Encoding ask for.</summary>
public sealed class FormTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Namespace = "/api/v1/namespaces/default";
    private const string Namespaces = "/api/v1/namespaces";
    private const string Meta = "v=v1;g=meta.k8s.io";
    private readonly ApiClient _admin = server.Admin;

    [Theory]
    [InlineData(null, "Namespace")]
    [InlineData("", "Namespace")]
    [InlineData("application/json", "Namespace")]
    [InlineData("application/vnd.kubernetes.protobuf,application/json", "Namespace")]
    [InlineData("application/vnd.kubernetes.protobuf, */*", "Namespace")]
    [InlineData("application/*", "Namespace")]
    [InlineData("text/html;q=0.9, application/json;charset=utf-8;q=0.2", "Namespace")]
    [InlineData("application/json;as=Table;" + Meta, "Table")]
    [InlineData("application/json;q=0.5, application/json;as=Table;" + Meta, "Table")]
    [InlineData("application/json, application/json;as=Table;" + Meta, "Namespace")]
    [InlineData("application/json;as=Table;v=v9;g=meta.k8s.io, application/json", "Namespace")]
    [InlineData("application/json;as=Table;g=meta.k8s.io, application/json", "Namespace")]
    [InlineData("application/json;as=Unknown;" + Meta + ", application/json", "Namespace")]
    [InlineData("application/json;as=PartialObjectMetadata;" + Meta, "PartialObjectMetadata")]
    [InlineData("*/*;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io", "PartialObjectMetadata")]
    [InlineData("application/json;stream=nothing, application/json", "Namespace")]
    public async Task Accept_Object_FirstClauseThatCanBeMetWins(string? accept, string kind) =>
        Assert.Equal(kind, (string)(await _admin.GetAsync(Namespace, accept)).Expect(200).Json["kind"]!);

    [Theory]
    [InlineData("application/json;as=Table;v=v1beta1;g=meta.k8s.io", "Table", "meta.k8s.io/v1beta1")]
    [InlineData("application/json;as=PartialObjectMetadataList;" + Meta, "PartialObjectMetadataList", "meta.k8s.io/v1")]
    public async Task Accept_List_IsTransformed(string accept, string kind, string apiVersion)
    {
        JsonObject answer = (await _admin.GetAsync(Namespaces, accept)).Expect(200).Json;

        Assert.Equal((kind, apiVersion), ((string)answer["kind"]!, (string)answer["apiVersion"]!));
    }

    [Theory]
    [InlineData(Namespace, "application/vnd.kubernetes.protobuf", "only the following media types are accepted: application/json, application/yaml")]
    [InlineData(Namespaces, "text/html", "only the following media types are accepted: application/json, application/yaml")]
    [InlineData(Namespaces + "?watch=true", "application/yaml", "only the following media types are accepted: application/json")]
    [InlineData("/apis", "application/vnd.kubernetes.protobuf", "only the following media types are accepted: application/json, application/yaml")]
    [InlineData("/api/v1", "application/json;as=Table;" + Meta, "only the following media types are accepted: application/json, application/yaml")]
    [InlineData(Namespaces, "application/json;as=PartialObjectMetadata;" + Meta, "you requested PartialObjectMetadata, but the requested object is a list")]
    [InlineData(Namespace, "application/json;as=PartialObjectMetadataList;" + Meta, "you requested PartialObjectMetadataList, but the requested object is not a list")]
    public async Task Accept_NothingWeHave_IsNotAcceptable(string path, string accept, string message) =>
        Assert.Equal(message, (await _admin.GetAsync(path, accept)).ExpectFailure(406, "NotAcceptable").Message);

    [Fact]
    public async Task Yaml_Object_IsSortedAndQuotedAsKubernetesDoes()
    {
        string ns = await server.NamespaceAsync();
        (await _admin.PostAsync(
            $"/api/v1/namespaces/{ns}/configmaps",
            """{"metadata":{"name":"c"},"data":{"yes":"no","port":"0080","ip":"203.0.113.7","text":"a\nb\n","umlaut":"grün","colon":"a: b","empty":""}}""")).Expect(201);

        ApiAnswer answer = await _admin.GetAsync($"/api/v1/namespaces/{ns}/configmaps/c", "application/yaml");

        Assert.Equal((200, "application/yaml"), (answer.Code, answer.ContentType));
        Assert.StartsWith(
            """
            apiVersion: v1
            data:
              colon: 'a: b'
              empty: ""
              ip: 203.0.113.7
              port: "0080"
              text: |
                a
                b
              umlaut: grün
              "yes": "no"
            kind: ConfigMap
            metadata:
              creationTimestamp: "20
            """,
            answer.Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Namespaces, "application/yaml", "items:\n- ")]
    [InlineData("/apis", "application/yaml", "kind: APIGroupList\n")]
    [InlineData("/api/v1", "application/yaml", "kind: APIResourceList\n")]
    [InlineData(Namespace, "application/yaml;as=Table;" + Meta, "kind: Table\n")]
    [InlineData(Namespace, "application/json;q=0.1,application/yaml", "kind: Namespace\n")]
    public async Task Yaml_OtherAnswers_AreYamlToo(string path, string accept, string part)
    {
        ApiAnswer answer = (await _admin.GetAsync(path, accept)).Expect(200);

        Assert.Equal("application/yaml", answer.ContentType);
        Assert.Contains(part, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Yaml_Error_IsYamlToo()
    {
        ApiAnswer answer = (await _admin.GetAsync(Namespace + "x", "application/yaml")).Expect(404);

        Assert.Equal("application/yaml", answer.ContentType);
        Assert.Contains("\nreason: NotFound\n", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?pretty=true", "test", true)]
    [InlineData("?pretty=1", "test", true)]
    [InlineData("", "test", false)]
    [InlineData("", "curl/8.1", true)]
    [InlineData("", "Wget/1.21", true)]
    [InlineData("", "Mozilla/5.0 (X11)", true)]
    [InlineData("?pretty=false", "curl/8.1", false)]
    public async Task Pretty_AskedForOrPerson_IsIndented(string query, string agent, bool isPretty)
    {
        ApiAnswer answer = (await _admin.GetAsync(Namespace + query, ("User-Agent", agent))).Expect(200);

        Assert.Equal(isPretty, answer.Text.Contains("\n  \"metadata\": {\n    \"", StringComparison.Ordinal));
        Assert.Equal("default", answer.Name);
    }

    [Fact]
    public async Task Pretty_ListAndErrorAndEscapes_SayTheSame()
    {
        string ns = await server.NamespaceAsync();
        (await _admin.PostAsync($"/api/v1/namespaces/{ns}/configmaps", """{"metadata":{"name":"c"},"data":{"a":"\"<ü>\" \\ 1\u0007"}}""")).Expect(201);
        string path = $"/api/v1/namespaces/{ns}/configmaps";

        Assert.True(JsonNode.DeepEquals((await _admin.GetAsync(path)).Json, (await _admin.GetAsync(path + "?pretty=true")).Json));
        Assert.Matches(
            "\n {8}\"c\",\n {8}1,\n {8}\"", (await _admin.GetAsync(path + "?pretty=true&fieldSelector=metadata.name%3Dc", "application/json;as=Table;" + Meta)).Expect(200).Text);
        Assert.Contains("\n  \"code\": 404", (await _admin.GetAsync(path + "/none?pretty=true")).ExpectFailure(404, "NotFound").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gzip_LongAnswer_IsCompressedWhereTheClientTakesIt()
    {
        string ns = await server.NamespaceAsync();
        string path = $"/api/v1/namespaces/{ns}/configmaps";
        (await _admin.PostAsync(path, $$$"""{"metadata":{"name":"long"},"data":{"a":"{{{new string('x', 140_000)}}}"}}""")).Expect(201);
        (await _admin.PostAsync(path, $$$"""{"metadata":{"name":"short"},"data":{"a":"{{{new string('x', 120_000)}}}"}}""")).Expect(201);

        foreach ((string what, string accept, string encodings, bool isCompressed) in new[]
        {
            ("/long", "application/json", "gzip", true),
            ("/long", "application/json", "deflate, gzip", true),
            ("/long", "application/yaml", "gzip", true),
            ("/long?pretty=true", "application/json", "gzip", true),
            ("", "application/json", "gzip", true),
            ("/long", "application/json", "gzip;q=0", false),
            ("/long", "application/json", "deflate", false),
            ("/short", "application/json", "gzip", false),
            ("/short?pretty=true", "application/json", "gzip", false),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path + what);
            request.Headers.TryAddWithoutValidation("Accept", accept);
            request.Headers.TryAddWithoutValidation("Accept-Encoding", encodings);
            using HttpResponseMessage response = await _admin.Http.SendAsync(request, TestContext.Current.CancellationToken);
            byte[] body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

            Assert.Equal(200, (int)response.StatusCode);
            Assert.Equal(isCompressed, response.Content.Headers.ContentEncoding.Contains("gzip"));
            Assert.Equal(isCompressed, response.Headers.Vary.Contains("Accept-Encoding"));
            string text = Encoding.UTF8.GetString(isCompressed ? await DecompressAsync(body) : body);
            Assert.Contains(new string('x', 120_000), text, StringComparison.Ordinal);
            if (accept == "application/json")
            {
                Assert.NotNull(JsonNode.Parse(text));
            }
        }
    }

    [Fact]
    public async Task Gzip_Watch_IsNeverCompressed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Namespaces + "?watch=true&timeoutSeconds=1");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        using HttpResponseMessage response = await _admin.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Contains("\"ADDED\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warning_ManyAndLong_AreCutToTheirBudget()
    {
        string ns = await server.NamespaceAsync();
        string fields = string.Join(',', Enumerable.Range(0, 40).Select(i => $"\"{new string('u', 300)}ü{i:00}\":1"));

        ApiAnswer answer = (await _admin.PostAsync($"/api/v1/namespaces/{ns}/configmaps", $$$"""{"metadata":{"name":"c"},{{{fields}}},"x\"y":1}""")).Expect(201);

        string[] warnings = [.. answer.Headers.GetValues("Warning")];
        Assert.InRange(warnings.Length, 1, 17);
        Assert.All(warnings, w => Assert.InRange(w.Length, 1, 256 + "299 - \"\"".Length + 2));
        Assert.All(warnings, w => Assert.StartsWith("299 - \"unknown field", w, StringComparison.Ordinal));
    }

    private static async Task<byte[]> DecompressAsync(byte[] body)
    {
        using var output = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        await gzip.CopyToAsync(output, TestContext.Current.CancellationToken);
        return output.ToArray();
    }
}
