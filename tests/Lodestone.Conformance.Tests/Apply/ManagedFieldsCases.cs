using System.Text.Json.Nodes;
using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Apply;

/// <summary>What writes and applies of several managers make of <c>metadata.managedFields</c>.</summary>
public sealed class ManagedFieldsCases(Target target) : ConformanceCase(target)
{
    private string Map => Kind.ConfigMap.At(Namespace, "a");

    [Case]
    public async Task Update_ManyManagers_OldestAreFolded()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        for (int i = 0; i < 14; i++)
        {
            (await Api.MergeAsync($"{Map}?fieldManager=m{i}", $$$"""{"data":{"k{{{i}}}":"1"}}""")).Is(200);
        }

        Answer folded = await Api.GetAsync(Map);
        Assert.Equal(10, folded["metadata.managedFields"].AsArray().Count);
        Assert.NotNull(Entry(folded, "ancient-changes", "Update")["fieldsV1"]!["f:data"]);
        Assert.NotNull(Entry(folded, "m13", "Update")["fieldsV1"]!["f:data"]!["f:k13"]);
    }

    [Cases]
    [InlineData("""{"manager":"x","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"zz:q":{}}}""")]
    [InlineData("""{"manager":"x","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV2","fieldsV1":{"f:data":{}}}""")]
    [InlineData("""{"manager":"x","operation":"Apply","apiVersion":"v1","fieldsV1":{"f:data":{}}}""")]
    public async Task Update_UndecodableManagedFields_KeepsOwners(string entry)
    {
        Answer applied = (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "alice")).Is(201);
        Answer patched = (await Api.MergeAsync(Map, $$$"""{"metadata":{"managedFields":[{{{entry}}}]}}""")).Is(200);
        Assert.True(JsonNode.DeepEquals(applied["metadata.managedFields"], patched["metadata.managedFields"]), patched.Text);
    }

    [Cases]
    [InlineData("Ponder", "Invalid value: \"Ponder\": must be `Apply` or `Update`")]
    [InlineData("", "Invalid value: \"\": must be `Apply` or `Update`")]
    public async Task Update_ManagedFieldsOfOtherOperation_AreInvalid(string operation, string message)
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.MergeAsync(Map, Entries("x", operation, """{"f:data":{"f:a":{}}}"""))).Is(422)
            .Has("reason", "Invalid").Has("details.causes[0].reason", "FieldValueInvalid").Has("details.causes[0].message", message);
    }

    [Case]
    public async Task Update_ManagedFieldsOfLongManager_AreInvalid()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.MergeAsync(Map, Entries(new string('m', 129), "Apply", """{"f:data":{"f:a":{}}}"""))).Is(422)
            .Has("reason", "Invalid").Has("details.causes[0].reason", "FieldValueTooLong");
    }

    [Case]
    public async Task Update_ManagedFieldsOfNothing_AreDropped()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.MergeAsync(Map, Entries("x", "Apply", "{}"))).Is(200).HasNot("metadata.managedFields");
    }

    [Case]
    public async Task Update_EditedManagedFields_AreTaken()
    {
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "alice")).Is(201);
        (await Api.MergeAsync(
            Map, """{"metadata":{"managedFields":[{"manager":"bob","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}]}}""")).Is(200);
        (await Api.ApplyAsync(Map, Manifest("""{"a":"2"}"""), "alice")).Is(409)
            .Has("message", "Apply failed with 1 conflict: conflict with \"bob\": .data.a");
    }

    [Case]
    public async Task Update_OfUntrackedObject_TracksNothing()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.MergeAsync(Map, """{"metadata":{"managedFields":[{}]}}""")).Is(200).HasNot("metadata.managedFields");
        (await Api.MergeAsync(Map, """{"data":{"b":"1"}}""")).Is(200).HasNot("metadata.managedFields");
    }

    [Case]
    public async Task Update_RemovesField_OwnerLosesIt()
    {
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1","b":"1"}"""), "alice")).Is(201);
        Answer patched = (await Api.MergeAsync(Map + "?fieldManager=carol", """{"data":{"a":null}}""")).Is(200);
        Assert.Equal("""{"f:data":{"f:b":{}}}""", Entry(patched, "alice", "Apply")["fieldsV1"]!.ToJsonString());
        Assert.DoesNotContain(patched["metadata.managedFields"].AsArray(), e => (string?)e!["manager"] == "carol");
        (await Api.ApplyAsync(Map, Manifest("""{"a":"2","b":"1"}"""), "bob")).Is(200).Has("data.a", "2");
    }

    [Case]
    public async Task Apply_AfterUpdateBySameManager_AreTwoEntries()
    {
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace) + "?fieldManager=alice", Manifest("""{"a":"1"}"""))).Is(201);
        Answer applied = (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "alice")).Is(200);
        Assert.Equal("""{"f:data":{"f:a":{}}}""", Entry(applied, "alice", "Apply")["fieldsV1"]!.ToJsonString());
        Entry(applied, "alice", "Update");
        (await Api.ApplyAsync(Map, Manifest("""{"a":"2"}"""), "alice")).Is(409);
    }

    [Case]
    public async Task Apply_SharedValueChanged_ConflictsWithAll()
    {
        foreach (string manager in (string[])["alice", "bob"])
        {
            Assert.True((await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), manager)).Code is 200 or 201);
        }

        (await Api.ApplyAsync(Map, Manifest("""{"a":"2"}"""), "carol")).Is(409)
            .Has("message", "Apply failed with 2 conflicts: conflicts with \"alice\":\n- .data.a\nconflicts with \"bob\":\n- .data.a");
    }

    [Case]
    public async Task Apply_FieldAnUpdaterTookOver_LeftOut_Stays()
    {
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1","b":"1"}"""), "alice")).Is(201);
        (await Api.MergeAsync(Map + "?fieldManager=carol", """{"data":{"a":"2"}}""")).Is(200);
        (await Api.ApplyAsync(Map, Manifest("""{"b":"1"}"""), "alice")).Is(200).Has("data.a", "2");
    }

    [Case]
    public async Task Apply_OnlyManagedFieldsChange_IsANewVersion()
    {
        Answer first = (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "alice")).Is(201);
        Answer second = (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "bob")).Is(200);
        Assert.NotEqual(first.ResourceVersion, second.ResourceVersion);
    }

    [Case]
    public async Task Apply_OtherResourceVersion_IsAConflict()
    {
        (await Api.ApplyAsync(Map, Manifest("""{"a":"1"}"""), "alice")).Is(201);
        (await Api.ApplyAsync(Map, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"1"},"data":{"a":"2"}}""", "alice")).Is(409)
            .Has("reason", "Conflict");
    }

    [Case]
    public async Task Apply_ResourceVersionOfObjectThatIsNot_IsCreated() =>
        (await Api.ApplyAsync(Map, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"1"}}""", "alice")).Is(201);

    // Which keys a list merges by; that an item can't be there twice.
    [Cases]
    [InlineData("finalizers", """["example.com/x","example.com/x"]""")]
    [InlineData("ownerReferences", """[{"apiVersion":"v1","kind":"X","name":"x","uid":"u"},{"apiVersion":"v1","kind":"X","name":"y","uid":"u"}]""")]
    [InlineData("finalizers", "[null]")]
    public async Task Apply_ListThatCannotBeMerged_IsRefused(string field, string items)
    {
        Answer refused = await Api.ApplyAsync(Map, $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","{{{field}}}":{{{items}}} } }""", "alice");
        Assert.True(refused.Code is 400 or 500, refused.ToString());
        Assert.Contains($".metadata.{field}", (string?)refused["message"], StringComparison.Ordinal);
    }

    // What client-side apply set and nobody changed since may be taken over by kubectl, and by nobody else.
    [Cases]
    [InlineData("kubectl", "1", 200)]
    [InlineData("other", "1", 409)]
    [InlineData("kubectl", "0", 409)]
    public async Task Apply_OfWhatWasAppliedByTheClient_IsTakenByKubectl(string manager, string lastApplied, int code)
    {
        string annotation = $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"{{{lastApplied}}}"}}""";
        var manifest = (JsonObject)JsonNode.Parse(Manifest("""{"a":"1"}"""))!;
        manifest["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/last-applied-configuration"] = annotation };
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace) + "?fieldManager=kubectl-client-side-apply", manifest)).Is(201);

        Answer applied = (await Api.ApplyAsync(Map, Manifest("""{"a":"2"}"""), manager)).Is(code);
        if (code == 200)
        {
            applied.Has("data.a", "2");
            string refreshed = (string?)applied["metadata.annotations"]["kubectl.kubernetes.io/last-applied-configuration"] ?? "";
            Assert.Equal("2", (string?)JsonNode.Parse(refreshed)!["data"]!["a"]);
        }
    }

    private static string Manifest(string data) => $$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{{data}} }""";

    private static string Entries(string manager, string operation, string fields) => $$$"""
        {"metadata":{"managedFields":[{"manager":"{{{manager}}}","operation":"{{{operation}}}","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{{{fields}}} }]}}
        """;

    private static JsonNode Entry(Answer answer, string manager, string operation) =>
        Assert.Single(answer["metadata.managedFields"].AsArray(), e => (string?)e!["manager"] == manager && (string?)e["operation"] == operation)!;
}
