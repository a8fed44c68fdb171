using System.Text.Json.Nodes;
using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Create;

public sealed class CreateCases(Target target) : ConformanceCase(target)
{
    [Cases]
    [InlineData("configmaps")]
    [InlineData("secrets")]
    [InlineData("serviceaccounts")]
    [InlineData("leases")]
    [InlineData("events")]
    [InlineData("roles")]
    [InlineData("rolebindings")]
    [InlineData("networks")]
    [InlineData("loadbalancers")]
    [InlineData("loadbalancerroutings")]
    [InlineData("networkinterfaces")]
    [InlineData("prefixes")]
    public async Task Create_NamespacedObject_ServerSetsMetadata(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a", $$$"""{"involvedObject":{{{(plural == "events" ? $"{{\"namespace\":\"{Namespace}\"}}" : "null")}}}}""");
        created.Matches($$$"""
            {"apiVersion":"{{{kind.ApiVersion}}}","kind":"{{{kind.Name}}}","metadata":{"name":"a","namespace":"{{{Namespace}}}","uid":"<uid>","resourceVersion":"<rv>","creationTimestamp":"<time>","deletionTimestamp":"<absent>"}}
            """);
        (await Api.GetAsync(kind.At(Namespace, "a"))).Is(200).IsExactly(created.Text);
    }

    [Cases]
    [InlineData("namespaces")]
    [InlineData("clusterroles")]
    [InlineData("clusterrolebindings")]
    [InlineData("addresspools")]
    [InlineData("hosts")]
    public async Task Create_ClusterScopedObject_HasNoNamespace(string plural)
    {
        var kind = Kind.Of(plural);
        string name = Unique("x");
        Answer created = await CreateAsync(kind, name);
        created.Matches($$$"""
            {"apiVersion":"{{{kind.ApiVersion}}}","kind":"{{{kind.Name}}}","metadata":{"name":"{{{name}}}","namespace":"<absent>","uid":"<uid>","resourceVersion":"<rv>","creationTimestamp":"<time>"}}
            """);
        (await Api.DeleteAsync(kind.At("", name))).Is(200);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("leases")]
    [InlineData("loadbalancers")]
    [InlineData("prefixes")]
    public async Task Create_NameThatExists_IsAlreadyExists(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        (await Api.PostAsync(kind.In(Namespace), kind.Manifest("a")))
            .IsFailure(409, "AlreadyExists", $"{kind.Resource} \"a\" already exists", kind.Details("a"));
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_SystemFieldsInBody_AreReplaced(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a", """
            {"metadata":{"uid":"11111111-1111-1111-1111-111111111111","creationTimestamp":"2001-01-01T00:00:00Z","deletionTimestamp":"2001-01-01T00:00:00Z","deletionGracePeriodSeconds":5}}
            """);
        created.Matches("""{"metadata":{"uid":"<uid>","deletionTimestamp":"<absent>","deletionGracePeriodSeconds":"<absent>"}}""");
        Assert.NotEqual("11111111-1111-1111-1111-111111111111", created.Uid);
        Assert.NotEqual("2001-01-01T00:00:00Z", created.Get("metadata.creationTimestamp"));
    }

    [Cases]
    [InlineData("networks")]
    [InlineData("loadbalancers")]
    [InlineData("addresspools")]
    public async Task Create_CustomObject_GenerationIsOne(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, Unique("x"), """{"metadata":{"generation":7}}""");
        created.Has("metadata.generation", "1");
    }

    [Case]
    public async Task Create_ConfigMap_HasNoGeneration() => (await CreateAsync(Kind.ConfigMap, "a")).HasNot("metadata.generation");

    [Case]
    public async Task Create_StatusInBody_IsDropped() =>
        (await CreateAsync(Kind.Network, "a", """{"status":{"state":"Available"}}""")).HasNot("status.state");

    [Case]
    [Differs("an untyped 500", "400: the request is wrong, not the server")]
    public async Task Create_ResourceVersionInBody_IsRefused()
    {
        Answer answer = await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("a", """{"metadata":{"resourceVersion":"1"}}"""));
        answer.Is(Differs ? 500 : 400).Matches("""{"kind":"Status","status":"Failure","message":"resourceVersion should not be set on objects to be created"}""");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_GenerateName_FiveLettersFollow(string plural)
    {
        var kind = Kind.Of(plural);
        Answer first = (await Api.PostAsync(kind.In(Namespace), kind.Manifest("", """{"metadata":{"generateName":"web-"}}"""))).Is(201);
        Answer second = (await Api.PostAsync(kind.In(Namespace), kind.Manifest("", """{"metadata":{"generateName":"web-"}}"""))).Is(201);
        first.Matches("""{"metadata":{"name":"</web-[bcdfghjklmnpqrstvwxz2456789]{5}/>","generateName":"web-"}}""");
        Assert.NotEqual(first.Get("metadata.name"), second.Get("metadata.name"));
    }

    [Case]
    public async Task Create_GenerateNameOfSeventyLetters_IsCutTo58() =>
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("", $$$"""{"metadata":{"generateName":"{{{new string('a', 70)}}}"}}""")))
            .Is(201).Matches("""{"metadata":{"name":"</a{58}[bcdfghjklmnpqrstvwxz2456789]{5}/>"}}""");

    [Case]
    public async Task Create_NameAndGenerateName_NameIsTaken() =>
        (await CreateAsync(Kind.ConfigMap, "a", """{"metadata":{"generateName":"web-"}}""")).Has("metadata.name", "a");

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_NeitherNameNorGenerateName_IsInvalid(string plural)
    {
        var kind = Kind.Of(plural);
        (await Api.PostAsync(kind.In(Namespace), kind.Manifest(""))).IsFailure(
            422, "Invalid", $"{kind.KindAndGroup} \"\" is invalid: metadata.name: Required value: name or generateName is required",
            kind.InvalidDetails("", Cause("FieldValueRequired", "Required value: name or generateName is required", "metadata.name")));
    }

    [Case]
    public async Task Create_BuiltInWithoutType_TypeIsFilledIn() =>
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), """{"metadata":{"name":"a"}}""")).Is(201).Matches("""{"apiVersion":"v1","kind":"ConfigMap"}""");

    [Case]
    [Differs("400 \"Object 'Kind' is missing\"", "filled in, as for Kubernetes' own kinds", IsOfCustomResource = true)]
    public async Task Create_CustomObjectWithoutKind_KindIsFilledIn()
    {
        Answer answer = await Api.PostAsync(Kind.Network.In(Namespace), """{"metadata":{"name":"a"}}""");
        if (!Differs)
        {
            answer.Is(201).Has("kind", "Network");
            return;
        }

        answer.Is(400).Matches("""{"reason":"BadRequest","message":"</.*Object 'Kind' is missing in .*/>"}""");
    }

    [Cases]
    [InlineData("configmaps", "v2", "</.*\"?v2\"?.*/>")]
    [InlineData("networks", "networking.ironcore.dev/v2", "the API version in the data (networking.ironcore.dev/v2) does not match the expected API version (networking.ironcore.dev/v1alpha1)")]
    public async Task Create_OtherApiVersion_IsRefused(string plural, string version, string message)
    {
        var kind = Kind.Of(plural);
        (await Api.PostAsync(kind.In(Namespace), kind.Manifest("a", $$"""{"apiVersion":"{{version}}"}"""))).IsFailure(400, "BadRequest", message);
    }

    [Case]
    public async Task Create_OtherKind_IsRefused() =>
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("a", """{"kind":"Secret"}"""))).Is(400).Has("reason", "BadRequest");

    [Case]
    [Differs("422, kind: must be Network", "400, as for Kubernetes' own kinds", IsOfCustomResource = true)]
    public async Task Create_OtherKindThanACustomOne_IsRefused()
    {
        Answer answer = await Api.PostAsync(Kind.Network.In(Namespace), Kind.Network.Manifest("a", """{"kind":"Secret"}"""));
        answer.Is(Differs ? 422 : 400).Has("reason", Differs ? "Invalid" : "BadRequest");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_OtherNamespaceInBody_IsRefused(string plural)
    {
        var kind = Kind.Of(plural);
        (await Api.PostAsync(kind.In(Namespace), kind.Manifest("a", """{"metadata":{"namespace":"other"}}"""))).IsFailure(
            400, "BadRequest", "the namespace of the provided object does not match the namespace sent on the request");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_NamespaceThatIsNot_NotFound(string plural)
    {
        var kind = Kind.Of(plural);
        (await Api.PostAsync(kind.In("missing"), kind.Manifest("a"))).IsFailure(
            404, "NotFound", "namespaces \"missing\" not found", """{"name":"missing","kind":"namespaces"}""");
    }

    [Cases]
    [InlineData("configmaps", 405)]
    [InlineData("leases", 405)]
    [InlineData("networks", 404)]
    public async Task Create_NamespacedKindWithoutNamespace_IsRefused(string plural, int code)
    {
        var kind = Kind.Of(plural);
        (await Api.PostAsync(kind.Everywhere, kind.Manifest("a"))).Is(code);
    }

    [Case]
    public async Task Create_AtAnObjectsPath_IsNotAllowed() =>
        (await Api.PostAsync(Kind.ConfigMap.At(Namespace, "a"), Kind.ConfigMap.Manifest("a"))).Is(405);

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_DryRun_ShowsButStoresNothing(string plural)
    {
        var kind = Kind.Of(plural);
        Answer shown = await Api.PostAsync(kind.In(Namespace) + "?dryRun=All", kind.Manifest("a"));
        shown.Is(201).Matches("""{"metadata":{"name":"a","uid":"<uid>","creationTimestamp":"<time>","resourceVersion":"<absent>"}}""");
        (await Api.GetAsync(kind.At(Namespace, "a"))).IsFailure(404, "NotFound", $"{kind.Resource} \"a\" not found", kind.Details("a"));
    }

    [Case]
    public async Task Create_DryRunOfNameThatExists_IsAlreadyExists()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace) + "?dryRun=All", Kind.ConfigMap.Manifest("a"))).Is(409).Has("reason", "AlreadyExists");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_DryRunOfSome_IsInvalid(string plural)
    {
        var kind = Kind.Of(plural);
        (await Api.PostAsync(kind.In(Namespace) + "?dryRun=Some", kind.Manifest("a"))).IsFailure(
            422, "Invalid", "CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: []string{\"Some\"}: supported values: \"All\"",
            $$"""{"group":"meta.k8s.io","kind":"CreateOptions","causes":[{{Cause("FieldValueNotSupported", "Unsupported value: []string{\"Some\"}: supported values: \"All\"", "dryRun")}}]}""");
    }

    [Case]
    public async Task Create_Location_IsTheBodyAlone() =>
        (await CreateAsync(Kind.ConfigMap, "a")).HasHeader("Location", null).HasHeader("Cache-Control", "no-cache, private");

    [Case]
    public async Task Create_ResourceVersions_GrowOverAllKinds()
    {
        ulong before = 0;
        foreach (Kind kind in (Kind[])[Kind.ConfigMap, Kind.Network, Kind.Secret, Kind.LoadBalancer, Kind.Lease])
        {
            ulong version = ulong.Parse((await CreateAsync(kind, "a")).ResourceVersion, System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(version > before);
            before = version;
        }
    }

    [Case]
    public async Task Create_LargestObject_IsKeptWhole()
    {
        string text = new('x', 900_000);
        JsonObject manifest = Kind.ConfigMap.Manifest("a");
        manifest["data"]!["a"] = text;
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), manifest)).Is(201);
        Assert.Equal(text, (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a"))).Get("data.a"));
    }

    [Case]
    public async Task Create_TextOfAllScripts_IsKept()
    {
        const string text = "Größe \u00e9 \u4e16\u754c \ud83d\ude80 <>& \"\\ \u2028 \u0001 \t\n'+";
        JsonObject manifest = Kind.ConfigMap.Manifest("a");
        manifest["data"]!["a"] = text;
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), manifest)).Is(201);
        Assert.Equal(text, (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a"))).Get("data.a"));
    }
}
