namespace Lodestone.ApiServer.Tests.Security.Rbac;

/// <summary>Who may write roles and bindings, over HTTPS.</summary>
public sealed class EscalationTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";

    [Fact]
    public async Task Role_WithRulesItsWriterLacks_IsForbidden()
    {
        string ns = await server.NamespaceAsync();
        using ApiClient user = await UserAsync(ns, """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create","patch"]},{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}""");

        (await user.PostAsync($"{Rbac}/namespaces/{ns}/roles", Role("fine", """{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}"""))).Expect(201);
        ApiAnswer refused = (await user.PostAsync($"{Rbac}/namespaces/{ns}/roles", Role("more", """{"apiGroups":[""],"resources":["secrets","configmaps"],"verbs":["get","list"]}""")))
            .ExpectFailure(403, "Forbidden");
        (await user.MergePatchAsync($"{Rbac}/namespaces/{ns}/roles/fine", """{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}"""))
            .ExpectFailure(403, "Forbidden");
        (await user.MergePatchAsync($"{Rbac}/namespaces/{ns}/roles/fine", """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);

        Assert.Equal(
            $"roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"{ns}\" (groups=[\"team\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
            + "{APIGroups:[\"\"], Resources:[\"configmaps\"], Verbs:[\"list\"]}\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\" \"list\"]}",
            refused.Message);
    }

    [Fact]
    public async Task Role_WithVerbEscalate_IsWritten()
    {
        string ns = await server.NamespaceAsync();
        using ApiClient user = await UserAsync(ns, """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create","escalate"]}""");

        (await user.PostAsync($"{Rbac}/namespaces/{ns}/roles", Role("more", """{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}"""))).Expect(201);
    }

    [Fact]
    public async Task Role_FinalizersOnly_NeedNoPermissionOfTheRole()
    {
        string ns = await server.NamespaceAsync();
        (await server.Admin.PostAsync($"{Rbac}/namespaces/{ns}/roles", Role("held", """{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}"""))).Expect(201);
        using ApiClient user = await UserAsync(ns, """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["patch"]}""");

        (await user.MergePatchAsync($"{Rbac}/namespaces/{ns}/roles/held", """{"metadata":{"finalizers":["example.org/x"]}}""")).Expect(200);
        (await user.MergePatchAsync($"{Rbac}/namespaces/{ns}/roles/held", """{"metadata":{"labels":{"a":"b"}}}""")).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public async Task Binding_OfARoleItsWriterLacks_IsForbidden()
    {
        string ns = await server.NamespaceAsync();
        string bindings = $"{Rbac}/namespaces/{ns}/rolebindings";
        using ApiClient user = await UserAsync(ns, """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["rolebindings"],"verbs":["*"]}""");

        ApiAnswer refused = (await user.PostAsync(bindings, Binding("b", "cluster-admin", ns))).ExpectFailure(403, "Forbidden");
        ApiAnswer missing = (await user.PostAsync(bindings, Binding("b", "nowhere", ns))).ExpectFailure(404, "NotFound");
        (await user.PostAsync(bindings, Binding("b", $"own-{ns}", ns))).Expect(201);

        Assert.EndsWith(
            "is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}\n{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}",
            refused.Message,
            StringComparison.Ordinal);
        Assert.Equal("clusterrole.rbac.authorization.k8s.io \"nowhere\" not found", missing.Message);
    }

    [Fact]
    public async Task Binding_WithVerbBindOnTheRole_IsWritten()
    {
        string ns = await server.NamespaceAsync();
        string bindings = $"{Rbac}/namespaces/{ns}/rolebindings";
        using ApiClient user = await UserAsync(
            ns,
            """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["rolebindings"],"verbs":["create"]},{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"resourceNames":["view"],"verbs":["bind"]}""");

        (await user.PostAsync(bindings, Binding("b", "view", ns))).Expect(201);
        (await user.PostAsync(bindings, Binding("c", "edit", ns))).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public async Task AggregatedRole_NeedsEverything()
    {
        string ns = await server.NamespaceAsync();
        using ApiClient user = await UserAsync(ns, """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"verbs":["*"]}""", isCluster: true, verbs: "create");

        ApiAnswer refused = (await user.PostAsync(
            $"{Rbac}/clusterroles",
            $$$"""{"metadata":{"name":"all-{{{ns}}}"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"a":"b"}}]}}""")).ExpectFailure(403, "Forbidden");

        Assert.Equal($"clusterroles.rbac.authorization.k8s.io \"all-{ns}\" is forbidden: must have cluster-admin privileges to use the aggregationRule", refused.Message);
    }

    private static string Role(string name, string rules) => $$$"""{"metadata":{"name":"{{{name}}}"},"rules":[{{{rules}}}]}""";

    private static string Binding(string name, string role, string user) => $$$"""
        {"metadata":{"name":"{{{name}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{{role}}}"},
         "subjects":[{"kind":"User","name":"{{{user}}}"}]}
        """;

    /// <summary>A user of the namespace's name with a ClusterRole of its own.</summary>
    private async Task<ApiClient> UserAsync(string ns, string rules, bool isCluster = false, string? verbs = null)
    {
        rules = verbs is null ? rules : rules.Replace("\"*\"", $"\"{verbs}\"", StringComparison.Ordinal);
        (await server.Admin.PostAsync($"{Rbac}/clusterroles", Role($"own-{ns}", rules))).Expect(201);
        string bindings = isCluster ? $"{Rbac}/clusterrolebindings" : $"{Rbac}/namespaces/{ns}/rolebindings";
        (await server.Admin.PostAsync(bindings, Binding($"own-{ns}", $"own-{ns}", ns))).Expect(201);
        return ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, ns, ["team"]));
    }
}
