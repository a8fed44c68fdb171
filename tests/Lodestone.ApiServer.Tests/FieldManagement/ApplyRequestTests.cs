using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>Server-side apply and managedFields over HTTPS (facts 1.7, 2.4 to 2.6).</summary>
public sealed class ApplyRequestTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Version = "networking.ironcore.dev/v1alpha1";
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Apply_Missing_Creates201ThenSame200WithoutNewVersion()
    {
        string path = await PathAsync();

        ApiAnswer created = (await ApplyAsync(path, "alice", Config())).Expect(201);
        ApiAnswer again = (await ApplyAsync(path, "alice", Config())).Expect(200);

        Assert.Equal(created.Text, again.Text);
        Assert.Equal(["alice Apply  {\"f:spec\":{\"f:ipFamilies\":{},\"f:networkRef\":{},\"f:ports\":{},\"f:type\":{}}}"], Owners(created));
        Assert.Equal(1, (int)created.Json["metadata"]!["generation"]!);
    }

    [Fact]
    public async Task Apply_SecondManagerSameValues_SharesAndIsWrittenOnce()
    {
        string path = await PathAsync();
        ApiAnswer created = (await ApplyAsync(path, "alice", Config())).Expect(201);

        ApiAnswer shared = (await ApplyAsync(path, "bob", Config())).Expect(200);
        ApiAnswer again = (await ApplyAsync(path, "bob", Config())).Expect(200);

        Assert.NotEqual(created.ResourceVersion, shared.ResourceVersion);
        Assert.Equal(shared.ResourceVersion, again.ResourceVersion);
        Assert.Equal(["alice", "bob"], Owners(shared).Select(o => o.Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.Equal(1, (int)shared.Json["metadata"]!["generation"]!);
    }

    [Fact]
    public async Task Apply_OthersField_Is409WithCausesAndForceTakesIt()
    {
        string path = await PathAsync();
        (await _admin.PostAsync($"{path[..path.LastIndexOf('/')]}?fieldManager=creator", Config())).Expect(201);
        (await ApplyAsync(path, "alice", Config())).Expect(200);

        ApiAnswer one = (await ApplyAsync(path, "bob", Config(port: 81))).ExpectFailure(409, "Conflict");
        ApiAnswer forced = (await ApplyAsync(path, "bob", Config(port: 81), "&force=true")).Expect(200);

        Assert.Equal(
            $"Apply failed with 2 conflicts: conflicts with \"alice\":\n- .spec.ports\nconflicts with \"creator\" using {Version}:\n- .spec.ports",
            one.Message);
        Assert.Equal(
            [("FieldManagerConflict", ".spec.ports", "conflict with \"alice\""), ("FieldManagerConflict", ".spec.ports", $"conflict with \"creator\" using {Version}")],
            ((JsonArray)one.Json["details"]!["causes"]!).Select(c => ((string)c!["reason"]!, (string)c["field"]!, (string)c["message"]!)));
        Assert.Equal(81, (int)forced.Json["spec"]!["ports"]![0]!["port"]!);
        Assert.Equal(2, (int)forced.Json["metadata"]!["generation"]!);
        Assert.DoesNotContain(Owners(forced), o => !o.StartsWith("bob", StringComparison.Ordinal) && o.Contains("f:ports", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Apply_FieldLeftOut_IsRemoved()
    {
        string path = await PathAsync();
        (await ApplyAsync(path, "alice", Config(labels: """{"a":"1","b":"2"}"""))).Expect(201);

        ApiAnswer answer = (await ApplyAsync(path, "alice", Config(labels: """{"b":"2"}"""))).Expect(200);

        Assert.Equal("""{"b":"2"}""", answer.Json["metadata"]!["labels"]!.ToJsonString());
    }

    [Fact]
    public async Task Apply_Status_OwnsStatusOnlyAndCreatesNothing()
    {
        string path = await PathAsync();
        (await ApplyAsync($"{path}/status", "ctl", Config(status: """{"targets":2}"""))).ExpectFailure(404, "NotFound");
        (await ApplyAsync(path, "alice", Config(status: """{"targets":9}"""))).Expect(201);

        ApiAnswer answer = (await ApplyAsync(
            $"{path}/status", "ctl", Config(port: 99, labels: """{"x":"y"}""", status: """{"targets":2,"conditions":[{"type":"A","status":"True","reason":"R","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}"""))).Expect(200);

        Assert.Equal(80, (int)answer.Json["spec"]!["ports"]![0]!["port"]!);
        Assert.Equal(2, (int)answer.Json["status"]!["targets"]!);
        Assert.Null(answer.Json["metadata"]!["labels"]);
        Assert.Equal(1, (int)answer.Json["metadata"]!["generation"]!);
        Assert.Contains(
            "ctl Apply status {\"f:status\":{\"f:conditions\":{\"k:{\\\"type\\\":\\\"A\\\"}\":{\".\":{},\"f:lastTransitionTime\":{},\"f:message\":{},\"f:reason\":{},\"f:status\":{},\"f:type\":{}}},\"f:targets\":{}}}",
            Owners(answer));
        Assert.DoesNotContain(Owners(answer), o => o.StartsWith("alice", StringComparison.Ordinal) && o.Contains("f:status", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Apply_ConditionsOfTwoControllers_AreMergedByType()
    {
        string path = await PathAsync();
        (await ApplyAsync(path, "alice", Config())).Expect(201);
        string Condition(string type) => $$$"""{"conditions":[{"type":"{{{type}}}","status":"True","reason":"R","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}""";

        (await ApplyAsync($"{path}/status", "one", Config(status: Condition("A")))).Expect(200);
        ApiAnswer both = (await ApplyAsync($"{path}/status", "two", Config(status: Condition("B")))).Expect(200);
        ApiAnswer left = (await ApplyAsync($"{path}/status", "one", Config(status: "{}"))).Expect(200);

        Assert.Equal(["A", "B"], both.Json["status"]!["conditions"]!.AsArray().Select(c => (string)c!["type"]!));
        Assert.Equal(["B"], left.Json["status"]!["conditions"]!.AsArray().Select(c => (string)c!["type"]!));
    }

    [Theory]
    [InlineData("", "fieldManager", "FieldValueRequired", "Required value: is required for apply patch")]
    [InlineData("?fieldManager=%0a", "fieldManager", "FieldValueInvalid", "Invalid value: \"\\n\": invalid character U+000A (at position 0)")]
    [InlineData("?fieldManager=a&dryRun=Some", "dryRun", "FieldValueNotSupported", "Unsupported value: []string{\"Some\"}: supported values: \"All\"")]
    public async Task Apply_BadParameter_Is422(string query, string field, string reason, string message)
    {
        ApiAnswer answer = (await _admin.SendAsync(HttpMethod.Patch, await PathAsync() + query, Config(), "application/apply-patch+yaml")).ExpectFailure(422, "Invalid");

        JsonNode cause = Assert.Single(answer.Json["details"]!["causes"]!.AsArray())!;
        Assert.Equal((field, reason, message), ((string)cause["field"]!, (string)cause["reason"]!, (string)cause["message"]!));
    }

    [Fact]
    public async Task Apply_ManagerTooLong_Is422() =>
        Assert.Equal(
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Too long: may not be more than 128 bytes",
            (await ApplyAsync(await PathAsync(), new string('x', 129), Config())).ExpectFailure(422, "Invalid").Message);

    [Fact]
    public async Task Patch_ForceWithoutApply_IsForbidden()
    {
        string path = await PathAsync();
        (await ApplyAsync(path, "alice", Config())).Expect(201);

        ApiAnswer answer = (await _admin.MergePatchAsync($"{path}?force=true", """{"metadata":{"labels":{"a":"b"}}}""")).ExpectFailure(422, "Invalid");

        Assert.Equal("PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch", answer.Message);
    }

    [Theory]
    [InlineData("""{"apiVersion":"networking.ironcore.dev/v1","kind":"LoadBalancer","metadata":{"name":"a"}}""", "Incorrect version specified in apply patch. Specified patch version: networking.ironcore.dev/v1, expected: networking.ironcore.dev/v1alpha1")]
    [InlineData("""{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"a"}}""", "invalid object type: networking.ironcore.dev/v1alpha1, Kind=Network")]
    [InlineData("""{"metadata":{"name":"a"}}""", "invalid object type: /, Kind=")]
    [InlineData("""{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"a","managedFields":[]}}""", "metadata.managedFields must be nil")]
    [InlineData("""{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"b"}}""", "the name of the object (b) does not match the name on the URL (a)")]
    [InlineData("""{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{}}""", "the name of the object (a based on URL) was undeterminable: name must be provided")]
    [InlineData("""{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"a","namespace":"elsewhere"}}""", "the namespace of the provided object does not match the namespace sent on the request")]
    [InlineData("[]", "error decoding YAML: an apply patch is an object")]
    [InlineData("a: [", "error decoding YAML: error converting YAML to JSON: yaml: line ")]
    public async Task Apply_NoPatchOfTheObject_Is400(string body, string message) =>
        Assert.StartsWith(message, (await ApplyAsync(await PathAsync(), "alice", body)).ExpectFailure(400, "BadRequest").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Ignore")]
    [InlineData("Warn")]
    [InlineData("Strict")]
    public async Task Apply_UnknownField_IsRefusedWhateverTheLevel(string level)
    {
        string path = await PathAsync();
        string body = Config().Replace("\"type\"", "\"foo\":1,\"type\"", StringComparison.Ordinal);

        ApiAnswer answer = (await ApplyAsync(path, "alice", body, $"&fieldValidation={level}")).ExpectFailure(400, "BadRequest");

        Assert.EndsWith($"/a; {Version}, Kind=LoadBalancer): .spec.foo: field not declared in schema", answer.Message, StringComparison.Ordinal);
        Assert.StartsWith("failed to create typed patch object (", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_ResultThatIsInvalid_IsRefusedWithItsCauses()
    {
        string path = await PathAsync();
        (await ApplyAsync(path, "alice", Config())).Expect(201);

        ApiAnswer answer = (await ApplyAsync(path, "alice", Config(port: 70000))).ExpectFailure(422, "Invalid");

        Assert.Contains("spec.ports[0].port", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_UidOfNothing_Is409()
    {
        ApiAnswer answer = (await ApplyAsync(await PathAsync(), "alice", Config(metadata: "\"uid\":\"nope\","))).ExpectFailure(409, "Conflict");

        Assert.EndsWith("\"a\": uid mismatch: the provided object specified uid nope, and no existing object was found", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_UidOfAnother_Is422()
    {
        string path = await PathAsync();
        (await ApplyAsync(path, "alice", Config())).Expect(201);

        Assert.EndsWith(
            "metadata.uid: Invalid value: \"nope\": field is immutable",
            (await ApplyAsync(path, "alice", Config(metadata: "\"uid\":\"nope\","))).ExpectFailure(422, "Invalid").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_ResourceVersion_IsTheVersionItMustHave()
    {
        string path = await PathAsync();
        ApiAnswer created = (await ApplyAsync(path, "alice", Config(metadata: "\"resourceVersion\":\"5\","))).Expect(201);

        (await ApplyAsync(path, "alice", Config(port: 81, metadata: "\"resourceVersion\":\"1\","))).ExpectFailure(409, "Conflict");
        (await ApplyAsync(path, "alice", Config(port: 81, metadata: $"\"resourceVersion\":\"{created.ResourceVersion}\","))).Expect(200);
    }

    [Fact]
    public async Task Apply_DryRun_AnswersAndStoresNothing()
    {
        string path = await PathAsync();
        ApiAnswer tried = (await ApplyAsync(path, "alice", Config(), "&dryRun=All")).Expect(201);
        (await _admin.GetAsync(path)).Expect(404);
        ApiAnswer created = (await ApplyAsync(path, "alice", Config())).Expect(201);

        ApiAnswer changed = (await ApplyAsync(path, "alice", Config(port: 81), "&dryRun=All")).Expect(200);

        Assert.NotEmpty(Owners(tried));
        Assert.Equal(81, (int)changed.Json["spec"]!["ports"]![0]!["port"]!);
        Assert.Equal(created.Text, (await _admin.GetAsync(path)).Text);
    }

    [Fact]
    public async Task Apply_ToMissingNamespace_IsNotFound() =>
        Assert.Equal("namespaces \"nowhere\" not found", (await ApplyAsync($"{Samples.LoadBalancers("nowhere")}/a", "alice", Config())).ExpectFailure(404, "NotFound").Message);

    [Fact]
    public async Task Apply_Yaml_IsReadLikeJson()
    {
        ApiAnswer answer = (await ApplyAsync(await PathAsync(), "alice", """
            apiVersion: networking.ironcore.dev/v1alpha1
            kind: LoadBalancer
            metadata:
              name: a
              annotations: &texts {note: "yes", "on": 'off'}
              labels: *texts
            spec:
              type: Public
              ipFamilies: [IPv4]
              networkRef: {name: net}
              ports:
              - port: 0x50
                protocol: TCP
            """)).Expect(201);

        Assert.Equal(80, (int)answer.Json["spec"]!["ports"]![0]!["port"]!);
        Assert.Equal("off", (string)answer.Json["metadata"]!["labels"]!["on"]!);
    }

    [Theory]
    [InlineData("Strict", 400)]
    [InlineData("Warn", 201)]
    [InlineData("Ignore", 201)]
    public async Task Apply_YamlWithKeyTwice_IsAsFieldValidationSays(string level, int code)
    {
        ApiAnswer answer = (await ApplyAsync(
            await PathAsync(),
            "alice",
            "apiVersion: networking.ironcore.dev/v1alpha1\nkind: LoadBalancer\nmetadata:\n  name: a\n  labels:\n    x: \"1\"\n    x: \"2\"\nspec:\n  type: Public\n  ipFamilies: [IPv4]\n  networkRef: {name: net}\n",
            $"&fieldValidation={level}")).Expect(code);

        if (code == 400)
        {
            Assert.Equal("error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key \"x\" already set in map", answer.Message);
            return;
        }

        Assert.Equal("2", (string)answer.Json["metadata"]!["labels"]!["x"]!);
        Assert.Equal(level == "Warn" ? ["299 - \"line 7: key \\\"x\\\" already set in map\""] : [], answer.Headers.TryGetValues("Warning", out IEnumerable<string>? warnings) ? warnings : []);
    }

    [Fact]
    public async Task Apply_JsonWithKeyTwice_IsNoticedToo()
    {
        string body = Config().Replace("\"spec\":{", "\"spec\":{\"type\":\"Internal\",", StringComparison.Ordinal);

        Assert.Contains("key \"type\" already set in map", (await ApplyAsync(await PathAsync(), "alice", body, "&fieldValidation=Strict")).ExpectFailure(400, "BadRequest").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_Yaml_WithKeyTwiceAndUnknownField_AllAreNamed()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        const string Body = "apiVersion: networking.ironcore.dev/v1alpha1\nkind: LoadBalancer\nmetadata:\n  name: a\n  name: b\nspec:\n  foo: 1\n  type: Public\n  ipFamilies: [IPv4]\n  networkRef: {name: net}\n";

        ApiAnswer strict = (await _admin.PostAsync($"{path}?fieldValidation=Strict", Body, "application/yaml")).ExpectFailure(400, "BadRequest");
        ApiAnswer warned = (await _admin.PostAsync(path, Body, "application/yaml")).Expect(201);

        Assert.EndsWith("strict decoding error: yaml: unmarshal errors:\n  line 5: key \"name\" already set in map, unknown field \"spec.foo\"", strict.Message, StringComparison.Ordinal);
        Assert.Equal("b", warned.Name);
        Assert.Equal(2, warned.Headers.GetValues("Warning").Count());
    }

    [Fact]
    public async Task Update_Yaml_IsTaken()
    {
        string path = await PathAsync();
        ApiAnswer created = (await ApplyAsync(path, "alice", Config())).Expect(201);

        ApiAnswer updated = (await _admin.SendAsync(
            HttpMethod.Put,
            path,
            $"apiVersion: {Version}\nkind: LoadBalancer\nmetadata: {{name: a, resourceVersion: \"{created.ResourceVersion}\"}}\nspec: {{type: Public, ipFamilies: [IPv4], networkRef: {{name: net}}}}\n",
            "application/yaml")).Expect(200);

        Assert.Null(updated.Json["spec"]!["ports"]);
    }

    [Fact]
    public async Task Patch_UnknownType_NamesApplyToo() =>
        Assert.EndsWith(
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
            (await _admin.SendAsync(HttpMethod.Patch, await PathAsync(), "{}", "application/strategic-merge-patch+json")).ExpectFailure(415, "UnsupportedMediaType").Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Write_EveryOtherKind_KeepsManagedFields()
    {
        string path = await PathAsync();
        string collection = path[..path.LastIndexOf('/')];
        ApiAnswer created = (await _admin.PostAsync($"{collection}?fieldManager=creator", Config(labels: """{"a":"1"}"""))).Expect(201);
        (await _admin.MergePatchAsync($"{path}?fieldManager=merger", """{"metadata":{"labels":{"b":"2"}}}""")).Expect(200);
        (await _admin.JsonPatchAsync($"{path}?fieldManager=patcher", """[{"op":"add","path":"/metadata/labels/c","value":"3"}]""")).Expect(200);
        (await _admin.MergePatchAsync($"{path}/status?fieldManager=status", """{"status":{"targets":1}}""")).Expect(200);
        JsonObject body = (await _admin.GetAsync(path)).Json;
        body["metadata"]!["labels"]!["a"] = "9";

        ApiAnswer replaced = (await _admin.PutAsync($"{path}?fieldManager=replacer", body.ToJsonString())).Expect(200);

        Assert.Equal(
            [
                "creator Update  {\"f:metadata\":{\"f:labels\":{}},\"f:spec\":{\".\":{},\"f:ipFamilies\":{},\"f:networkRef\":{},\"f:ports\":{},\"f:type\":{}}}",
                "merger Update  {\"f:metadata\":{\"f:labels\":{\"f:b\":{}}}}",
                "patcher Update  {\"f:metadata\":{\"f:labels\":{\"f:c\":{}}}}",
                "replacer Update  {\"f:metadata\":{\"f:labels\":{\"f:a\":{}}}}",
                "status Update status {\"f:status\":{\".\":{},\"f:targets\":{}}}",
            ],
            Owners(replaced).Order(StringComparer.Ordinal));
        Assert.Equal("creator", (string)created.Json["metadata"]!["managedFields"]![0]!["manager"]!);
        Assert.Equal(Version, (string)created.Json["metadata"]!["managedFields"]![0]!["apiVersion"]!);
        Assert.Equal("FieldsV1", (string)created.Json["metadata"]!["managedFields"]![0]!["fieldsType"]!);
        Assert.Matches("^[0-9-]{10}T[0-9:]{8}Z$", (string)created.Json["metadata"]!["managedFields"]![0]!["time"]!);
    }

    [Fact]
    public async Task Write_WithoutManager_IsTheUserAgents()
    {
        string path = await PathAsync();

        using var request = new HttpRequestMessage(HttpMethod.Post, path[..path.LastIndexOf('/')]) { Content = new StringContent(Config(), Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-thing/v1.2 (linux)");
        ApiAnswer created = (await _admin.SendAsync(request)).Expect(201);

        Assert.StartsWith("kube-thing Update", Assert.Single(Owners(created)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_IdenticalWithOtherTimes_ChangesNothing()
    {
        string path = await PathAsync();
        ApiAnswer created = (await ApplyAsync(path, "alice", Config())).Expect(201);
        JsonObject body = created.Json;
        body["metadata"]!["managedFields"]![0]!["time"] = "2001-01-01T00:00:00Z";

        ApiAnswer same = (await _admin.PutAsync(path, body.ToJsonString())).Expect(200);

        Assert.Equal(created.Text, same.Text);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[{}]")]
    public async Task Patch_ManagedFieldsReset_UntrackedUntilTheNextApply(string reset)
    {
        string path = await PathAsync();
        (await ApplyAsync(path, "alice", Config(labels: """{"a":"1"}"""))).Expect(201);

        ApiAnswer forgotten = (await _admin.JsonPatchAsync(path, $$"""[{"op":"replace","path":"/metadata/managedFields","value":{{reset}}}]""")).Expect(200);
        ApiAnswer changed = (await _admin.MergePatchAsync(path, """{"metadata":{"labels":{"a":"2"}}}""")).Expect(200);
        ApiAnswer applied = (await ApplyAsync(path, "bob", Config())).Expect(200);

        Assert.Null(forgotten.Json["metadata"]!["managedFields"]);
        Assert.Null(changed.Json["metadata"]!["managedFields"]);
        Assert.Equal(["before-first-apply", "bob"], Owners(applied).Select(o => o.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Apply_ManyAtOnce_AllAreMerged()
    {
        string path = await PathAsync();

        ApiAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            ApplyAsync(path, $"m{i}", Config(labels: $$"""{"l{{i}}":"x"}"""))));

        Assert.Single(answers, a => a.Code == 201);
        Assert.Equal(15, answers.Count(a => a.Code == 200));
        ApiAnswer last = await _admin.GetAsync(path);
        Assert.Equal(16, last.Json["metadata"]!["labels"]!.AsObject().Count);
        Assert.Equal(16, Owners(last).Count());
    }

    [Fact]
    public async Task Apply_LastFinalizerLeftOutOfADeletedObject_DeletesIt()
    {
        string path = await PathAsync();
        (await ApplyAsync(path, "alice", Config(metadata: "\"finalizers\":[\"a.b/c\"],"))).Expect(201);
        (await _admin.DeleteAsync(path)).Expect(200);

        (await ApplyAsync(path, "alice", Config())).Expect(200);

        (await _admin.GetAsync(path)).Expect(404);
    }

    [Fact]
    public async Task Apply_ByKubectl_RefreshesLastApplied()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps/c";
        const string LastApplied = """{\"apiVersion\":\"v1\",\"data\":{\"k\":\"1\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}\n""";
        (await _admin.PostAsync(
            $"{path[..path.LastIndexOf('/')]}?fieldManager=kubectl-client-side-apply",
            $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{{{LastApplied}}}"}},"data":{"k":"1"}}""")).Expect(201);
        const string Body = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"k":"2"}}""";

        (await ApplyAsync(path, "flux", Body)).ExpectFailure(409, "Conflict");
        ApiAnswer migrated = (await ApplyAsync(path, "kubectl", Body)).Expect(200);

        Assert.Equal("2", (string)migrated.Json["data"]!["k"]!);
        Assert.Equal(
            "{\"apiVersion\":\"v1\",\"data\":{\"k\":\"2\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}\n",
            (string)migrated.Json["metadata"]!["annotations"]!["kubectl.kubernetes.io/last-applied-configuration"]!);
    }

    [Fact]
    public async Task Watch_ApplyThatChangesNothing_SendsNoEvent()
    {
        string path = await PathAsync();
        ApiAnswer created = (await ApplyAsync(path, "alice", Config())).Expect(201);
        using WatchReader watch = await _admin.WatchAsync($"{path[..path.LastIndexOf('/')]}?watch=true&resourceVersion={created.ResourceVersion}");

        (await ApplyAsync(path, "alice", Config())).Expect(200);
        ApiAnswer changed = (await ApplyAsync(path, "alice", Config(port: 81))).Expect(200);

        JsonObject? item = await watch.NextAsync();
        Assert.Equal(("MODIFIED", changed.ResourceVersion), ((string)item!["type"]!, (string)item["object"]!["metadata"]!["resourceVersion"]!));
    }

    private static IEnumerable<string> Owners(ApiAnswer answer) => (answer.Json["metadata"]!["managedFields"]?.AsArray() ?? [])
        .Select(e => $"{e!["manager"]} {e["operation"]} {e["subresource"]} {e["fieldsV1"]!.ToJsonString(Relaxed)}");

    private static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Config(int port = 80, string? labels = null, string? status = null, string metadata = "") =>
        $$$"""{"apiVersion":"{{{Version}}}","kind":"LoadBalancer","metadata":{ {{{metadata}}}{{{(labels is null ? "" : $"\"labels\":{labels},")}}}"name":"a"},"spec":{"type":"Public","ipFamilies":["IPv4"],"networkRef":{"name":"net"},"ports":[{"port":{{{port}}} }]}{{{(status is null ? "" : $",\"status\":{status}")}}} }""";

    private async Task<string> PathAsync() => $"{Samples.LoadBalancers(await server.NamespaceAsync())}/a";

    private Task<ApiAnswer> ApplyAsync(string path, string manager, string body, string query = "") =>
        _admin.SendAsync(HttpMethod.Patch, $"{path}?fieldManager={manager}{query}", body, "application/apply-patch+yaml");
}
