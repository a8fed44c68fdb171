using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Security.Reviews;

/// <summary>authentication.k8s.io and authorization.k8s.io over HTTPS.</summary>
public sealed class ReviewTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Authorization = "/apis/authorization.k8s.io/v1";
    private const string WhoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

    [Fact]
    public async Task SelfSubjectReview_TellsUserAndGroups()
    {
        using ApiClient alice = User("alice", "team-a");

        JsonObject answer = (await alice.PostAsync(WhoAmI, """{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}""")).Expect(201).Json;

        Assert.Equal(("SelfSubjectReview", "authentication.k8s.io/v1"), ((string?)answer["kind"], (string?)answer["apiVersion"]));
        Assert.Equal("alice", (string?)answer["status"]!["userInfo"]!["username"]);
        Assert.Equal(["team-a", "system:authenticated"], answer["status"]!["userInfo"]!["groups"]!.AsArray().Select(g => (string?)g));
    }

    [Theory]
    [InlineData("list", "networking.ironcore.dev", "loadbalancers", "", "", "NS", true)]
    [InlineData("list", "networking.ironcore.dev", "loadbalancers", "", "", "default", false)]
    [InlineData("list", "networking.ironcore.dev", "loadbalancers", "", "", "", false)]
    [InlineData("get", "networking.ironcore.dev", "loadbalancers", "status", "x", "NS", true)]
    [InlineData("update", "networking.ironcore.dev", "loadbalancers", "status", "x", "NS", false)]
    [InlineData("get", "", "secrets", "", "", "NS", false)]
    [InlineData("*", "*", "*", "", "", "NS", false)]
    public async Task SelfSubjectAccessReview_AnswersAsRequestsAre(string verb, string group, string resource, string subresource, string name, string ns, bool isAllowed)
    {
        string own = await server.NamespaceAsync();
        using ApiClient alice = User(own);
        await BindAsync(own, "view", own);

        JsonObject answer = (await alice.PostAsync($"{Authorization}/selfsubjectaccessreviews", $$$"""
            {"spec":{"resourceAttributes":{"verb":"{{{verb}}}","group":"{{{group}}}","resource":"{{{resource}}}","subresource":"{{{subresource}}}","name":"{{{name}}}","namespace":"{{{(ns == "NS" ? own : ns)}}}"} } }
            """)).Expect(201).Json;

        Assert.Equal(isAllowed, (bool)answer["status"]!["allowed"]!);
        Assert.Equal(isAllowed ? $"RBAC: allowed by RoleBinding \"view/{own}\" of ClusterRole \"view\" to User \"{own}\"" : null, (string?)answer["status"]!["reason"]);
    }

    [Theory]
    [InlineData("/version", true)]
    [InlineData("/apis/lodestone.dev", true)]
    [InlineData("/metrics", false)]
    public async Task SelfSubjectAccessReview_AboutPaths(string path, bool isAllowed)
    {
        using ApiClient alice = User("alice");

        JsonObject answer = (await alice.PostAsync($"{Authorization}/selfsubjectaccessreviews", $$$"""{"spec":{"nonResourceAttributes":{"verb":"get","path":"{{{path}}}"} } }""")).Expect(201).Json;

        Assert.Equal(isAllowed, (bool)answer["status"]!["allowed"]!);
    }

    [Fact]
    public async Task SubjectAccessReview_IsForWhoMayAsk()
    {
        string ns = await server.NamespaceAsync();
        await BindAsync(ns, "view", "carol");
        string question = $$$"""{"spec":{"user":"carol","groups":["x"],"resourceAttributes":{"verb":"get","resource":"configmaps","namespace":"{{{ns}}}"} } }""";
        using ApiClient alice = User("alice");

        (await alice.PostAsync($"{Authorization}/subjectaccessreviews", question)).ExpectFailure(403, "Forbidden");
        JsonObject answer = (await server.Admin.PostAsync($"{Authorization}/subjectaccessreviews", question)).Expect(201).Json;
        JsonObject local = (await server.Admin.PostAsync($"{Authorization}/namespaces/{ns}/localsubjectaccessreviews", question)).Expect(201).Json;
        JsonObject byGroup = (await server.Admin.PostAsync($"{Authorization}/subjectaccessreviews", """{"spec":{"groups":["system:masters"],"resourceAttributes":{"verb":"*","group":"*","resource":"*"}}}""")).Expect(201).Json;

        Assert.True((bool)answer["status"]!["allowed"]!);
        Assert.True((bool)local["status"]!["allowed"]!);
        Assert.True((bool)byGroup["status"]!["allowed"]!);
    }

    [Theory]
    [InlineData("selfsubjectaccessreviews", """{"spec":{}}""", "SelfSubjectAccessReview.authorization.k8s.io \"\" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified")]
    [InlineData("selfsubjectaccessreviews", """{"spec":{"resourceAttributes":{"verb":"get"},"nonResourceAttributes":{"path":"/x","verb":"get"}}}""", "spec.nonResourceAttributes: Invalid value: authorization.NonResourceAttributes{Path:\"/x\", Verb:\"get\"}: cannot be specified in combination with resourceAttributes")]
    [InlineData("subjectaccessreviews", """{"spec":{"resourceAttributes":{"verb":"get"}}}""", "spec.user: Invalid value: \"\": at least one of user or group must be specified")]
    [InlineData("namespaces/default/localsubjectaccessreviews", """{"spec":{"user":"a","resourceAttributes":{"verb":"get","namespace":"other"}}}""", "spec.resourceAttributes.namespace: Invalid value: \"other\": must match metadata.namespace")]
    [InlineData("namespaces/default/localsubjectaccessreviews", """{"spec":{"user":"a","nonResourceAttributes":{"path":"/x","verb":"get"}}}""", "disallowed on this kind of request")]
    public async Task Question_ThatBreaksARule_IsInvalid(string path, string body, string message)
    {
        ApiAnswer refused = (await server.Admin.PostAsync($"{Authorization}/{path}", body)).ExpectFailure(422, "Invalid");

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SelfSubjectRulesReview_ListsWhatRolesGrant()
    {
        string ns = await server.NamespaceAsync();
        using ApiClient user = User(ns);
        await BindAsync(ns, "view", ns);

        JsonNode status = (await user.PostAsync($"{Authorization}/selfsubjectrulesreviews", $$$"""{"spec":{"namespace":"{{{ns}}}"}}""")).Expect(201).Json["status"]!;
        ApiAnswer refused = (await user.PostAsync($"{Authorization}/selfsubjectrulesreviews", """{"spec":{}}""")).ExpectFailure(400, "BadRequest");

        Assert.False((bool)status["incomplete"]!);
        Assert.Contains(status["resourceRules"]!.AsArray(), r => r!["resources"]!.AsArray().Any(x => (string?)x == "configmaps"));
        Assert.Contains(status["nonResourceRules"]!.AsArray(), r => r!["nonResourceURLs"]!.AsArray().Any(x => (string?)x == "/version"));
        Assert.Equal("no namespace on request", refused.Message);
    }

    [Fact]
    public async Task Reviews_AreOnlyCreated()
    {
        (await server.Admin.GetAsync($"{Authorization}/selfsubjectaccessreviews")).ExpectFailure(405, "MethodNotAllowed");
        (await server.Admin.GetAsync($"{Authorization}/selfsubjectaccessreviews/x")).ExpectFailure(405, "MethodNotAllowed");
        (await server.Admin.DeleteAsync(WhoAmI)).ExpectFailure(405, "MethodNotAllowed");
        (await server.Admin.PostAsync("/apis/authorization.k8s.io/v1beta1/selfsubjectaccessreviews", "{}")).ExpectFailure(404, "NotFound");
        (await server.Admin.PostAsync($"{Authorization}/localsubjectaccessreviews", "{}")).ExpectFailure(404, "NotFound");
        (await server.Admin.PostAsync("/apis/authentication.k8s.io/v1/tokenreviews", "{}")).ExpectFailure(400, "BadRequest");
    }

    [Fact]
    public async Task Reviews_HaveNoTable()
    {
        ApiAnswer refused = (await server.Admin.SendAsync(HttpMethod.Post, WhoAmI, "{}", "application/json", "application/json;as=Table;v=v1;g=meta.k8s.io")).ExpectFailure(406, "NotAcceptable");

        Assert.StartsWith("only the following media types are accepted", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reviews_KnowTheirFields()
    {
        ApiAnswer refused = (await server.Admin.PostAsync($"{Authorization}/selfsubjectaccessreviews?fieldValidation=Strict", """{"spec":{"foo":1,"resourceAttributes":{"verb":"get"}}}""")).ExpectFailure(400, "BadRequest");

        Assert.Contains("unknown field \"spec.foo\"", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Discovery_ListsThemAsCreatable()
    {
        JsonArray authorization = (await server.Admin.GetAsync(Authorization)).Expect(200).Json["resources"]!.AsArray();
        JsonArray authentication = (await server.Admin.GetAsync("/apis/authentication.k8s.io/v1")).Expect(200).Json["resources"]!.AsArray();
        JsonArray core = (await server.Admin.GetAsync("/api/v1")).Expect(200).Json["resources"]!.AsArray();

        Assert.Equal(
            ["localsubjectaccessreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews"],
            authorization.Select(r => (string?)r!["name"]));
        Assert.Equal(["selfsubjectreviews", "tokenreviews"], authentication.Select(r => (string?)r!["name"]));
        Assert.All(authorization.Concat(authentication), r => Assert.Equal("create", (string?)Assert.Single(r!["verbs"]!.AsArray())));
        JsonNode token = core.Single(r => (string?)r!["name"] == "serviceaccounts/token")!;
        Assert.Equal(("authentication.k8s.io", "TokenRequest"), ((string?)token["group"], (string?)token["kind"]));
    }

    private ApiClient User(string name, params string[] groups) =>
        ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, name, groups));

    private async Task BindAsync(string ns, string role, string user) =>
        (await server.Admin.PostAsync($"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", $$$"""
            {"metadata":{"name":"{{{role}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{{role}}}"},"subjects":[{"kind":"User","name":"{{{user}}}"}]}
            """)).Expect(201);
}
