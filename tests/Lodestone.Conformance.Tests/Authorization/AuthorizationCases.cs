using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Authorization;

/// <summary>Roles, bindings and reviews; users are impersonated.</summary>
public sealed class AuthorizationCases(Target target) : ConformanceCase(target)
{
    private string User => Unique("user");

    [Case]
    public async Task Role_Bound_Grants()
    {
        (await AsAsync(HttpMethod.Get, Kind.ConfigMap.In(Namespace))).Is(403);
        await GrantAsync("""{"apiGroups":[""],"resources":["configmaps"],"verbs":["list"]}""");
        await AllowedAsync(Kind.ConfigMap.In(Namespace));
        (await AsAsync(HttpMethod.Get, Kind.ConfigMap.At(Namespace, "a"))).IsFailure(
            403, "Forbidden", $"configmaps \"a\" is forbidden: User \"{User}\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"{Namespace}\"", Kind.ConfigMap.Details("a"));
        (await AsAsync(HttpMethod.Get, Kind.ConfigMap.In("default"))).Is(403);
        (await AsAsync(HttpMethod.Get, Kind.ConfigMap.Everywhere)).IsFailure(
            403, "Forbidden", $"configmaps is forbidden: User \"{User}\" cannot list resource \"configmaps\" in API group \"\" at the cluster scope", """{"kind":"configmaps"}""");
    }

    [Cases]
    [InlineData("GET", "", "get")]
    [InlineData("PUT", "{}", "update")]
    [InlineData("PATCH", "{}", "patch")]
    [InlineData("DELETE", "", "delete")]
    public async Task Verb_NotGranted_IsNamed(string method, string body, string verb)
    {
        Answer answer = await AsAsync(new HttpMethod(method), Kind.LoadBalancer.At(Namespace, "a"), body);
        answer.IsFailure(
            403, "Forbidden",
            $"loadbalancers.networking.ironcore.dev \"a\" is forbidden: User \"{User}\" cannot {verb} resource \"loadbalancers\" in API group \"networking.ironcore.dev\" in the namespace \"{Namespace}\"",
            Kind.LoadBalancer.Details("a"));
    }

    [Cases]
    [InlineData("GET", "?watch=true", "watch")]
    [InlineData("DELETE", "", "deletecollection")]
    [InlineData("POST", "", "create")]
    public async Task VerbOfCollection_NotGranted_IsNamed(string method, string query, string verb)
    {
        Answer answer = await AsAsync(new HttpMethod(method), Kind.LoadBalancer.In(Namespace) + query, method == "POST" ? "{}" : "");
        answer.Is(403);
        Assert.Contains($"cannot {verb} resource \"loadbalancers\"", answer.Get("message"), StringComparison.Ordinal);
    }

    [Case]
    public async Task Subresource_IsItsOwnResource()
    {
        await CreateAsync(Kind.Network, "a");
        await GrantAsync("""{"apiGroups":["networking.ironcore.dev"],"resources":["networks"],"verbs":["*"]}""");
        await AllowedAsync(Kind.Network.In(Namespace));
        Answer answer = await AsAsync(HttpMethod.Get, Kind.Network.At(Namespace, "a") + "/status");
        answer.Is(403);
        Assert.Contains("cannot get resource \"networks/status\" in API group \"networking.ironcore.dev\"", answer.Get("message"), StringComparison.Ordinal);
    }

    [Case]
    public async Task ResourceNames_GrantOnlyThose()
    {
        await CreateAsync(Kind.Secret, "a");
        await CreateAsync(Kind.Secret, "b");
        await GrantAsync("""{"apiGroups":[""],"resources":["secrets"],"resourceNames":["a"],"verbs":["get","list"]}""");
        await AllowedAsync(Kind.Secret.At(Namespace, "a"));
        (await AsAsync(HttpMethod.Get, Kind.Secret.At(Namespace, "b"))).Is(403);
        (await AsAsync(HttpMethod.Get, Kind.Secret.In(Namespace))).Is(403);
        (await AsAsync(HttpMethod.Get, Kind.Secret.In(Namespace) + "?fieldSelector=metadata.name%3Da")).Is(200);
    }

    [Case]
    public async Task Group_Bound_Grants()
    {
        string group = Unique("group");
        await CreateAsync(Kind.Role, "r", """{"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["list"]}]}""");
        await CreateAsync(Kind.RoleBinding, "b", $$"""{"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"{{group}}"}],"roleRef":{"name":"r"} }""");
        await EventuallyAsync(() => Api.SendAsync(HttpMethod.Get, Kind.ConfigMap.In(Namespace), headers: [("Impersonate-User", User), ("Impersonate-Group", group)]));
    }

    [Cases]
    [InlineData("view", "GET", 200)]
    [InlineData("view", "POST", 403)]
    [InlineData("edit", "POST", 201)]
    [InlineData("admin", "POST", 201)]
    [Differs("aggregated roles stay empty: kube-controller-manager fills them", "the API server does it itself", IsInapplicable = true)]
    public async Task BootstrapRole_Bound_Grants(string role, string method, int code)
    {
        await CreateAsync(Kind.RoleBinding, "b", Binding("ClusterRole", role));
        await AllowedAsync(Kind.ConfigMap.In(Namespace));
        (await AsAsync(new HttpMethod(method), Kind.ConfigMap.In(Namespace), method == "POST" ? """{"metadata":{"name":"x"}}""" : "")).Is(code);
    }

    [Case]
    [Differs("aggregated roles stay empty: kube-controller-manager fills them", "the API server does it itself", IsInapplicable = true)]
    public async Task View_DoesNotShowSecrets()
    {
        await CreateAsync(Kind.RoleBinding, "b", Binding("ClusterRole", "view"));
        await AllowedAsync(Kind.ConfigMap.In(Namespace));
        (await AsAsync(HttpMethod.Get, Kind.Secret.In(Namespace))).Is(403);
    }

