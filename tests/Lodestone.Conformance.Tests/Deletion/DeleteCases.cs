using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Deletion;

public sealed class DeleteCases(Target target) : ConformanceCase(target)
{
    private const string Finalizer = """{"metadata":{"finalizers":["example.com/hold"]}}""";

    [Cases]
    [InlineData("configmaps")]
    [InlineData("leases")]
    [InlineData("roles")]
    [InlineData("networks")]
    [InlineData("loadbalancers")]
    public async Task Delete_Object_AnswersWhatIsGone(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        string group = kind.Group.Length == 0 ? "" : $"\"group\":\"{kind.Group}\",";
        (await Api.DeleteAsync(kind.At(Namespace, "a"))).IsSuccess($$"""{"name":"a",{{group}}"kind":"{{plural}}","uid":"{{created.Uid}}"}""");
        (await Api.GetAsync(kind.At(Namespace, "a"))).IsFailure(404, "NotFound", $"{kind.Resource} \"a\" not found", kind.Details("a"));
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    [InlineData("addresspools")]
    public async Task Delete_ObjectThatIsNot_NotFound(string plural)
    {
        var kind = Kind.Of(plural);
        (await Api.DeleteAsync(kind.At(Namespace, "missing"))).IsFailure(404, "NotFound", $"{kind.Resource} \"missing\" not found", kind.Details("missing"));
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Delete_WithFinalizer_MarksTheObject(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a", Finalizer);
        Answer deleted = (await Api.DeleteAsync(kind.At(Namespace, "a"))).Is(200);
        deleted.Matches($$$"""{"kind":"{{{kind.Name}}}","metadata":{"uid":"{{{created.Uid}}}","deletionTimestamp":"<time>","deletionGracePeriodSeconds":0,"finalizers":["example.com/hold"]}}""");
        Assert.NotEqual(created.ResourceVersion, deleted.ResourceVersion);
        (await Api.GetAsync(kind.At(Namespace, "a"))).IsExactly(deleted.Text);
    }

    [Case]
    public async Task Delete_CustomObjectWithFinalizer_GenerationGrows()
    {
        await CreateAsync(Kind.Network, "a", Finalizer);
        (await Api.DeleteAsync(Kind.Network.At(Namespace, "a"))).Is(200).Has("metadata.generation", "2");
        (await Api.DeleteAsync(Kind.Network.At(Namespace, "a"))).Is(200).Has("metadata.generation", "2");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Delete_Again_KeepsTheTime(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a", Finalizer);
        Answer first = (await Api.DeleteAsync(kind.At(Namespace, "a"))).Is(200);
        Answer second = (await Api.DeleteAsync(kind.At(Namespace, "a"))).Is(200);
        second.Has("metadata.deletionTimestamp", first.Get("metadata.deletionTimestamp")).Has("metadata.resourceVersion", first.ResourceVersion);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Patch_LastFinalizerGone_DeletesAndAnswersTheObject(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a", Finalizer);
        (await Api.DeleteAsync(kind.At(Namespace, "a"))).Is(200);
        (await Api.MergeAsync(kind.At(Namespace, "a"), """{"metadata":{"finalizers":null}}""")).Is(200)
            .Matches($$$"""{"metadata":{"uid":"{{{created.Uid}}}","deletionTimestamp":"<time>","finalizers":"<absent>"}}""");
        (await Api.GetAsync(kind.At(Namespace, "a"))).Is(404);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Patch_NewFinalizerWhileDeleted_IsForbidden(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a", Finalizer);
        (await Api.DeleteAsync(kind.At(Namespace, "a"))).Is(200);
        const string message = "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"example.com/other\"}";
        (await Api.MergeAsync(kind.At(Namespace, "a"), """{"metadata":{"finalizers":["example.com/hold","example.com/other"]}}""")).Is(422)
            .Has("message", $"{kind.KindAndGroup} \"a\" is invalid: metadata.finalizers: {message}")
            .Has("details.causes[0].reason", "FieldValueForbidden").Has("details.causes[0].field", "metadata.finalizers");
    }

    [Case]
    public async Task Patch_DeletionTimestamp_CannotBeTakenBack()
    {
        await CreateAsync(Kind.ConfigMap, "a", Finalizer);
        Answer deleted = (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "a"))).Is(200);
        (await Api.MergeAsync(Kind.ConfigMap.At(Namespace, "a"), """{"metadata":{"deletionTimestamp":null},"data":{"b":"1"}}""")).Is(200)
            .Has("metadata.deletionTimestamp", deleted.Get("metadata.deletionTimestamp")).Has("data.b", "1");
    }

    [Case]
    public async Task Create_NameOfObjectBeingDeleted_SaysSo()
    {
        await CreateAsync(Kind.ConfigMap, "a", Finalizer);
        (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "a"))).Is(200);
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("a"))).IsFailure(
            409, "AlreadyExists", "object is being deleted: configmaps \"a\" already exists", Kind.ConfigMap.Details("a"));
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Delete_OtherUid_IsAConflict(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        (await Api.DeleteAsync(kind.At(Namespace, "a"), """{"preconditions":{"uid":"11111111-1111-1111-1111-111111111111"}}""")).IsFailure(
            409, "Conflict",
            $"Operation cannot be fulfilled on {kind.KindAndGroup} \"a\": the UID in the precondition (11111111-1111-1111-1111-111111111111) does not match the UID in record ({created.Uid}). The object might have been deleted and then recreated",
            kind.Details("a").Replace($"\"{plural}\"", $"\"{kind.Name}\"", StringComparison.Ordinal));
        (await Api.GetAsync(kind.At(Namespace, "a"))).Is(200);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Delete_OtherVersion_IsAConflict(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        (await Api.DeleteAsync(kind.At(Namespace, "a"), """{"preconditions":{"resourceVersion":"1"}}""")).IsFailure(
            409, "Conflict",
            $"Operation cannot be fulfilled on {kind.KindAndGroup} \"a\": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record ({created.ResourceVersion}). The object might have been modified",
            kind.Details("a").Replace($"\"{plural}\"", $"\"{kind.Name}\"", StringComparison.Ordinal));
    }

    [Case]
    public async Task Delete_PreconditionsThatHold_Deletes()
    {
        Answer created = await CreateAsync(Kind.ConfigMap, "a");
        (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "a"), $$$"""{"preconditions":{"uid":"{{{created.Uid}}}","resourceVersion":"{{{created.ResourceVersion}}}"}}""")).Is(200);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Delete_DryRun_DeletesNothing(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        (await Api.DeleteAsync(kind.At(Namespace, "a") + "?dryRun=All")).Is(200).Has("status", "Success");
        (await Api.DeleteAsync(kind.At(Namespace, "a"), """{"dryRun":["All"]}""")).Is(200).Has("status", "Success");
        (await Api.GetAsync(kind.At(Namespace, "a"))).Is(200).IsExactly(created.Text);
    }

