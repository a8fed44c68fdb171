using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.GarbageCollection;

/// <summary>Owner references: what may be written, and, where somebody collects garbage, what goes.</summary>
public sealed class OwnerCases(Target target) : ConformanceCase(target)
{
    private const string NoCollector = "nobody collects garbage: that is kube-controller-manager's";
    private const string Collector = "the API server collects it";

    [Cases]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","name":"o"}""", "metadata.ownerReferences.uid")]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","uid":"u"}""", "metadata.ownerReferences.name")]
    [InlineData("""{"apiVersion":"v1","name":"o","uid":"u"}""", "metadata.ownerReferences.kind")]
    [InlineData("""{"kind":"ConfigMap","name":"o","uid":"u"}""", "metadata.ownerReferences.apiVersion")]
    [Differs("the path has no index: metadata.ownerReferences.uid", "the path names the reference: metadata.ownerReferences[0].uid")]
    public async Task Create_IncompleteOwner_IsInvalid(string owner, string field)
    {
        Answer answer = await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("a", $$$"""{"metadata":{"ownerReferences":[{{{owner}}}]}}"""));
        answer.Is(422).Has("reason", "Invalid").Has("details.causes[0].field", Differs ? field : field.Replace("ces.", "ces[0].", StringComparison.Ordinal));
    }

    [Case]
    [Differs("the path is metadata.ownerReferences", "the path names the second one: metadata.ownerReferences[1].controller")]
    public async Task Create_TwoControllers_IsInvalid()
    {
        static string Controller(string uid) => $$"""{"apiVersion":"v1","kind":"ConfigMap","name":"{{uid}}","uid":"{{uid}}","controller":true}""";
        Answer answer = await Api.PostAsync(
            Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("a", $$$"""{"metadata":{"ownerReferences":[{{{Controller("u")}}},{{{Controller("v")}}}]}}"""));
        answer.Is(422).Has("reason", "Invalid").Has("details.causes[0].field", Differs ? "metadata.ownerReferences" : "metadata.ownerReferences[1].controller");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Write_OwnerTwice_StaysOnceAndIsWarnedOf(string plural)
    {
        const string Owners = """{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Namespace","name":"default","uid":"u"},{"apiVersion":"v1","kind":"Namespace","name":"default","uid":"u"}]}}""";
        var kind = Kind.Of(plural);
        Answer created = await Api.PostAsync(kind.In(Namespace) + "?dryRun=All", kind.Manifest("a", Owners));
        Answer first = await CreateAsync(kind, "a");
        Answer replaced = await Api.PutAsync(kind.At(Namespace, "a") + "?dryRun=All", kind.Manifest("a", Owners.Replace("{\"metadata\":{", $$"""{"metadata":{"resourceVersion":"{{first.ResourceVersion}}",""", StringComparison.Ordinal)));
        Answer patched = await Api.MergeAsync(kind.At(Namespace, "a") + "?dryRun=All", Owners);
        foreach ((Answer answer, int code, string when) in new[] { (created, 201, ""), (replaced, 200, ""), (patched, 200, " after mutating admission happens") })
        {
            answer.Is(code).Has("metadata.ownerReferences[0].uid", "u").HasNot("metadata.ownerReferences[1]");
            answer.HasHeader(
                "Warning",
                $"299 - \".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, "
                + "and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u\"");
        }
    }

    [Case]
    public async Task Create_SameUidUnderTwoNames_BothAreKept() =>
        (await CreateAsync(Kind.Network, "a", """{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Namespace","name":"default","uid":"u"},{"apiVersion":"v1","kind":"Namespace","name":"other","uid":"u"}]}}"""))
            .HasHeader("Warning", null).Has("metadata.ownerReferences[1].name", "other");

    [Case]
    public async Task Create_OwnerIsKept() =>
        (await CreateAsync(Kind.Network, "a", """{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Namespace","name":"default","uid":"u","controller":true,"blockOwnerDeletion":false}]}}"""))
            .Matches("""{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Namespace","name":"default","uid":"u","controller":true,"blockOwnerDeletion":false}]}}""");

    [Cases]
    [InlineData("configmaps", "networks")]
    [InlineData("networks", "configmaps")]
    [Differs(NoCollector, Collector, IsInapplicable = true)]
    public async Task Delete_Owner_DependentsFollow(string owner, string dependent)
    {
        await DependentAsync(Kind.Of(owner), Kind.Of(dependent), "");
        (await Api.DeleteAsync(Kind.Of(owner).At(Namespace, "o"), """{"propagationPolicy":"Background"}""")).Is(200).Has("status", "Success");
        await GoneAsync(Kind.Of(dependent), "d");
    }

    [Case]
    [Differs(NoCollector, Collector, IsInapplicable = true)]
    public async Task Delete_OwnerForeground_GoesAfterItsDependents()
    {
        await DependentAsync(Kind.ConfigMap, Kind.Network, ",\"blockOwnerDeletion\":true", """,{"finalizers":["example.com/hold"]}""");
        (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "o"), """{"propagationPolicy":"Foreground"}""")).Is(200).Has("metadata.finalizers[0]", "foregroundDeletion");
        using (WatchStream watch = await Api.WatchAsync(Kind.Network.In(Namespace) + "?watch=true"))
        {
            while ((await watch.NextChangeAsync()).Get("metadata.deletionTimestamp").Length == 0)
            {
            }
        }

        (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "o"))).Is(200);
        (await Api.MergeAsync(Kind.Network.At(Namespace, "d"), """{"metadata":{"finalizers":null}}""")).Is(200);
        await GoneAsync(Kind.ConfigMap, "o");
    }

    [Case]
    [Differs(NoCollector, Collector, IsInapplicable = true)]
    public async Task Delete_OwnerOrphan_DependentStaysAlone()
    {
        await DependentAsync(Kind.ConfigMap, Kind.Network, "");
        (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "o"), """{"propagationPolicy":"Orphan"}""")).Is(200);
        await GoneAsync(Kind.ConfigMap, "o");
        (await Api.GetAsync(Kind.Network.At(Namespace, "d"))).Is(200).HasNot("metadata.ownerReferences");
    }

    [Case]
    [Differs(NoCollector, Collector, IsInapplicable = true)]
    public async Task Delete_OneOfTwoOwners_DependentStays()
    {
        string first = (await CreateAsync(Kind.ConfigMap, "o")).Uid, second = (await CreateAsync(Kind.ConfigMap, "p")).Uid;
        await CreateAsync(Kind.Network, "d", $$$"""{"metadata":{"ownerReferences":[{{{Reference(Kind.ConfigMap, "o", first)}}},{{{Reference(Kind.ConfigMap, "p", second)}}}]}}""");
        using WatchStream watch = await Api.WatchAsync(Kind.Network.In(Namespace) + "?watch=true");
        (await watch.NextChangeAsync()).Is("ADDED", "d");
        (await Api.DeleteAsync(Kind.ConfigMap.At(Namespace, "o"))).Is(200);
        (await watch.NextChangeAsync()).Is("MODIFIED", "d").Matches($$$"""{"metadata":{"ownerReferences":[{"uid":"{{{second}}}"}]}}""");
    }

    [Case]
    [Differs(NoCollector, Collector, IsInapplicable = true)]
    public async Task Create_OwnerThatIsNot_ObjectGoes()
    {
        await CreateAsync(Kind.Network, "d", """{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"o","uid":"11111111-1111-1111-1111-111111111111"}]}}""");
        await GoneAsync(Kind.Network, "d");
    }

    private static string Reference(Kind kind, string name, string uid, string more = "") =>
        $$"""{"apiVersion":"{{kind.ApiVersion}}","kind":"{{kind.Name}}","name":"{{name}}","uid":"{{uid}}"{{more}}}""";

    private async Task DependentAsync(Kind owner, Kind dependent, string more, string metadata = "")
    {
        string uid = (await CreateAsync(owner, "o")).Uid;
        string finalizers = metadata.Length == 0 ? "" : "\"finalizers\":[\"example.com/hold\"],";
        await CreateAsync(dependent, "d", $$$"""{"metadata":{{{{finalizers}}}"ownerReferences":[{{{Reference(owner, "o", uid, more)}}}]}}""");
    }

    private async Task GoneAsync(Kind kind, string name)
    {
        Answer list = await Api.GetAsync($"{kind.In(Namespace)}?fieldSelector=metadata.name%3D{name}");
        if (list.Items().Length == 0)
        {
            return;
        }

        using WatchStream watch = await Api.WatchAsync($"{kind.In(Namespace)}?watch=true&fieldSelector=metadata.name%3D{name}&resourceVersion={list.ResourceVersion}");
        while ((await watch.NextChangeAsync()).Type != "DELETED")
        {
        }
    }
}
