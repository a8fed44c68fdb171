using System.Text.Json.Nodes;
using Lodestone.Clients.Tests.Http;

namespace Lodestone.Clients.Tests.Helm;

/// <summary>
/// What Helm sends, request by request, as its documentation and source describe it: Helm 4 is in no package source we have, so these
/// are written, not recorded. Helm 3 creates and patches (three-way: strategic for Kubernetes' own kinds, merge for others); Helm 4 applies on the server.
/// </summary>
public sealed class HelmTests(ServerFixture server) : IDisposable
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf,application/json";
    private readonly RawClient _client = new(server.Kubeconfig);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Helm3_InstallUpgradeRollbackUninstall()
    {
        string ns = await NamespaceAsync();
        string secrets = $"/api/v1/namespaces/{ns}/secrets";
        string lbs = $"/apis/networking.ironcore.dev/v1alpha1/namespaces/{ns}/loadbalancers";
        string maps = $"/api/v1/namespaces/{ns}/configmaps";

        // Install: is there a release of the name? Are the objects there? Record as pending, create, record as deployed.
        await _client.ExpectAsync(200, "GET", "/version");
        JsonNode none = await _client.ExpectAsync(200, "GET", secrets + "?labelSelector=name%3Dshop%2Cowner%3Dhelm", accept: Protobuf);
        Assert.Empty(none["items"]!.AsArray());
        await _client.ExpectAsync(404, "GET", $"{lbs}/web");
        await _client.ExpectAsync(404, "GET", $"{maps}/settings");
        JsonNode release = await _client.ExpectAsync(201, "POST", secrets, Release(1, "pending-install"), accept: Protobuf);
        await _client.ExpectAsync(201, "POST", lbs + "?fieldManager=helm", Managed(ServerFixture.LoadBalancer("web")));
        await _client.ExpectAsync(201, "POST", maps + "?fieldManager=helm", Managed(Map("1")));
        await _client.ExpectAsync(200, "PUT", $"{secrets}/sh.helm.release.v1.shop.v1", Release(1, "deployed", Version(release)), accept: Protobuf);

        // Upgrade.
        JsonNode deployed = await _client.ExpectAsync(200, "GET", secrets + "?labelSelector=name%3Dshop%2Cowner%3Dhelm%2Cstatus+in+%28deployed%29", accept: Protobuf);
        Assert.Single(deployed["items"]!.AsArray());
        await _client.ExpectAsync(201, "POST", secrets, Release(2, "pending-upgrade"), accept: Protobuf);
        JsonNode patched = await _client.ExpectAsync(
            200, "PATCH", $"{maps}/settings?fieldManager=helm", """{"data":{"a":null,"b":"2"}}""", "application/strategic-merge-patch+json");
        JsonNode changed = await _client.ExpectAsync(
            200, "PATCH", $"{lbs}/web?fieldManager=helm", """{"spec":{"ports":[{"port":8443,"protocol":"TCP"}]}}""", "application/merge-patch+json");
        await _client.ExpectAsync(200, "PUT", $"{secrets}/sh.helm.release.v1.shop.v1", Release(1, "superseded"), accept: Protobuf);
        await _client.ExpectAsync(200, "PUT", $"{secrets}/sh.helm.release.v1.shop.v2", Release(2, "deployed"), accept: Protobuf);
        Assert.Equal("""{"b":"2"}""", patched["data"]!.ToJsonString());
        Assert.Equal(8443, (int)changed["spec"]!["ports"]![0]!["port"]!);

        // Uninstall: foreground or background, then the records go.
        await _client.ExpectAsync(200, "DELETE", $"{lbs}/web", """{"propagationPolicy":"Background"}""");
        await _client.ExpectAsync(200, "DELETE", $"{maps}/settings", """{"propagationPolicy":"Background"}""");
        await _client.ExpectAsync(404, "GET", $"{lbs}/web");
        await _client.ExpectAsync(200, "DELETE", $"{secrets}/sh.helm.release.v1.shop.v1");
        await _client.ExpectAsync(200, "DELETE", $"{secrets}/sh.helm.release.v1.shop.v2");
    }

    [Fact]
    public async Task Helm4_InstallUpgrade_AppliesOnTheServer()
    {
        string ns = await NamespaceAsync();
        string lb = $"/apis/networking.ironcore.dev/v1alpha1/namespaces/{ns}/loadbalancers/web";
        const string Apply = "?fieldManager=helm&fieldValidation=Strict&force=false";
        const string Type = "application/apply-patch+yaml";

        await _client.ExpectAsync(201, "PATCH", lb + Apply, Managed(ServerFixture.LoadBalancer("web")), Type);
        JsonNode upgraded = await _client.ExpectAsync(200, "PATCH", lb + Apply, Managed(ServerFixture.LoadBalancer("web", port: 8443)), Type);
        await _client.ExpectAsync(400, "PATCH", lb + Apply, Managed(ServerFixture.LoadBalancer("web")).Replace("\"type\"", "\"kind\":1,\"type\"", StringComparison.Ordinal), Type);

        Assert.Equal(8443, (int)upgraded["spec"]!["ports"]![0]!["port"]!);
        Assert.Equal("Helm", (string?)upgraded["metadata"]!["labels"]!["app.kubernetes.io/managed-by"]);
    }

    private static string Release(int version, string status, string? resourceVersion = null) => $$$"""
        {"kind":"Secret","apiVersion":"v1","metadata":{"name":"sh.helm.release.v1.shop.v{{{version}}}",{{{(resourceVersion is null ? "" : $"\"resourceVersion\":\"{resourceVersion}\",")}}}
         "labels":{"modifiedAt":"1764000000","name":"shop","owner":"helm","status":"{{{status}}}","version":"{{{version}}}"}},
         "data":{"release":"SDRzSUFBQUFBQUFDLw=="},"type":"helm.sh/release.v1"}
        """;

    private static string Map(string value) => $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","labels":{}},"data":{"a":"{{{value}}}"}}""";

    private static string Managed(string manifest)
    {
        JsonNode node = JsonNode.Parse(manifest)!;
        node["metadata"]!["labels"]!["app.kubernetes.io/managed-by"] = "Helm";
        node["metadata"]!["annotations"] = new JsonObject { ["meta.helm.sh/release-name"] = "shop", ["meta.helm.sh/release-namespace"] = "default" };
        return node.ToJsonString();
    }

    private static string Version(JsonNode item) => (string)item["metadata"]!["resourceVersion"]!;

    private async Task<string> NamespaceAsync() =>
        (string)(await _client.ExpectAsync(201, "POST", "/api/v1/namespaces", """{"metadata":{"generateName":"helm-"}}"""))["metadata"]!["name"]!;
}