    [Case]
    public async Task Role_ThatGrantsMoreThanIHave_IsForbidden()
    {
        await GrantAsync("""{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create","list"]}""");
        await AllowedAsync(Kind.Role.In(Namespace));
        Answer answer = await AsAsync(HttpMethod.Post, Kind.Role.In(Namespace), Kind.Role.Manifest("more").ToJsonString());
        answer.Is(403).Has("reason", "Forbidden").Has("details.name", "more").Has("details.kind", "roles");
        Assert.Contains("is attempting to grant RBAC permissions not currently held", answer.Get("message"), StringComparison.Ordinal);
    }

    [Case]
    public async Task Binding_ToMoreThanIHave_IsForbidden()
    {
        await GrantAsync("""{"apiGroups":["rbac.authorization.k8s.io"],"resources":["rolebindings"],"verbs":["*"]}""");
        await AllowedAsync(Kind.RoleBinding.In(Namespace));
        Answer answer = await AsAsync(HttpMethod.Post, Kind.RoleBinding.In(Namespace), Kind.RoleBinding.Manifest("more", Binding("ClusterRole", "cluster-admin")).ToJsonString());
        answer.Is(403).Has("details.kind", "rolebindings");
    }

    [Case]
    public async Task Path_NotGranted_IsForbidden()
    {
        Answer answer = await AsAsync(HttpMethod.Get, "/metrics");
        answer.IsFailure(403, "Forbidden", $"forbidden: User \"{User}\" cannot get path \"/metrics\"", "{}");
    }

    [Cases]
    [InlineData("/api")]
    [InlineData("/apis")]
    [InlineData("/openapi/v2")]
    [InlineData("/version")]
    public async Task Discovery_IsForEverybody(string path) => (await AsAsync(HttpMethod.Get, path)).Is(200);

    [Cases]
    [InlineData("list", "configmaps", true)]
    [InlineData("delete", "configmaps", false)]
    [InlineData("list", "secrets", false)]
    public async Task SelfSubjectAccessReview_SaysWhatIs(string verb, string resource, bool isAllowed)
    {
        await GrantAsync("""{"apiGroups":[""],"resources":["configmaps"],"verbs":["list"]}""");
        await AllowedAsync(Kind.ConfigMap.In(Namespace));
        Answer answer = await AsAsync(HttpMethod.Post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            $$$"""{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"namespace":"{{{Namespace}}}","verb":"{{{verb}}}","resource":"{{{resource}}}"} } }""");
        answer.Is(201).Matches($$"""{"kind":"SelfSubjectAccessReview","status":{"allowed":{{(isAllowed ? "true" : "false")}} } }""");
    }

    [Case]
    public async Task SubjectAccessReview_OfAnother_SaysWhatIs()
    {
        string review = $$$"""{"spec":{"user":"{{{User}}}","resourceAttributes":{"namespace":"{{{Namespace}}}","verb":"get","resource":"configmaps"} } }""";
        (await Api.PostAsync("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)).Is(201).Matches("""{"status":{"allowed":false}}""");
        string local = $$$"""{"metadata":{"namespace":"{{{Namespace}}}"},""" + review[1..];
        (await Api.PostAsync($"/apis/authorization.k8s.io/v1/namespaces/{Namespace}/localsubjectaccessreviews", local)).Is(201).Matches("""{"status":{"allowed":false}}""");
    }

    [Case]
    public async Task SubjectAccessReview_WithoutUser_IsInvalid() =>
        (await Api.PostAsync("/apis/authorization.k8s.io/v1/subjectaccessreviews", """{"spec":{"nonResourceAttributes":{"path":"/","verb":"get"}}}""")).Is(422).Has("reason", "Invalid");

    [Case]
    public async Task SelfSubjectRulesReview_ListsRules()
    {
        await GrantAsync("""{"apiGroups":[""],"resources":["configmaps"],"verbs":["list"]}""");
        await AllowedAsync(Kind.ConfigMap.In(Namespace));
        Answer answer = await AsAsync(HttpMethod.Post, "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", $$$"""{"spec":{"namespace":"{{{Namespace}}}"}}""");
        answer.Is(201).Matches("""{"kind":"SelfSubjectRulesReview","status":{"incomplete":false}}""");
        Assert.Contains(answer["status.resourceRules"].AsArray(), r => r!["resources"]?.ToJsonString() == """["configmaps"]""" && r["verbs"]!.ToJsonString() == """["list"]""");
    }

    private string Binding(string kind, string role) => $$"""
        {"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{User}}"}],"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"{{kind}}","name":"{{role}}"} }
        """;

    private Task<Answer> AsAsync(HttpMethod method, string path, string body = "") =>
        Api.SendAsync(method, path, body.Length == 0 ? null : body, method == HttpMethod.Patch ? KubeClient.MergePatch : KubeClient.Json, ("Impersonate-User", User));

    private async Task GrantAsync(string rule)
    {
        await CreateAsync(Kind.Role, "granted", $$"""{"rules":[{{rule}}]}""");
        await CreateAsync(Kind.RoleBinding, "granted", Binding("Role", "granted"));
    }

    /// <summary>A server learns of roles from a watch of its own.</summary>
    private Task AllowedAsync(string path) => EventuallyAsync(() => AsAsync(HttpMethod.Get, path));

    private static async Task EventuallyAsync(Func<Task<Answer>> ask)
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            if ((await ask()).Code == 200)
            {
                return;
            }

            await Task.Delay(25, TestContext.Current.CancellationToken);
        }

        (await ask()).Is(200);
    }
}
