using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Namespaces;

public sealed class NamespaceCases(Target target) : ConformanceCase(target)
{
    private const string Held = """{"metadata":{"finalizers":["example.com/hold"]}}""";

    private string Path => $"/api/v1/namespaces/{Namespace}";

    [Case]
    public async Task Create_Namespace_IsActiveAndHasItsFinalizer() =>
        (await Api.GetAsync(Path)).Is(200).Matches("""{"kind":"Namespace","spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}""");

    [Case]
    public async Task Create_FinalizersInBody_KubernetesIsAdded()
    {
        string name = Unique("n");
        (await Api.PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"finalizers":[]},"status":{"phase":"Terminating"}}""")).Is(201)
            .Matches("""{"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}""");
        (await Api.DeleteAsync($"/api/v1/namespaces/{name}")).Is(200);
    }

    [Cases]
    [InlineData("Upper")]
    [InlineData("with.dot")]
    [InlineData("-a")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Create_NameThatIsNoLabel_IsInvalid(string name)
    {
        Answer answer = await Api.PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{name}}}"}}""");
        answer.Is(422).Has("reason", "Invalid").Has("details.kind", "Namespace").Has("details.name", name)
            .Has("details.causes[0].reason", "FieldValueInvalid").Has("details.causes[0].field", "metadata.name");
    }

    [Cases]
    [InlineData("default")]
    [InlineData("kube-system")]
    [InlineData("kube-public")]
    public async Task Delete_PermanentNamespace_IsForbidden(string name) =>
        (await Api.DeleteAsync($"/api/v1/namespaces/{name}")).IsFailure(
            403, "Forbidden", $"namespaces \"{name}\" is forbidden: this namespace may not be deleted", $$"""{"name":"{{name}}","kind":"namespaces"}""");

    [Cases]
    [InlineData("default")]
    [InlineData("kube-system")]
    [InlineData("kube-public")]
    public async Task Get_PermanentNamespace_IsThere(string name) => (await Api.GetAsync($"/api/v1/namespaces/{name}")).Is(200).Has("status.phase", "Active");

    [Case]
    public async Task DeleteCollection_OfNamespaces_IsNotAllowed() =>
        (await Api.DeleteAsync("/api/v1/namespaces?labelSelector=x%3Dnever")).Is(405);

    [Case]
    public async Task Delete_NamespaceWithContent_IsTerminating()
    {
        await CreateAsync(Kind.ConfigMap, "a", Held);
        (await Api.DeleteAsync(Path)).Is(200).Matches("""{"kind":"Namespace","metadata":{"deletionTimestamp":"<time>"},"status":{"phase":"Terminating"}}""");
        (await Api.GetAsync(Path)).Is(200).Has("status.phase", "Terminating");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_InTerminatingNamespace_IsForbidden(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(Kind.ConfigMap, "a", Held);
        (await Api.DeleteAsync(Path)).Is(200);
        string group = kind.Group.Length == 0 ? "" : $"\"group\":\"{kind.Group}\",";
        (await Api.PostAsync(kind.In(Namespace), kind.Manifest("b"))).IsFailure(
            403, "Forbidden", $"{kind.Resource} \"b\" is forbidden: unable to create new content in namespace {Namespace} because it is being terminated",
            $$"""{"name":"b",{{group}}"kind":"{{plural}}","causes":[{{Cause("NamespaceTerminating", $"namespace {Namespace} is being terminated", "metadata.namespace")}}]}""");
    }

    [Cases]
    [InlineData("""{"name":"a"}""", "a")]
    [InlineData("""{"name":"not valid"}""", "not valid")]
    [InlineData("""{"generateName":"a-"}""", "a-")]
    [InlineData("{}", "Unknown")]
    public async Task Create_InTerminatingNamespace_IsForbiddenWhateverElseIsWrong(string metadata, string name)
    {
        await CreateAsync(Kind.ConfigMap, "a", Held);
        (await Api.DeleteAsync(Path)).Is(200);
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), $$"""{"metadata":{{metadata}}}"""))
            .Is(403).Has("details.causes[0].reason", "NamespaceTerminating").Has("details.name", name);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_BadObjectInNamespaceThatIsNot_IsNotFound(string plural)
    {
        var kind = Kind.Of(plural);
        (await Api.PostAsync(kind.In("missing"), kind.Manifest("not valid"))).Is(404).Has("details.kind", "namespaces");
    }

    [Case]
    public async Task Update_InTerminatingNamespace_Works()
    {
        await CreateAsync(Kind.ConfigMap, "a", Held);
        (await Api.DeleteAsync(Path)).Is(200);
        (await Api.MergeAsync(Kind.ConfigMap.At(Namespace, "a"), """{"data":{"b":"2"}}""")).Is(200);
    }

    [Case]
    public async Task Finalize_EmptyFinalizers_NamespaceGoes()
    {
        await CreateAsync(Kind.ConfigMap, "a", Held);
        Answer deleted = (await Api.DeleteAsync(Path)).Is(200);
        deleted.Json["spec"]!["finalizers"] = new System.Text.Json.Nodes.JsonArray();
        deleted.Json["metadata"]!.AsObject().Remove("resourceVersion");
        (await Api.PutAsync(Path + "/finalize", deleted.Json)).Is(200);
        (await Api.GetAsync(Path)).Is(404);
    }

    [Case]
    [Differs("nobody empties namespaces: that is kube-controller-manager's", "the API server does it itself", IsInapplicable = true)]
    public async Task Delete_NamespaceWithContent_ContentAndNamespaceGo()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        await CreateAsync(Kind.Network, "a");
        using WatchStream watch = await Api.WatchAsync($"/api/v1/namespaces?watch=true&resourceVersion={(await Api.GetAsync("/api/v1/namespaces?limit=1")).ResourceVersion}&fieldSelector=metadata.name%3D{Namespace}");
        (await Api.DeleteAsync(Path)).Is(200);
        while ((await watch.NextChangeAsync()).Type != "DELETED")
        {
        }

        (await Api.GetAsync(Path)).Is(404);
        Assert.Empty((await Api.GetAsync(Kind.Network.In(Namespace))).Items());
    }

    [Case]
    [Differs("nobody empties namespaces: that is kube-controller-manager's", "the API server does it itself", IsInapplicable = true)]
    public async Task Delete_NamespaceWithHeldContent_ConditionsNameIt()
    {
        await CreateAsync(Kind.ConfigMap, "a", Held);
        using WatchStream watch = await Api.WatchAsync($"/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3D{Namespace}");
        (await Api.DeleteAsync(Path)).Is(200);
        string conditions = "";
        while (!conditions.Contains("NamespaceFinalizersRemaining", StringComparison.Ordinal))
        {
            conditions = (await watch.NextChangeAsync()).Get("status.conditions");
        }

        Assert.Contains("Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances", conditions, StringComparison.Ordinal);
        (await Api.MergeAsync(Kind.ConfigMap.At(Namespace, "a"), """{"metadata":{"finalizers":null}}""")).Is(200);
        while ((await watch.NextChangeAsync()).Type != "DELETED")
        {
        }
    }

    [Case]
    [Differs("kube-controller-manager makes them", "made by the API server", IsInapplicable = true)]
    public async Task Create_Namespace_HasDefaultAccountAndRootCa()
    {
        using (WatchStream accounts = await Api.WatchAsync(Kind.ServiceAccount.In(Namespace) + "?watch=true"))
        {
            (await accounts.NextChangeAsync()).Is("ADDED", "default");
        }

        using WatchStream maps = await Api.WatchAsync(Kind.ConfigMap.In(Namespace) + "?watch=true");
        (await maps.NextChangeAsync()).Is("ADDED", "kube-root-ca.crt");
    }
}
