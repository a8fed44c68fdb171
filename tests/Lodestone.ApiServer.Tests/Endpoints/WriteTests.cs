using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Endpoints;

public sealed class WriteTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Create_NewObject_SetsWhatIsTheServers()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        var body = (JsonObject)JsonNode.Parse(Samples.LoadBalancer("a"))!;
        body["metadata"]!["uid"] = "mine";
        body["metadata"]!["creationTimestamp"] = "2001-01-01T00:00:00Z";
        body["status"] = new JsonObject { ["ips"] = new JsonArray("203.0.113.9") };

        ApiAnswer created = (await _admin.PostAsync(path, body.ToJsonString())).Expect(201);

        Assert.NotEqual("mine", created.Uid);
        Assert.DoesNotContain("2001", created.Text, StringComparison.Ordinal);
        Assert.Equal(1, (int)created.Json["metadata"]!["generation"]!);
        Assert.Null(created.Json["status"]);
        Assert.Equal(created.Text, (await _admin.GetAsync($"{path}/a")).Expect(200).Text);
    }

    [Fact]
    public async Task Create_GenerateName_GivesDistinctNames()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        string body = Samples.LoadBalancer("").Replace("\"name\":\"\"", "\"generateName\":\"web-\"", StringComparison.Ordinal);

        ApiAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _admin.PostAsync(path, body)));

        Assert.All(answers, a => Assert.Matches("^web-[b-z2-9]{5}$", a.Expect(201).Name));
        Assert.Equal(20, answers.Select(a => a.Name).Distinct().Count());
    }

    [Fact]
    public async Task Create_NameTaken_IsAlreadyExists()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        ApiAnswer answer = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).ExpectFailure(409, "AlreadyExists");

        Assert.Equal("loadbalancers.networking.ironcore.dev \"a\" already exists", answer.Message);
        Assert.Equal("loadbalancers", (string)answer.Json["details"]!["kind"]!);
    }

    [Fact]
    public async Task Create_MissingNamespace_IsNotFound()
    {
        ApiAnswer answer = (await _admin.PostAsync(Samples.LoadBalancers("nowhere"), Samples.LoadBalancer("a"))).ExpectFailure(404, "NotFound");

        Assert.Equal("namespaces \"nowhere\" not found", answer.Message);
    }

    [Theory]
    [InlineData("""{"kind":"Network"}""", "does not match")]
    [InlineData("""{"apiVersion":"v1"}""", "the API version in the data (v1) does not match the expected API version (networking.ironcore.dev/v1alpha1)")]
    [InlineData("""{"metadata":{"namespace":"other","name":"a"}}""", "the namespace of the provided object does not match the namespace sent on the request")]
    [InlineData("""{"metadata":{"name":"a","resourceVersion":"1"}}""", "resourceVersion should not be set on objects to be created")]
    [InlineData("""{"spec":{"ports":"x"}}""", "cannot be handled as a LoadBalancer")]
    [InlineData("""{"spec":""", "")]
    [InlineData("""[]""", "")]
    [InlineData("", "")]
    public async Task Create_MalformedBody_IsBadRequest(string body, string message)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());

        ApiAnswer answer = (await _admin.PostAsync(path, body)).ExpectFailure(400, "BadRequest");

        Assert.Contains(message, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_BrokenRules_NamesEveryOne()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());

        ApiAnswer answer = (await _admin.PostAsync(path, """{"metadata":{"name":"a"},"spec":{"type":"x","ports":[{"port":0}]}}""")).ExpectFailure(422, "Invalid");

        string[] fields = [.. ((JsonArray)answer.Json["details"]!["causes"]!).Select(c => (string)c!["field"]!)];
        Assert.Contains("spec.type", fields);
        Assert.Contains("spec.ports[0].port", fields);
        Assert.Equal("LoadBalancer", (string)answer.Json["details"]!["kind"]!);
        Assert.StartsWith("LoadBalancer.networking.ironcore.dev \"a\" is invalid: [", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_UnknownField_IsRefusedWarnedOfOrIgnored()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        string body = Samples.LoadBalancer("a").Replace("\"type\"", "\"foo\":1,\"type\":\"Internal\",\"type\"", StringComparison.Ordinal);

        ApiAnswer strict = (await _admin.PostAsync(path + "?fieldValidation=Strict", body)).ExpectFailure(400, "BadRequest");
        ApiAnswer ignored = (await _admin.PostAsync(path + "?fieldValidation=Ignore&dryRun=All", body)).Expect(201);
        ApiAnswer warned = (await _admin.PostAsync(path, body)).Expect(201);

        Assert.EndsWith("strict decoding error: unknown field \"spec.foo\", duplicate field \"spec.type\"", strict.Message, StringComparison.Ordinal);
        Assert.False(ignored.Headers.Contains("Warning"));
        Assert.Contains("299 - \"unknown field \\\"spec.foo\\\"\"", warned.Headers.GetValues("Warning"));
        Assert.Null(warned.Json["spec"]!["foo"]);
        Assert.Equal("Public", (string)warned.Json["spec"]!["type"]!);
    }

    [Fact]
    public async Task Create_DryRun_AnswersAndStoresNothing()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());

        (await _admin.PostAsync(path + "?dryRun=All", Samples.LoadBalancer("a"))).Expect(201);

        (await _admin.GetAsync($"{path}/a")).ExpectFailure(404, "NotFound");
        (await _admin.PostAsync(path + "?dryRun=Some", Samples.LoadBalancer("a"))).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task Create_UnsupportedBodies_AreRefusedByKind()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());

        (await _admin.PostAsync(path, "k8s", "application/vnd.kubernetes.protobuf")).ExpectFailure(415, "UnsupportedMediaType");
        (await _admin.PostAsync(path, new string(' ', (3 << 20) + 1))).ExpectFailure(413, "RequestEntityTooLarge");
        (await _admin.SendAsync(HttpMethod.Patch, $"{path}/a", "{}", "application/strategic-merge-patch+json")).ExpectFailure(415, "UnsupportedMediaType");
    }

    [Fact]
    public async Task Update_StaleOrMissingVersion_IsRefused()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer first = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"labels":{"x":"y"}}}""")).Expect(200);

        ApiAnswer stale = (await _admin.PutAsync($"{path}/a", first.Text)).ExpectFailure(409, "Conflict");
        ApiAnswer missing = (await _admin.PutAsync($"{path}/a", Samples.LoadBalancer("a"))).ExpectFailure(422, "Invalid");

        Assert.Equal(
            "Operation cannot be fulfilled on loadbalancers.networking.ironcore.dev \"a\": the object has been modified; please apply your changes to the latest version and try again",
            stale.Message);
        Assert.Contains("metadata.resourceVersion: Invalid value: 0x0: must be specified for an update", missing.Message, StringComparison.Ordinal);
        (await _admin.PutAsync($"{path}/b", Samples.LoadBalancer("b"))).ExpectFailure(404, "NotFound");
    }

    [Fact]
    public async Task Update_SameObject_IsNoWrite()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer first = (await _admin.PostAsync(path, Samples.LoadBalancer("a", """{"b":"1","a":"2"}"""))).Expect(201);

        ApiAnswer put = (await _admin.PutAsync($"{path}/a", first.Text)).Expect(200);
        ApiAnswer patched = (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"labels":{"a":"2"}},"spec":{"type":"Public"}}""")).Expect(200);

        Assert.Equal(first.Text, put.Text);
        Assert.Equal(first.Text, patched.Text);
    }

    [Fact]
    public async Task Generation_CountsOnlyChangesOfWhatIsWanted()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        int label = Generation(await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"labels":{"x":"y"}}}"""));
        int status = Generation(await _admin.MergePatchAsync($"{path}/a/status", """{"status":{"ips":["203.0.113.1"]}}"""));
        int spec = Generation(await _admin.MergePatchAsync($"{path}/a", """{"spec":{"ports":[{"port":81}]},"metadata":{"generation":77}}"""));

        Assert.Equal((1, 1, 2), (label, status, spec));
    }

    [Fact]
    public async Task Status_AndTheRest_DoNotTouchEachOther()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        ApiAnswer viaStatus = (await _admin.MergePatchAsync(
            $"{path}/a/status", """{"metadata":{"labels":{"x":"y"}},"spec":{"ports":[]},"status":{"ips":["203.0.113.1"]}}""")).Expect(200);
        ApiAnswer viaMain = (await _admin.MergePatchAsync($"{path}/a", """{"status":{"ips":["203.0.113.2"]}}""")).Expect(200);

        Assert.Null(viaStatus.Json["metadata"]!["labels"]?["x"]);
        Assert.Single((JsonArray)viaStatus.Json["spec"]!["ports"]!);
        Assert.Equal("203.0.113.1", (string)viaMain.Json["status"]!["ips"]![0]!);
        (await _admin.GetAsync($"{path}/a/status")).Expect(200);
        (await _admin.GetAsync($"{path}/a/scale")).ExpectFailure(404, "NotFound");
    }

    [Fact]
    public async Task Patch_ManyClientsAtOnce_LosesNoChange()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
            (await _admin.MergePatchAsync($"{path}/a", Label($"l{i}"))).Expect(200)));

        ApiAnswer answer = (await _admin.GetAsync($"{path}/a")).Expect(200);
        Assert.Equal(41, ((JsonObject)answer.Json["metadata"]!["labels"]!).Count);
    }

    [Fact]
    public async Task JsonPatch_FailingTest_ChangesNothing()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer first = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        ApiAnswer answer = await _admin.JsonPatchAsync(
            $"{path}/a", """[{"op":"replace","path":"/spec/ports/0/port","value":9},{"op":"test","path":"/spec/type","value":"Internal"}]""");

        Assert.Equal("the server rejected our request due to an error in our request", answer.ExpectFailure(422, "Invalid").Message);
        Assert.Equal(first.Text, (await _admin.GetAsync($"{path}/a")).Text);
    }

    [Fact]
    public async Task Patch_StaleVersionInside_IsConflict()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"resourceVersion":"1","labels":{"x":"y"}}}""")).ExpectFailure(409, "Conflict");
    }

    private static string Label(string name) =>
        new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [name] = "x" } } }.ToJsonString();

    private static int Generation(ApiAnswer answer) => (int)answer.Expect(200).Json["metadata"]!["generation"]!;
}
