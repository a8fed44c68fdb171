using System.Text.Json.Nodes;
using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Apply;

/// <summary>Server-side apply.</summary>
public sealed class ApplyCases(Target target) : ConformanceCase(target)
{
    private string Map => Kind.ConfigMap.At(Namespace, "a");

    private string Network => Kind.Network.At(Namespace, "a");

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    [InlineData("leases")]
    public async Task Apply_ObjectThatIsNot_IsCreated(string plural)
    {
        var kind = Kind.Of(plural);
        Answer applied = await Api.ApplyAsync(kind.At(Namespace, "a"), kind.Manifest("a", """{"metadata":{"labels":{"x":"1"}}}""").ToJsonString(), "alice");
        applied.Is(201).Matches("""{"metadata":{"name":"a","uid":"<uid>"}}""");
        Entry(applied, "alice", "Apply", $$"""{"manager":"alice","operation":"Apply","apiVersion":"{{kind.ApiVersion}}","fieldsType":"FieldsV1","time":"<time>"}""");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Apply_Again_WritesNothing(string plural)
    {
        var kind = Kind.Of(plural);
        string manifest = kind.Manifest("a", """{"metadata":{"labels":{"x":"1"}}}""").ToJsonString();
        Answer first = (await Api.ApplyAsync(kind.At(Namespace, "a"), manifest, "alice")).Is(201);
        Answer second = (await Api.ApplyAsync(kind.At(Namespace, "a"), manifest, "alice")).Is(200);
        Assert.Equal(first.ResourceVersion, second.ResourceVersion);
    }

    [Case]
    public async Task Apply_Yaml_IsRead()
    {
        Answer applied = await Api.ApplyAsync(Map, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: \"1\"\n", "alice");
        applied.Is(201).Has("data.a", "1");
        Entry(applied, "alice", "Apply", """{"fieldsV1":{"f:data":{"f:a":{}}}}""");
    }

    [Case]
    public async Task Apply_FieldLeftOut_IsRemoved()
    {
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1","b":"2"}"""), "alice")).Is(201);
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "alice")).Is(200).Has("data.a", "1").HasNot("data.b");
    }

    [Case]
    public async Task Apply_FieldOfAnother_IsAConflict()
    {
        Answer first = (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "alice")).Is(201);
        Assert.NotNull(first);
        (await Api.ApplyAsync(Map, Manifest("""{"a":"2"}"""), "bob")).IsFailure(
            409, "Conflict", "Apply failed with 1 conflict: conflict with \"alice\": .data.a",
            """{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"alice\"","field":".data.a"}]}""");
    }

    [Case]
    public async Task Apply_FieldsOfAnother_AreListed()
    {
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1","b":"1"}"""), "alice")).Is(201);
        Answer conflict = (await Api.ApplyAsync(Map, Manifest("""{"a":"2","b":"2"}"""), "bob")).Is(409);
        conflict.Has("message", "Apply failed with 2 conflicts: conflicts with \"alice\":\n- .data.a\n- .data.b");
        Assert.Equal([".data.a", ".data.b"], conflict["details.causes"].AsArray().Select(c => (string?)c!["field"]));
    }

    [Case]
    public async Task Apply_Force_TakesTheField()
    {
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1","b":"1"}"""), "alice")).Is(201);
        Answer forced = (await Api.ApplyAsync(Map, Manifest("""{"a":"2"}"""), "bob", force: true)).Is(200).Has("data.a", "2").Has("data.b", "1");
        Entry(forced, "alice", "Apply", """{"fieldsV1":{"f:data":{"f:a":"<absent>","f:b":{}}}}""");
        Entry(forced, "bob", "Apply", """{"fieldsV1":{"f:data":{"f:a":{}}}}""");
    }

    [Case]
    public async Task Apply_SameValueByTwo_IsShared()
    {
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "alice")).Is(201);
        Answer shared = (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "bob")).Is(200);
        Entry(shared, "alice", "Apply", """{"fieldsV1":{"f:data":{"f:a":{}}}}""");
        Entry(shared, "bob", "Apply", """{"fieldsV1":{"f:data":{"f:a":{}}}}""");
        (await Api.ApplyAsync(Map, Manifest("{}"), "alice")).Is(200).Has("data.a", "1");
        (await Api.ApplyAsync(Map, Manifest("{}"), "bob")).Is(200).HasNot("data.a");
    }

    [Case]
    public async Task Update_TakesWhatItChanges()
    {
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1","b":"1"}"""), "alice")).Is(201);
        Answer patched = (await Api.MergeAsync(Map + "?fieldManager=carol", """{"data":{"a":"2"}}""")).Is(200);
        Entry(patched, "carol", "Update", """{"manager":"carol","operation":"Update","apiVersion":"v1","fieldsV1":{"f:data":{"f:a":{}}}}""");
        Entry(patched, "alice", "Apply", """{"fieldsV1":{"f:data":{"f:a":"<absent>","f:b":{}}}}""");
        (await Api.ApplyAsync(Map, Manifest("""{"a":"3","b":"1"}"""), "alice")).Is(409)
            .Matches("""{"message":"</Apply failed with 1 conflict: conflict with \"carol\" using v1( at .+)?: \\.data\\.a/>"}""");
    }

    [Case]
    public async Task Create_OwnsWhatItSets()
    {
        Answer created = (await Api.PostAsync(Kind.ConfigMap.In(Namespace) + "?fieldManager=carol", Kind.ConfigMap.Manifest("a", """{"metadata":{"labels":{"x":"1"}}}"""))).Is(201);
        Entry(created, "carol", "Update", """{"fieldsV1":{"f:data":{".":{},"f:a":{}},"f:metadata":{"f:labels":{".":{},"f:x":{}}}}}""");
    }

    [Case]
    public async Task Manager_NotGiven_IsTheUserAgent()
    {
        Answer created = await CreateAsync(Kind.ConfigMap, "a");
        Entry(created, "conformance", "Update", """{"operation":"Update"}""");
    }

    [Case]
    public async Task Apply_WithoutManager_IsInvalid()
    {
        Answer answer = await Api.SendAsync(HttpMethod.Patch, Map, Manifest("{}"), KubeClient.ApplyPatch);
        answer.IsFailure(
            422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
            $$"""{"group":"meta.k8s.io","kind":"PatchOptions","causes":[{{Cause("FieldValueRequired", "Required value: is required for apply patch", "fieldManager")}}]}""");
    }

    [Case]
    public async Task Apply_LongManager_IsInvalid() =>
        (await Api.ApplyAsync(Map, Manifest("{}"), new string('a', 129))).Is(422).Has("details.causes[0].field", "fieldManager").Has("details.causes[0].reason", "FieldValueTooLong");

    [Case]
    public async Task Apply_WithManagedFields_IsRefused()
    {
        JsonObject manifest = Kind.ConfigMap.Manifest("a");
        manifest["metadata"]!["managedFields"] = new JsonArray(new JsonObject { ["manager"] = "x", ["operation"] = "Apply", ["apiVersion"] = "v1" });
        (await Api.ApplyAsync(Map, manifest.ToJsonString(), "alice")).Is(400).Has("message", "metadata.managedFields must be nil");
    }

    [Case]
    public async Task Apply_OtherVersion_IsRefused() =>
        (await Api.ApplyAsync(Map, """{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"a"}}""", "alice")).Is(400).Has("reason", "BadRequest");

    [Case]
    public async Task Apply_OtherName_IsRefused() =>
        (await Api.ApplyAsync(Map, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}""", "alice")).Is(400).Has("reason", "BadRequest");

    [Case]
    public async Task Apply_UidOfObjectThatIsNot_IsAConflict() =>
        (await Api.ApplyAsync(Map, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","uid":"11111111-1111-1111-1111-111111111111"}}""", "alice")).Is(409)
            .Has("reason", "Conflict");

    [Case]
    public async Task Apply_DryRun_ChangesNothing()
    {
        Answer created = (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "alice")).Is(201);
        (await Api.SendAsync(HttpMethod.Patch, Map + "?fieldManager=alice&dryRun=All", Manifest("""{"a":"2"}"""), KubeClient.ApplyPatch)).Is(200).Has("data.a", "2");
        (await Api.GetAsync(Map)).IsExactly(created.Text);
    }

    [Case]
    public async Task Apply_ListOfMaps_IsMergedByKey()
    {
        static string Peering(string name) => $$$"""
            {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"a"},"spec":{"peerings":[{"name":"{{{name}}}","networkRef":{"name":"{{{name}}}"} }]}}
            """;
        (await Api.ApplyAsync(Network, Peering("x"), "alice")).Is(201);
        Answer both = (await Api.ApplyAsync(Network, Peering("y"), "bob")).Is(200);
        Assert.Equal(["x", "y"], both["spec.peerings"].AsArray().Select(p => (string?)p!["name"]).Order());
        Entry(both, "bob", "Apply", """{"fieldsV1":{"f:spec":{"f:peerings":{"k:{\"name\":\"y\"}":{".":{},"f:name":{},"f:networkRef":"<any>"}}}}}""");
        Answer one = (await Api.ApplyAsync(Network, """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"a"},"spec":{}}""", "alice")).Is(200);
        Assert.Equal(["y"], one["spec.peerings"].AsArray().Select(p => (string?)p!["name"]));
    }

    [Case]
    public async Task Apply_AtomicList_IsOwnedWhole()
    {
        string path = Kind.LoadBalancer.At(Namespace, "a");
        Answer applied = (await Api.ApplyAsync(path, Kind.LoadBalancer.Manifest("a").ToJsonString(), "alice")).Is(201);
        Entry(applied, "alice", "Apply", """{"fieldsV1":{"f:spec":{"f:ports":{},"f:type":{}}}}""");
        Answer conflict = await Api.ApplyAsync(
            path, """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"a"},"spec":{"ports":[{"port":81}]}}""", "bob");
        Assert.True(conflict.Code is 409 or 422, conflict.ToString());
    }

    [Case]
    public async Task Apply_Finalizers_AreASet()
    {
        static string With(string name) => $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":["example.com/{{{name}}}"]}}""";
        (await Api.ApplyAsync(Map, With("x"), "alice")).Is(201);
        Answer both = (await Api.ApplyAsync(Map, With("y"), "bob")).Is(200);
        Assert.Equal(["example.com/x", "example.com/y"], both["metadata.finalizers"].AsArray().Select(f => (string?)f).Order());
        Entry(both, "alice", "Apply", """{"fieldsV1":{"f:metadata":{"f:finalizers":{"v:\"example.com/x\"":{}}}}}""");
    }

    [Case]
    public async Task Apply_Status_OwnsOnlyStatus()
    {
        await CreateAsync(Kind.Network, "a");
        Answer applied = await Api.ApplyAsync(
            Network + "/status", """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"a"},"spec":{"providerID":"x"},"status":{"state":"Available"}}""", "agent");
        applied.Is(200).Has("status.state", "Available").HasNot("spec.providerID");
        Entry(applied, "agent", "Apply", """{"fieldsV1":{"f:status":{"f:state":{}}}}""");
    }

    [Case]
    [Differs("before 1.22 entries don't say the subresource", "as newer versions", Since = 22)]
    public async Task Apply_Status_NamesTheSubresource()
    {
        await CreateAsync(Kind.Network, "a");
        Answer applied = await Api.ApplyAsync(
            Network + "/status", """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"a"},"status":{"state":"Available"}}""", "agent");
        Entry(applied.Is(200), "agent", "Apply", Differs ? """{"subresource":"<absent>"}""" : """{"subresource":"status"}""");
    }

    [Case]
    public async Task Apply_StatusOfObjectThatIsNot_NotFound() =>
        (await Api.ApplyAsync(Network + "/status", """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"a"},"status":{"state":"Available"}}""", "agent"))
            .Is(404).Has("reason", "NotFound");

    [Cases]
    [InlineData("[]")]
    [InlineData("[{}]")]
    public async Task Update_EmptyManagedFields_ForgetsOwners(string value)
    {
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "alice")).Is(201);
        (await Api.MergeAsync(Map, $$$"""{"metadata":{"managedFields":{{{value}}} } }""")).Is(200).HasNot("metadata.managedFields");
        (await Api.ApplyAsync(Map, Manifest("""{"a":"2"}"""), "bob")).Is(409)
            .Matches("""{"message":"</Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1( at .+)?: \\.data\\.a/>"}""");
    }

    [Case]
    public async Task Apply_NoBody_IsBadRequest() => Assert.True((await Api.ApplyAsync(Map, "", "alice")).Code is 400 or 500);

    private static string Manifest(string data) => $$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{{data}} }""";

    private static void Entry(Answer answer, string manager, string operation, string pattern)
    {
        JsonNode entry = Assert.Single(answer["metadata.managedFields"].AsArray(), e => (string?)e!["manager"] == manager && (string?)e["operation"] == operation)!;
        Assert.Empty(JsonPattern.Differences(entry, pattern, isExact: false));
    }
}
