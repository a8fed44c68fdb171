using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Registry;

/// <summary>Kubernetes' own kinds over HTTP.</summary>
public sealed class BuiltInKindsTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Secret_WrittenAsText_IsReadAsBytes()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/secrets";

        ApiAnswer created = (await _admin.PostAsync(path, """{"metadata":{"name":"a"},"stringData":{"b":"hi"}}""")).Expect(201);

        Assert.Equal("""{"b":"aGk="}""", created.Json["data"]!.ToJsonString());
        Assert.Equal("Opaque", (string)created.Json["type"]!);
        Assert.Null(created.Json["stringData"]);
        Assert.Null(created.Json["metadata"]!["generation"]);
    }

    [Fact]
    public async Task Secret_NoBase64_IsBadRequest()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/secrets";

        ApiAnswer answer = (await _admin.PostAsync(path, """{"metadata":{"name":"a"},"data":{"b":"hi!"}}""")).ExpectFailure(400, "BadRequest");

        Assert.Equal("Secret in version \"v1\" cannot be handled as a Secret: data.b: Invalid value: \"string\": must be base64 as in RFC 4648, section 4", answer.Message);
    }

    [Fact]
    public async Task Secrets_BySelectorOfType_AreFound()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/secrets";
        (await _admin.PostAsync(path, """{"metadata":{"name":"a"}}""")).Expect(201);
        (await _admin.PostAsync(path, """{"metadata":{"name":"b"},"type":"example.com/b"}""")).Expect(201);

        ApiAnswer answer = (await _admin.GetAsync($"{path}?fieldSelector=type=example.com/b")).Expect(200);

        Assert.Equal(["b"], answer.ItemNames);
    }

    [Fact]
    public async Task ConfigMap_ReplacedWithoutVersion_IsTaken()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        (await _admin.PostAsync(path, """{"metadata":{"name":"a"},"data":{"k":"1"}}""")).Expect(201);

        (await _admin.PutAsync($"{path}/a", """{"metadata":{"name":"a"},"data":{"k":"2"},"immutable":true}""")).Expect(200);

        ApiAnswer refused = (await _admin.MergePatchAsync($"{path}/a", """{"data":{"k":"3"}}""")).ExpectFailure(422, "Invalid");
        Assert.Equal("ConfigMap \"a\" is invalid: data: Forbidden: field is immutable when `immutable` is set", refused.Message);
    }

    [Fact]
    public async Task ServiceAccount_SecretsItNames_AreNamesOnly()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/serviceaccounts";

        ApiAnswer created = (await _admin.PostAsync(path, """{"metadata":{"name":"a"},"secrets":[{"name":"s","kind":"Secret","uid":"u"}]}""")).Expect(201);

        Assert.Equal("""[{"name":"s"}]""", created.Json["secrets"]!.ToJsonString());
    }

    [Fact]
    public async Task Put_MissingObject_IsCreatedWhereKubernetesDoesSo()
    {
        string ns = await server.NamespaceAsync();
        string role = $"{Rbac}/namespaces/{ns}/roles/a";

        (await _admin.PutAsync(role, """{"metadata":{"name":"a"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["secrets"]}]}""")).Expect(201);
        (await _admin.PutAsync(role, """{"metadata":{"name":"a"},"rules":[]}""")).Expect(200);
        (await _admin.PutAsync($"/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/l", """{"metadata":{"name":"l"}}""")).Expect(201);
        ApiAnswer unversioned = (await _admin.PutAsync($"/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/l", """{"metadata":{"name":"l"}}""")).ExpectFailure(422, "Invalid");
        Assert.Equal(
            "leases.coordination.k8s.io \"l\" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update", unversioned.Message);
        (await _admin.PutAsync($"{Rbac}/namespaces/{ns}/roles/b", """{"metadata":{"name":"c"}}""")).ExpectFailure(400, "BadRequest");
        (await _admin.PutAsync($"/api/v1/namespaces/{ns}/configmaps/a", """{"metadata":{"name":"a"}}""")).ExpectFailure(404, "NotFound");
        (await _admin.PutAsync($"{Samples.LoadBalancers(ns)}/a", Samples.LoadBalancer("a"))).ExpectFailure(404, "NotFound");
    }

    [Fact]
    public async Task ClusterRole_NameWithColon_IsServed()
    {
        string name = $"system:t-{Guid.NewGuid():N}";
        (await _admin.PostAsync($"{Rbac}/clusterroles", $$$"""{"metadata":{"name":"{{{name}}}"},"rules":[{"verbs":["get"],"nonResourceURLs":["/x/*"]}]}""")).Expect(201);

        Assert.Equal(name, (await _admin.GetAsync($"{Rbac}/clusterroles/{name}")).Expect(200).Name);
        Assert.Equal(name, (await _admin.GetAsync($"{Rbac}/clusterroles/{Uri.EscapeDataString(name)}")).Expect(200).Name);
        (await _admin.DeleteAsync($"{Rbac}/clusterroles/{name}")).Expect(200);
    }

    [Fact]
    public async Task RoleBinding_OtherRole_IsRefused()
    {
        string path = $"{Rbac}/namespaces/{await server.NamespaceAsync()}/rolebindings";
        (await _admin.PostAsync(path, """{"metadata":{"name":"a"},"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"u"}]}""")).Expect(201);

        ApiAnswer answer = (await _admin.MergePatchAsync($"{path}/a", """{"roleRef":{"name":"s"}}""")).ExpectFailure(422, "Invalid");

        Assert.Equal(
            "RoleBinding.rbac.authorization.k8s.io \"a\" is invalid: roleRef: Invalid value: "
            + "rbac.RoleRef{APIGroup:\"rbac.authorization.k8s.io\", Kind:\"Role\", Name:\"s\"}: cannot change roleRef",
            answer.Message);
    }

    [Fact]
    public async Task Tables_HaveKubernetesColumns()
    {
        static string[] Columns(ApiAnswer answer) => [.. ((JsonArray)answer.Json["columnDefinitions"]!).Select(c => (string)c!["name"]!)];
        const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io";

        Assert.Equal(["Name", "Data", "Age"], Columns((await _admin.GetAsync("/api/v1/configmaps", Table)).Expect(200)));
        Assert.Equal(["Name", "Type", "Data", "Age"], Columns((await _admin.GetAsync("/api/v1/secrets", Table)).Expect(200)));
        Assert.Equal(["Name", "Secrets", "Age"], Columns((await _admin.GetAsync("/api/v1/serviceaccounts", Table)).Expect(200)));
        Assert.Equal(["Name", "Created At"], Columns((await _admin.GetAsync($"{Rbac}/roles", Table)).Expect(200)));
        Assert.Equal(["Name", "Role", "Age", "Users", "Groups", "ServiceAccounts"], Columns((await _admin.GetAsync($"{Rbac}/rolebindings", Table)).Expect(200)));
    }

    [Fact]
    public async Task Namespace_New_GetsItsAccountAndAuthority_AndGetsThemBack()
    {
        string ns = await server.NamespaceAsync();
        string account = $"/api/v1/namespaces/{ns}/serviceaccounts";
        string authority = $"/api/v1/namespaces/{ns}/configmaps";

        string uid = (string)(await AppearsAsync(account, "default"))["metadata"]!["uid"]!;
        JsonObject map = await AppearsAsync(authority, "kube-root-ca.crt");
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", (string)map["data"]!["ca.crt"]!, StringComparison.Ordinal);

        (await _admin.DeleteAsync($"{account}/default")).Expect(200);
        Assert.NotEqual(uid, (string)(await AppearsAsync(account, "default", except: uid))["metadata"]!["uid"]!);

        using WatchReader watch = await _admin.WatchAsync($"{authority}?watch=true&fieldSelector=metadata.name=kube-root-ca.crt");
        (await _admin.MergePatchAsync($"{authority}/kube-root-ca.crt", """{"data":{"ca.crt":"forged"}}""")).Expect(200);
        string[] seen = [await DataAsync(watch), await DataAsync(watch), await DataAsync(watch)];
        Assert.Equal("forged", seen[1]);
        Assert.Equal(seen[0], seen[2]);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("kube-system")]
    [InlineData("kube-public")]
    public async Task Namespace_ThatEverythingReliesOn_CannotBeDeleted(string name) =>
        Assert.Equal(
            $"namespaces \"{name}\" is forbidden: this namespace may not be deleted",
            (await _admin.DeleteAsync($"/api/v1/namespaces/{name}")).ExpectFailure(403, "Forbidden").Message);

    [Fact]
    public async Task Namespace_OfNodeLeases_IsThere() => (await _admin.GetAsync("/api/v1/namespaces/kube-node-lease")).Expect(200);

    private static async Task<string> DataAsync(WatchReader watch) => (string)(await watch.NextAsync())!["object"]!["data"]!["ca.crt"]!;

    private async Task<JsonObject> AppearsAsync(string path, string name, string? except = null)
    {
        using WatchReader watch = await _admin.WatchAsync($"{path}?watch=true&fieldSelector=metadata.name={name}");
        while (true)
        {
            JsonObject item = (await watch.NextAsync())!;
            if ((string)item["type"]! == "ADDED" && (string)item["object"]!["metadata"]!["uid"]! != except)
            {
                return (JsonObject)item["object"]!;
            }
        }
    }
}
