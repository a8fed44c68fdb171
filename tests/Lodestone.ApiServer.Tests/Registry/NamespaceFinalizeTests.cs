using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Registry;

/// <summary>The finalizers in a namespace's spec, and who may change them.</summary>
public sealed class NamespaceFinalizeTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Create_OwnFinalizers_AreKeptBesideKubernetes()
    {
        string path = $"/api/v1/namespaces/{await CreateAsync("""["example.org/mine"]""")}";

        Assert.Equal("""["example.org/mine","kubernetes"]""", await FinalizersAsync(path));
        (await _admin.MergePatchAsync(path, """{"spec":{"finalizers":["example.org/other"]}}""")).Expect(200);
        Assert.Equal("""["example.org/mine","kubernetes"]""", await FinalizersAsync(path));
    }

    [Fact]
    public async Task Finalize_NamespaceThatIsHeld_LetsItGo()
    {
        string path = $"/api/v1/namespaces/{await CreateAsync("""["example.org/mine"]""")}";
        ApiAnswer deleting = (await _admin.DeleteAsync(path)).Expect(200);
        Assert.Equal("Terminating", (string)deleting.Json["status"]!["phase"]!);
        await server.Server.UntilAsync(async () => await FinalizersAsync(path) == """["example.org/mine"]""");

        JsonObject body = (await _admin.GetAsync(path)).Expect(200).Json;
        body["spec"] = new JsonObject();
        body["status"] = new JsonObject { ["phase"] = "Active" };
        ApiAnswer finalized = (await _admin.PutAsync($"{path}/finalize", body.ToJsonString())).Expect(200);

        Assert.Equal("Terminating", (string)finalized.Json["status"]!["phase"]!);
        (await _admin.GetAsync(path)).ExpectFailure(404, "NotFound");
    }

    [Fact]
    public async Task Finalize_LivingNamespace_ChangesItsFinalizersOnly()
    {
        string path = $"/api/v1/namespaces/{await CreateAsync("[]")}";
        JsonObject body = (await _admin.GetAsync(path)).Expect(200).Json;
        body["spec"]!["finalizers"] = new JsonArray("kubernetes", "example.org/later");

        (await _admin.PutAsync($"{path}/finalize", body.ToJsonString())).Expect(200);
        Assert.Equal("""["kubernetes","example.org/later"]""", await FinalizersAsync(path));

        Assert.Equal("Conflict", (await _admin.PutAsync($"{path}/finalize", body.ToJsonString())).Expect(409).Reason);
        body["metadata"]!["resourceVersion"] = null;
        body["spec"]!["finalizers"] = new JsonArray("mine");
        ApiAnswer refused = (await _admin.PutAsync($"{path}/finalize", body.ToJsonString())).ExpectFailure(422, "Invalid");
        Assert.Contains("spec.finalizers[0]: Invalid value: \"mine\": name is neither a standard finalizer name nor is it fully qualified", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finalize_OtherVerbsAndKinds_AreRefused()
    {
        string ns = await CreateAsync("[]");

        (await _admin.GetAsync($"/api/v1/namespaces/{ns}/finalize")).ExpectFailure(405, "MethodNotAllowed");
        (await _admin.MergePatchAsync($"/api/v1/namespaces/{ns}/finalize", "{}")).ExpectFailure(405, "MethodNotAllowed");
        (await _admin.DeleteAsync($"/api/v1/namespaces/{ns}/finalize")).ExpectFailure(405, "MethodNotAllowed");
        (await _admin.PutAsync($"/api/v1/namespaces/{ns}/configmaps/a/finalize", "{}")).ExpectFailure(404, "NotFound");
        (await _admin.PutAsync("/api/v1/namespaces/nowhere/finalize", """{"metadata":{"name":"nowhere"}}""")).ExpectFailure(404, "NotFound");
    }

    [Fact]
    public async Task Status_OfALivingNamespace_IsActive()
    {
        string path = $"/api/v1/namespaces/{await CreateAsync("[]")}/status";

        Assert.EndsWith(
            "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty",
            (await _admin.MergePatchAsync(path, """{"status":{"phase":"Terminating"}}""")).ExpectFailure(422, "Invalid").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Discovery_Namespaces_HaveTheirSubresources()
    {
        JsonArray resources = (JsonArray)(await _admin.GetAsync("/api/v1")).Expect(200).Json["resources"]!;

        Assert.Equal("""["update"]""", resources.Single(r => (string)r!["name"]! == "namespaces/finalize")!["verbs"]!.ToJsonString());
        Assert.NotNull(resources.Single(r => (string)r!["name"]! == "namespaces/status"));
    }

    [Fact]
    public async Task Finalizers_OfOwnKinds_NeedAPrefix()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";

        Assert.Equal(
            "ConfigMap \"a\" is invalid: metadata.finalizers[1]: Invalid value: \"mine\": name is neither a standard finalizer name nor is it fully qualified",
            (await _admin.PostAsync(path, """{"metadata":{"name":"a","finalizers":["orphan","mine"]}}""")).ExpectFailure(422, "Invalid").Message);
    }

    private async Task<string> CreateAsync(string finalizers)
    {
        string name = $"t-{Guid.NewGuid():N}";
        (await _admin.PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"finalizers":{{{finalizers}}}}}""")).Expect(201);
        return name;
    }

    private async Task<string> FinalizersAsync(string path) => (await _admin.GetAsync(path)).Expect(200).Json["spec"]!["finalizers"]!.ToJsonString();
}