    [Case]
    public async Task Delete_UnknownPolicy_IsInvalid()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "a"), """{"propagationPolicy":"Bogus"}""")).Is(422)
            .Has("reason", "Invalid").Has("details.kind", "DeleteOptions").Has("details.causes[0].field", "propagationPolicy");
    }

    [Case]
    public async Task Delete_PolicyAndOrphanDependents_IsInvalid()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "a"), """{"propagationPolicy":"Background","orphanDependents":true}""")).IsFailure(
            422, "Invalid",
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Background\": orphanDependents and deletionPropagation cannot be both set",
            $$"""{"group":"meta.k8s.io","kind":"DeleteOptions","causes":[{{Cause("FieldValueInvalid", "Invalid value: \"Background\": orphanDependents and deletionPropagation cannot be both set", "propagationPolicy")}}]}""");
    }

    [Case]
    public async Task Delete_PolicyInQuery_IsUnderstood()
    {
        await CreateAsync(Kind.ConfigMap, "a", Finalizer);
        Answer held = (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "a") + "?propagationPolicy=Foreground")).Is(200);
        Assert.Contains("foregroundDeletion", held["metadata.finalizers"].AsArray().Select(f => (string?)f));
    }

    [Cases]
    [InlineData("""{"propagationPolicy":"Foreground"}""", "foregroundDeletion")]
    [InlineData("""{"propagationPolicy":"Orphan"}""", "orphan")]
    [InlineData("""{"orphanDependents":true}""", "orphan")]
    public async Task Delete_Policy_PutsItsFinalizer(string options, string finalizer)
    {
        await CreateAsync(Kind.ConfigMap, "a", Finalizer);
        Answer marked = (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "a"), options)).Is(200);
        Assert.Contains(finalizer, marked["metadata.finalizers"].AsArray().Select(f => (string?)f));
    }

    [Case]
    public async Task Delete_GracePeriod_IsIgnored()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "a"), """{"gracePeriodSeconds":30}""")).Is(200).Has("status", "Success");
        (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a"))).Is(404);
    }

    [Case]
    [Differs("an untyped 500", "400: the request is wrong, not the server")]
    public async Task Delete_BodyIsNoOptions_IsBadRequest()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "a"), "{")).Is(Differs ? 500 : 400);
        (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a"))).Is(200);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task DeleteCollection_Selected_GoAndAreListed(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a", """{"metadata":{"labels":{"x":"1"}}}""");
        await CreateAsync(kind, "b", """{"metadata":{"labels":{"x":"1"}}}""");
        await CreateAsync(kind, "c");
        Answer deleted = (await Api.DeleteAsync(kind.In(Namespace) + "?labelSelector=x%3D1")).Is(200).Has("kind", kind.Name + "List");
        Assert.Equal(["a", "b"], deleted.Items());
        string[] left = (await Api.GetAsync(kind.In(Namespace))).Items();
        Assert.Contains("c", left);
        Assert.DoesNotContain("a", left);
    }

    [Case]
    public async Task DeleteCollection_WithFinalizer_IsOnlyMarked()
    {
        await CreateAsync(Kind.Network, "a", Finalizer);
        await CreateAsync(Kind.Network, "b");
        (await Api.DeleteAsync(Kind.Network.In(Namespace))).Is(200);
        Answer left = await Api.GetAsync(Kind.Network.In(Namespace));
        Assert.Equal(["a"], left.Items());
        left.Matches("""{"items":[{"metadata":{"deletionTimestamp":"<time>"}}]}""");
    }

    [Case]
    public async Task DeleteCollection_DryRun_DeletesNothing()
    {
        await CreateAsync(Kind.Network, "a");
        (await Api.DeleteAsync(Kind.Network.In(Namespace) + "?dryRun=All")).Is(200);
        Assert.Equal(["a"], (await Api.GetAsync(Kind.Network.In(Namespace))).Items());
    }

    [Case]
    public async Task DeleteCollection_FieldSelector_Selects()
    {
        await CreateAsync(Kind.Network, "a");
        await CreateAsync(Kind.Network, "b");
        (await Api.DeleteAsync(Kind.Network.In(Namespace) + "?fieldSelector=metadata.name%3Da")).Is(200);
        Assert.Equal(["b"], (await Api.GetAsync(Kind.Network.In(Namespace))).Items());
    }

    [Cases]
    [InlineData("configmaps", 405)]
    [InlineData("networks", 404)]
    public async Task DeleteCollection_OverAllNamespaces_IsRefused(string plural, int code) =>
        (await Api.DeleteAsync(Kind.Of(plural).Everywhere + "?labelSelector=x%3Dnever")).Is(code);
}
