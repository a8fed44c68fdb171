using System.Text.Json.Nodes;
using Lodestone.ApiServer.Tests.GarbageCollection;

namespace Lodestone.ApiServer.Tests.Registry;

public sealed class NamespaceTerminationTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Held = "example.org/hold";
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Conditions_NameWhatIsLeftAndWhatHoldsIt()
    {
        string ns = await server.NamespaceAsync();
        string path = Samples.LoadBalancers(ns);
        (await _admin.PostAsync(path, Owned.LoadBalancer("a", "", Held))).Expect(201);
        (await _admin.PostAsync(path, Owned.LoadBalancer("b", "", Held))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("c"))).Expect(201);
        (await _admin.PostAsync(Owned.Leases(ns), Owned.Lease("l", "").Replace("\"ownerReferences\":[]", "\"finalizers\":[\"example.org/other\"]", StringComparison.Ordinal))).Expect(201);

        (await _admin.DeleteAsync($"/api/v1/namespaces/{ns}")).Expect(200);
        await server.UntilAsync(async () => (await ConditionsAsync(ns)).Count == 5);

        Dictionary<string, JsonNode> conditions = await ConditionsAsync(ns);
        Assert.Equal(
            ("True", "SomeResourcesRemain", "Some resources are remaining: leases.coordination.k8s.io has 1 resource instances, loadbalancers.networking.ironcore.dev has 2 resource instances"),
            Told(conditions["NamespaceContentRemaining"]));
        Assert.Equal(
            ("True", "SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: example.org/hold in 2 resource instances, example.org/other in 1 resource instances"),
            Told(conditions["NamespaceFinalizersRemaining"]));
        Assert.Equal(
            ("False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"), Told(conditions["NamespaceDeletionContentFailure"]));
        Assert.Equal(("False", "ResourcesDiscovered", "All resources successfully discovered"), Told(conditions["NamespaceDeletionDiscoveryFailure"]));
        Assert.Equal("Terminating", (string)(await _admin.GetAsync($"/api/v1/namespaces/{ns}")).Json["status"]!["phase"]!);
        Assert.Equal(["a", "b"], (await _admin.GetAsync(path)).ItemNames);

        // Told anew with every change, and only then.
        (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"finalizers":null}}""")).Expect(200);
        await server.UntilAsync(async () => Told((await ConditionsAsync(ns))["NamespaceContentRemaining"]).Message.Contains("loadbalancers.networking.ironcore.dev has 1 ", StringComparison.Ordinal));
        (await _admin.MergePatchAsync($"{path}/b", """{"metadata":{"finalizers":null}}""")).Expect(200);
        (await _admin.MergePatchAsync($"{Owned.Leases(ns)}/l", """{"metadata":{"finalizers":null}}""")).Expect(200);
        await server.UntilAsync(async () => (await _admin.GetAsync($"/api/v1/namespaces/{ns}")).Code == 404);
    }

    [Fact]
    public async Task FinalizerOfTheNamespaceItself_HoldsItWithoutFurtherWrites()
    {
        string ns = await server.NamespaceAsync();
        (await _admin.MergePatchAsync($"/api/v1/namespaces/{ns}", $$$"""{"metadata":{"finalizers":["{{{Held}}}"]}}""")).Expect(200);

        (await _admin.DeleteAsync($"/api/v1/namespaces/{ns}")).Expect(200);
        await server.UntilAsync(async () => (await _admin.GetAsync($"/api/v1/namespaces/{ns}")).Json["spec"]?["finalizers"] is not JsonArray { Count: > 0 });

        ApiAnswer held = (await _admin.GetAsync($"/api/v1/namespaces/{ns}")).Expect(200);
        string other = await server.NamespaceAsync();
        (await _admin.DeleteAsync($"/api/v1/namespaces/{other}")).Expect(200);
        await server.UntilAsync(async () => (await _admin.GetAsync($"/api/v1/namespaces/{other}")).Code == 404);
        Assert.Equal(held.ResourceVersion, (await _admin.GetAsync($"/api/v1/namespaces/{ns}")).ResourceVersion);
        (await _admin.MergePatchAsync($"/api/v1/namespaces/{ns}", """{"metadata":{"finalizers":null}}""")).Expect(200);
        (await _admin.GetAsync($"/api/v1/namespaces/{ns}")).ExpectFailure(404, "NotFound");
    }

    [Fact]
    public async Task ThousandsOfObjects_AllGo()
    {
        string ns = await server.NamespaceAsync();
        await Owned.StoreLeasesAsync(server.Server.Store, ns, "l", 3000, "");

        (await _admin.DeleteAsync($"/api/v1/namespaces/{ns}")).Expect(200);

        await server.UntilAsync(async () => (await _admin.GetAsync($"/api/v1/namespaces/{ns}")).Code == 404);
        Assert.Empty((await _admin.GetAsync(Owned.Leases(ns))).ItemNames);
    }

    [Fact]
    public async Task CreatesWhileItTerminates_LeaveNothingBehind()
    {
        string ns = await server.NamespaceAsync();
        string path = Samples.LoadBalancers(ns);
        Task<ApiAnswer>[] creating = [.. Enumerable.Range(0, 60).Select(i => _admin.PostAsync(path, Samples.LoadBalancer($"a{i}")))];
        await Task.WhenAny(creating);

        (await _admin.DeleteAsync($"/api/v1/namespaces/{ns}")).Expect(200);

        Assert.All(await Task.WhenAll(creating), a => Assert.True(a.Code is 201 or 403 or 404, a.Text));
        await server.UntilAsync(async () => (await _admin.GetAsync($"/api/v1/namespaces/{ns}")).Code == 404);
        Assert.Equal(0, server.Server.Store.Read("loadbalancers.networking.ironcore.dev").Objects.Rank(ns + "0")
            - server.Server.Store.Read("loadbalancers.networking.ironcore.dev").Objects.Rank(ns + "/"));
    }

    private static (string Status, string Reason, string Message) Told(JsonNode condition) =>
        ((string)condition["status"]!, (string)condition["reason"]!, (string)condition["message"]!);

    private async Task<Dictionary<string, JsonNode>> ConditionsAsync(string ns)
    {
        ApiAnswer answer = (await _admin.GetAsync($"/api/v1/namespaces/{ns}")).Expect(200);
        return answer.Json["status"]!["conditions"] is JsonArray conditions ? conditions.ToDictionary(c => (string)c!["type"]!, c => c!) : [];
    }
}
