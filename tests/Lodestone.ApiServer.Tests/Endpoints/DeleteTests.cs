using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Endpoints;

public sealed class DeleteTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Delete_PlainObject_IsGoneAndSaysWhat()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer created = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        JsonObject answer = (await _admin.DeleteAsync($"{path}/a")).Expect(200).Json;

        Assert.Equal("Success", (string)answer["status"]!);
        Assert.Equal(("a", "loadbalancers", created.Uid), ((string)answer["details"]!["name"]!, (string)answer["details"]!["kind"]!, (string)answer["details"]!["uid"]!));
        (await _admin.GetAsync($"{path}/a")).ExpectFailure(404, "NotFound");
    }

    [Fact]
    public async Task Delete_WithFinalizer_GoesWhenTheFinalizerDoes()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"finalizers":["example.org/hold"]}}""")).Expect(200);

        JsonObject first = (await _admin.DeleteAsync($"{path}/a")).Expect(200).Json;
        JsonObject second = (await _admin.DeleteAsync($"{path}/a")).Expect(200).Json;
        (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"finalizers":["example.org/hold","example.org/more"]}}""")).ExpectFailure(422, "Invalid");
        (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"finalizers":null}}""")).Expect(200);

        Assert.NotNull(first["metadata"]!["deletionTimestamp"]);
        Assert.Equal(2, (int)first["metadata"]!["generation"]!);
        Assert.Equal((string)first["metadata"]!["resourceVersion"]!, (string)second["metadata"]!["resourceVersion"]!);
        (await _admin.GetAsync($"{path}/a")).ExpectFailure(404, "NotFound");
    }

    [Theory]
    [InlineData("Foreground", "foregroundDeletion")]
    [InlineData("Orphan", "orphan")]
    public async Task Delete_PropagationPolicy_IsKeptAsFinalizer(string policy, string finalizer)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        JsonObject answer = (await _admin.DeleteAsync($"{path}/a", $$$"""{"propagationPolicy":"{{{policy}}}"}""")).Expect(200).Json;

        Assert.Equal(finalizer, (string)answer["metadata"]!["finalizers"]![0]!);
        Assert.NotNull(answer["metadata"]!["deletionTimestamp"]);
    }

    [Theory]
    [InlineData("""{"preconditions":{"uid":"other"}}""", 409, "Conflict")]
    [InlineData("""{"preconditions":{"resourceVersion":"1"}}""", 409, "Conflict")]
    [InlineData("""{"propagationPolicy":"Sideways"}""", 422, "Invalid")]
    [InlineData("""{"propagationPolicy":"Orphan","orphanDependents":true}""", 422, "Invalid")]
    public async Task Delete_OptionsThatDoNotHold_AreRefused(string options, int code, string reason)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        (await _admin.DeleteAsync($"{path}/a", options)).ExpectFailure(code, reason);

        (await _admin.GetAsync($"{path}/a")).Expect(200);
    }

    [Fact]
    public async Task Delete_DryRun_DeletesNothing()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        (await _admin.DeleteAsync($"{path}/a?dryRun=All")).Expect(200);

        (await _admin.GetAsync($"{path}/a")).Expect(200);
    }

    [Fact]
    public async Task DeleteCollection_BySelector_DeletesWhatIsSelected()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a", """{"x":"1"}"""))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("b", """{"x":"1"}"""))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("c", """{"x":"2"}"""))).Expect(201);

        ApiAnswer deleted = (await _admin.DeleteAsync($"{path}?labelSelector=x%3D1")).Expect(200);

        Assert.Equal(["a", "b"], deleted.ItemNames);
        Assert.Equal(["c"], (await _admin.GetAsync(path)).ItemNames);
    }

    [Fact]
    public async Task Namespace_Deleted_TakesItsContentAlong()
    {
        string ns = await server.NamespaceAsync();
        string path = Samples.LoadBalancers(ns);
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("held"))).Expect(201);
        (await _admin.MergePatchAsync($"{path}/held", """{"metadata":{"finalizers":["example.org/hold"]}}""")).Expect(200);

        JsonObject terminating = (await _admin.DeleteAsync($"/api/v1/namespaces/{ns}")).Expect(200).Json;
        ApiAnswer refused = (await _admin.PostAsync(path, Samples.LoadBalancer("late"))).ExpectFailure(403, "Forbidden");
        await EventuallyAsync(async () => (await _admin.GetAsync($"{path}/a")).Code == 404);
        (await _admin.GetAsync($"/api/v1/namespaces/{ns}")).Expect(200);
        (await _admin.MergePatchAsync($"{path}/held", """{"metadata":{"finalizers":[]}}""")).Expect(200);
        await EventuallyAsync(async () => (await _admin.GetAsync($"/api/v1/namespaces/{ns}")).Code == 404);

        Assert.Equal("Terminating", (string)terminating["status"]!["phase"]!);
        Assert.Contains("because it is being terminated", refused.Message, StringComparison.Ordinal);
        Assert.Equal("NamespaceTerminating", (string)refused.Json["details"]!["causes"]![0]!["reason"]!);
    }

    [Fact]
    public async Task Namespace_ThatEverythingReliesOn_CannotBeDeleted() =>
        (await _admin.DeleteAsync("/api/v1/namespaces/default")).ExpectFailure(403, "Forbidden");

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            await Task.Delay(20, deadline.Token);
        }
    }
}
