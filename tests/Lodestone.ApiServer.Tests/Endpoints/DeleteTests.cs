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

    [Theory]
    [InlineData("", """{"propagationPolicy":"Sideways"}""", "propagationPolicy: Unsupported value: \"Sideways\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"")]
    [InlineData("?orphanDependents=true", """{"propagationPolicy":"Orphan"}""", "propagationPolicy: Invalid value: \"Orphan\": orphanDependents and deletionPropagation cannot be both set")]
    [InlineData("?propagationPolicy=Sideways", null, "propagationPolicy: Unsupported value: \"Sideways\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"")]
    [InlineData("?dryRun=Some", null, "dryRun: Unsupported value: []string{\"Some\"}: supported values: \"All\"")]
    public async Task Delete_OptionsInBodyOrQuery_AreCheckedTogether(string query, string? body, string problem)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        ApiAnswer refused = (await _admin.DeleteAsync($"{path}/a{query}", body)).ExpectFailure(422, "Invalid");

        Assert.Equal($"DeleteOptions.meta.k8s.io \"\" is invalid: {problem}", refused.Message);
    }

    [Fact]
    public async Task Delete_PolicyInBody_WinsOverTheQuery()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"finalizers":["example.org/hold"]}}""")).Expect(200);

        JsonObject held = (await _admin.DeleteAsync($"{path}/a?propagationPolicy=Orphan", """{"propagationPolicy":"Background"}""")).Expect(200).Json;

        Assert.Equal("""["example.org/hold"]""", held["metadata"]!["finalizers"]!.ToJsonString());
    }

    [Theory]
    [InlineData("", """{"kind":"LoadBalancer"}""", 400)]
    [InlineData("", "[]", 400)]
    [InlineData("", "{", 400)]
    [InlineData("?gracePeriodSeconds=soon", null, 400)]
    [InlineData("?dryRun=Some", null, 422)]
    [InlineData("?gracePeriodSeconds=0", null, 200)]
    [InlineData("", """{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":-1}""", 200)]
    public async Task Delete_Options_AreReadOrRefused(string query, string? body, int code)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        (await _admin.DeleteAsync($"{path}/a{query}", body)).Expect(code);

        (await _admin.GetAsync($"{path}/a")).Expect(code == 200 ? 404 : 200);
    }

    [Fact]
    public async Task Delete_Preconditions_ThatHold_Delete()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer created = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);

        ApiAnswer refused = (await _admin.DeleteAsync($"{path}/a", """{"preconditions":{"uid":"other"}}""")).ExpectFailure(409, "Conflict");
        (await _admin.DeleteAsync($"{path}/a", $$$"""{"preconditions":{"uid":"{{{created.Uid}}}","resourceVersion":"{{{created.ResourceVersion}}}"} }""")).Expect(200);

        Assert.Equal(
            $"Operation cannot be fulfilled on LoadBalancer.networking.ironcore.dev \"a\": the UID in the precondition (other) does not match the UID in record ({created.Uid}). The object might have been deleted and then recreated",
            refused.Message);
        Assert.Equal("LoadBalancer", (string)refused.Json["details"]!["kind"]!);
    }

    [Fact]
    public async Task BeingDeleted_TakesNoNewFinalizers_AndItsNameIsTaken()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"finalizers":["example.org/hold"]}}""")).Expect(200);
        (await _admin.DeleteAsync($"{path}/a")).Expect(200);

        ApiAnswer taken = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).ExpectFailure(409, "AlreadyExists");
        ApiAnswer more = (await _admin.MergePatchAsync($"{path}/a", """{"metadata":{"finalizers":["example.org/hold","example.org/more"]}}""")).ExpectFailure(422, "Invalid");

        Assert.Equal("object is being deleted: loadbalancers.networking.ironcore.dev \"a\" already exists", taken.Message);
        Assert.Contains("metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"example.org/more\"}", more.Message, StringComparison.Ordinal);
        Assert.Equal("FieldValueForbidden", (string)more.Json["details"]!["causes"]![0]!["reason"]!);
    }

    [Fact]
    public async Task DeleteCollection_LimitsVersionsAndDryRun_AreFollowed()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        foreach (string name in (string[])["a", "b", "c"])
        {
            (await _admin.PostAsync(path, Samples.LoadBalancer(name, network: name == "c" ? "net-c" : "net-a"))).Expect(201);
        }

        ApiAnswer dry = (await _admin.DeleteAsync($"{path}?dryRun=All")).Expect(200);
        ApiAnswer first = (await _admin.DeleteAsync($"{path}?limit=1")).Expect(200);
        ApiAnswer byField = (await _admin.DeleteAsync($"{path}?fieldSelector=spec.networkRef.name%3Dnet-c")).Expect(200);
        (await _admin.DeleteAsync($"{path}?resourceVersion=9999999999&resourceVersionMatch=Some")).ExpectFailure(422, "Invalid");

        Assert.Equal(["a", "b", "c"], dry.ItemNames);
        Assert.Equal(["a"], first.ItemNames);
        Assert.Equal("LoadBalancerList", (string)first.Json["kind"]!);
        Assert.Equal(["c"], byField.ItemNames);
        Assert.Equal(["b"], (await _admin.GetAsync(path)).ItemNames);
    }

    [Fact]
    public async Task DeleteCollection_OfManyAndHeld_DeletesOrBegins()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await Task.WhenAll(Enumerable.Range(0, 300).Select(async i => (await _admin.PostAsync(path, Samples.LoadBalancer($"a{i:000}"))).Expect(201)));
        (await _admin.MergePatchAsync($"{path}/a007", """{"metadata":{"finalizers":["example.org/hold"]}}""")).Expect(200);

        ApiAnswer deleted = (await _admin.DeleteAsync(path, """{"propagationPolicy":"Background"}""")).Expect(200);

        Assert.Equal(300, deleted.ItemNames.Count());
        JsonNode left = Assert.Single((JsonArray)(await _admin.GetAsync(path)).Json["items"]!)!;
        Assert.Equal("a007", (string)left["metadata"]!["name"]!);
        Assert.NotNull(left["metadata"]!["deletionTimestamp"]);
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
