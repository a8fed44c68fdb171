using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Patch;

public sealed class PatchCases(Target target) : ConformanceCase(target)
{
    private const string Refused = "the server rejected our request due to an error in our request";

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Merge_Labels_AreMergedAndNullRemoves(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a", """{"metadata":{"labels":{"x":"1","y":"1"}}}""");
        (await Api.MergeAsync(kind.At(Namespace, "a"), """{"metadata":{"labels":{"x":null,"z":"2"}}}""")).Is(200)
            .Matches("""{"metadata":{"labels":{"x":"<absent>","y":"1","z":"2"}}}""");
    }

    [Case]
    public async Task Merge_List_IsReplaced()
    {
        await CreateAsync(Kind.LoadBalancer, "a");
        (await Api.MergeAsync(Kind.LoadBalancer.At(Namespace, "a"), """{"spec":{"ports":[{"protocol":"UDP","port":53}]}}""")).Is(200)
            .Matches("""{"metadata":{"generation":2},"spec":{"ports":[{"protocol":"UDP","port":53}]}}""");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Merge_NothingChanges_WritesNothing(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a", """{"metadata":{"labels":{"x":"1"}}}""");
        Answer patched = (await Api.MergeAsync(kind.At(Namespace, "a"), """{"metadata":{"labels":{"x":"1"}}}""")).Is(200);
        Assert.Equal(created.ResourceVersion, patched.ResourceVersion);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Merge_StaleVersionInPatch_IsAConflict(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        (await Api.MergeAsync(kind.At(Namespace, "a"), """{"metadata":{"labels":{"x":"1"}}}""")).Is(200);
        (await Api.MergeAsync(kind.At(Namespace, "a"), $$$"""{"metadata":{"resourceVersion":"{{{created.ResourceVersion}}}","labels":{"x":"2"} } }""")).IsFailure(
            409, "Conflict",
            $"Operation cannot be fulfilled on {kind.Resource} \"a\": the object has been modified; please apply your changes to the latest version and try again",
            kind.Details("a"));
    }

    [Case]
    public async Task Merge_CurrentVersionInPatch_IsApplied()
    {
        Answer created = await CreateAsync(Kind.ConfigMap, "a");
        (await Api.MergeAsync(Kind.ConfigMap.At(Namespace, "a"), $$$"""{"metadata":{"resourceVersion":"{{{created.ResourceVersion}}}","labels":{"x":"2"} } }""")).Is(200);
    }

    [Cases]
    [InlineData("configmaps", "[]")]
    [InlineData("configmaps", "7")]
    [InlineData("configmaps", "{")]
    [InlineData("networks", "[]")]
    [InlineData("networks", "{")]
    [Differs("500 \"Invalid JSON Patch\", or 422 for a list", "400: the request is wrong, not the server")]
    public async Task Merge_NoObject_IsBadRequest(string plural, string patch)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        Answer answer = await Api.MergeAsync(kind.At(Namespace, "a"), patch);
        if (Differs)
        {
            answer.Is(patch == "[]" ? 422 : 500);
            return;
        }

        answer.Is(400).Has("reason", "BadRequest");
    }

    [Cases]
    [InlineData("configmaps", KubeClient.MergePatch, "{}")]
    [InlineData("configmaps", KubeClient.JsonPatch, "[]")]
    [InlineData("configmaps", KubeClient.StrategicPatch, "{}")]
    [InlineData("networks", KubeClient.MergePatch, "{}")]
    public async Task Patch_ObjectThatIsNot_NotFound(string plural, string type, string patch)
    {
        var kind = Kind.Of(plural);
        (await Api.SendAsync(HttpMethod.Patch, kind.At(Namespace, "a"), patch, type))
            .IsFailure(404, "NotFound", $"{kind.Resource} \"a\" not found", kind.Details("a"));
    }

    [Case]
    public async Task Json_AddReplaceRemove_InOrder()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.JsonPatchAsync(Kind.ConfigMap.At(Namespace, "a"), """
            [{"op":"test","path":"/data/a","value":"1"},{"op":"add","path":"/data/b","value":"2"},{"op":"copy","from":"/data/b","path":"/data/c"},
             {"op":"replace","path":"/data/b","value":"3"},{"op":"move","from":"/data/a","path":"/data/d"},{"op":"add","path":"/data/x~1y","value":"4"},{"op":"remove","path":"/data/x~1y"}]
            """)).Is(200).Matches("""{"data":{"a":"<absent>","b":"3","c":"2","d":"1"}}""");
    }

    [Cases]
    [InlineData("configmaps", """[{"op":"test","path":"/data/a","value":"other"}]""")]
    [InlineData("configmaps", """[{"op":"remove","path":"/data/missing"}]""")]
    [InlineData("networks", """[{"op":"test","path":"/spec/providerID","value":"other"}]""")]
    public async Task Json_OperationThatFails_IsInvalid(string plural, string patch)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        (await Api.JsonPatchAsync(kind.At(Namespace, "a"), patch)).IsFailure(422, "Invalid", Refused, "{}");
    }

    [Case]
    [Differs("the member is added", "422 as newer versions: only what is there can be replaced", Since = 22)]
    public async Task Json_ReplaceOfWhatIsNot_IsInvalid()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        Answer answer = await Api.JsonPatchAsync(Kind.ConfigMap.At(Namespace, "a"), """[{"op":"replace","path":"/data/missing","value":"1"}]""");
        if (Differs)
        {
            answer.Is(200).Has("data.missing", "1");
            return;
        }

        answer.IsFailure(422, "Invalid", Refused, "{}");
    }

    [Cases]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("7")]
    public async Task Json_NoList_IsBadRequest(string patch)
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.JsonPatchAsync(Kind.ConfigMap.At(Namespace, "a"), patch)).Is(400).Has("reason", "BadRequest");
    }

    [Case]
    public async Task Json_TenThousandAndOneOperations_AreTooMany()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        string patch = "[" + string.Join(',', Enumerable.Repeat("""{"op":"test","path":"/data/a","value":"1"}""", 10_001)) + "]";
        (await Api.JsonPatchAsync(Kind.ConfigMap.At(Namespace, "a"), patch)).IsFailure(
            413, "RequestEntityTooLarge", "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001");
    }

    [Case]
    public async Task Strategic_ConfigMap_IsMerged()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.StrategicAsync(Kind.ConfigMap.At(Namespace, "a"), """{"data":{"a":null,"b":"2"}}""")).Is(200)
            .Matches("""{"data":{"a":"<absent>","b":"2"}}""");
    }

    [Case]
    public async Task Strategic_ReplaceDirective_Replaces()
    {
        await CreateAsync(Kind.ConfigMap, "a", """{"data":{"b":"2"}}""");
        (await Api.StrategicAsync(Kind.ConfigMap.At(Namespace, "a"), """{"data":{"$patch":"replace","c":"3"}}""")).Is(200)
            .Matches("""{"data":{"a":"<absent>","b":"<absent>","c":"3"}}""");
    }

    [Case]
    public async Task Strategic_DeleteDirective_RemovesTheMap()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.StrategicAsync(Kind.ConfigMap.At(Namespace, "a"), """{"data":{"$patch":"delete"}}""")).Is(200).HasNot("data");
    }

    [Case]
    public async Task Strategic_Finalizers_AreASet()
    {
        await CreateAsync(Kind.ConfigMap, "a", """{"metadata":{"finalizers":["example.com/a"]}}""");
        string path = Kind.ConfigMap.At(Namespace, "a");
        (await Api.StrategicAsync(path, """{"metadata":{"finalizers":["example.com/b"]}}""")).Is(200);
        Answer both = await Api.GetAsync(path);
        Assert.Equal(["example.com/a", "example.com/b"], both["metadata.finalizers"].AsArray().Select(f => (string?)f).Order());
        (await Api.StrategicAsync(path, """{"metadata":{"$deleteFromPrimitiveList/finalizers":["example.com/a"]}}""")).Is(200)
            .Matches("""{"metadata":{"finalizers":["example.com/b"]}}""");
    }

    [Case]
    public async Task Strategic_OwnerReferences_AreMergedByUid()
    {
        static string Owner(string name, string uid) => $$"""{"apiVersion":"v1","kind":"ConfigMap","name":"{{name}}","uid":"{{uid}}"}""";
        string first = (await CreateAsync(Kind.ConfigMap, "o1")).Uid, second = (await CreateAsync(Kind.ConfigMap, "o2")).Uid;
        await CreateAsync(Kind.ConfigMap, "a", $$$"""{"metadata":{"ownerReferences":[{{{Owner("o1", first)}}}]}}""");
        (await Api.StrategicAsync(Kind.ConfigMap.At(Namespace, "a"), $$$"""{"metadata":{"ownerReferences":[{{{Owner("o2", second)}}}]}}""")).Is(200);
        Assert.Equal(2, (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a")))["metadata.ownerReferences"].AsArray().Count);
        (await Api.StrategicAsync(Kind.ConfigMap.At(Namespace, "a"), $$$"""{"metadata":{"ownerReferences":[{"$patch":"delete","uid":"{{{first}}}"}]}}""")).Is(200)
            .Matches($$$"""{"metadata":{"ownerReferences":[{"name":"o2","uid":"{{{second}}}"}]}}""");
    }

    [Cases]
    [InlineData("networks")]
    [InlineData("loadbalancers")]
    public async Task Strategic_CustomObject_IsUnsupported(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        (await Api.StrategicAsync(kind.At(Namespace, "a"), "{}")).IsFailure(
            415, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
    }

    [Case]
    public async Task Patch_OtherMediaType_IsUnsupported()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.SendAsync(HttpMethod.Patch, Kind.ConfigMap.At(Namespace, "a"), "{}", KubeClient.Json)).Is(415).Has("reason", "UnsupportedMediaType");
    }

    [Case]
    public async Task Patch_MediaTypeWithParameters_IsUnderstood()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.SendAsync(HttpMethod.Patch, Kind.ConfigMap.At(Namespace, "a"), """{"data":{"b":"2"}}""", KubeClient.MergePatch + "; charset=utf-8")).Is(200).Has("data.b", "2");
    }

    [Cases]
    [InlineData("configmaps", """{"metadata":{"name":"b"}}""")]
    [InlineData("networks", """{"metadata":{"name":"b"}}""")]
    public async Task Merge_Name_CannotChange(string plural, string patch)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        (await Api.MergeAsync(kind.At(Namespace, "a"), patch)).IsFailure(
            400, "BadRequest", "the name of the object (b) does not match the name on the URL (a)");
    }

    [Case]
    public async Task Merge_Uid_CannotChange()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.MergeAsync(Kind.ConfigMap.At(Namespace, "a"), """{"metadata":{"uid":"11111111-1111-1111-1111-111111111111"}}""")).Is(422).Has("reason", "Invalid").Has("details.causes[0].field", "metadata.uid").Has(
            "message", "ConfigMap \"a\" is invalid: metadata.uid: Invalid value: \"11111111-1111-1111-1111-111111111111\": field is immutable");
    }

    [Case]
    public async Task Merge_DryRun_ChangesNothing()
    {
        Answer created = await CreateAsync(Kind.ConfigMap, "a");
        (await Api.MergeAsync(Kind.ConfigMap.At(Namespace, "a") + "?dryRun=All", """{"data":{"b":"2"}}""")).Is(200).Has("data.b", "2");
        (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a"))).IsExactly(created.Text);
    }

    [Case]
    public async Task Merge_Force_IsForbidden()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.MergeAsync(Kind.ConfigMap.At(Namespace, "a") + "?force=true", "{}")).IsFailure(
            422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch",
            $$"""{"group":"meta.k8s.io","kind":"PatchOptions","causes":[{{Cause("FieldValueForbidden", "Forbidden: may not be specified for non-apply patch", "force")}}]}""");
    }

    [Case]
    public async Task Merge_ManyAtOnce_AllAreApplied()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Api.MergeAsync(Kind.ConfigMap.At(Namespace, "a"), $$$"""{"data":{"k{{{i}}}":"1"}}""")));
        Assert.All(answers, a => a.Is(200));
        (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a"))).Matches("""{"data":{"a":"1","k0":"1","k1":"1","k2":"1","k3":"1"}}""");
    }

    [Case]
    public async Task Merge_InvalidResult_IsInvalid()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.MergeAsync(Kind.ConfigMap.At(Namespace, "a"), """{"metadata":{"labels":{"not a label":"1"}}}""")).Is(422)
            .Has("reason", "Invalid").Has("details.name", "a").Has("details.kind", "ConfigMap").Has("details.causes[0].reason", "FieldValueInvalid").Has("details.causes[0].field", "metadata.labels");
    }

    [Case]
    public async Task Patch_Collection_IsNotAllowed() => (await Api.MergeAsync(Kind.ConfigMap.In(Namespace), "{}")).Is(405);

    [Cases]
    [InlineData("networks", KubeClient.MergePatch, """{"metadata":{"labels":{"a":"1","a":"2"}},"spec":{"bogus":1}}""", "duplicate field \"metadata.labels.a\", unknown field \"spec.bogus\"")]
    [InlineData("configmaps", KubeClient.MergePatch, """{"data":{"a":"1"},"data":{"a":"2"}}""", "duplicate field \"data\"")]
    [InlineData("configmaps", KubeClient.StrategicPatch, """{"data":{"a":"1","a":"2"},"bogus":1}""", "duplicate field \"data.a\", unknown field \"bogus\"")]
    [InlineData("networks", KubeClient.JsonPatch, """[{"op":"test","path":"/kind","value":"Network","foo":1},{"op":"add","path":"/spec","path":"/spec","value":{"bogus":1}}]""", "json patch unknown field \"[0].foo\", json patch duplicate field \"[1].path\", unknown field \"spec.bogus\"")]
    [Differs("before 1.25 there is no fieldValidation: what stands twice or is unknown is dropped without a word", "as 1.25 and newer: Strict refuses, Warn warns, and each is named", Since = 25)]
    public async Task Patch_MembersTwiceOrUnknown_AreNamed(string plural, string type, string patch, string problems)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        Answer strict = await Api.SendAsync(HttpMethod.Patch, kind.At(Namespace, "a") + "?fieldValidation=Strict&dryRun=All", patch, type);
        Answer warn = (await Api.SendAsync(HttpMethod.Patch, kind.At(Namespace, "a") + "?fieldValidation=Warn&dryRun=All", patch, type)).Is(200);
        Answer ignore = (await Api.SendAsync(HttpMethod.Patch, kind.At(Namespace, "a") + "?fieldValidation=Ignore&dryRun=All", patch, type)).Is(200);
        Assert.Empty(ignore.Headers("Warning"));
        if (Differs)
        {
            strict.Is(200);
            Assert.Empty(warn.Headers("Warning"));
            return;
        }

        Assert.True(strict.Code is 400 or 422, strict.ToString());
        Assert.EndsWith($"strict decoding error: {problems}", strict.Get("message"), StringComparison.Ordinal);
        Assert.Equal(problems.Split(", "), warn.Headers("Warning").Select(w => w["299 - \"".Length..^1].Replace("\\\"", "\"", StringComparison.Ordinal)));
    }
}
