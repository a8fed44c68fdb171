using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Security.Rbac;

public sealed class BootstrapPolicyTests
{
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";

    [Fact]
    public async Task Start_CompletesWhatIsMissingAndKeepsWhatIsProtected()
    {
        using var directory = new TempDirectory();
        await using (var first = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path }))
        {
            using ApiClient admin = await StartAsync(first);
            (await admin.JsonPatchAsync($"{Rbac}/clusterroles/system:basic-user", """[{"op":"remove","path":"/rules/0"},{"op":"remove","path":"/metadata/labels"}]""")).Expect(200);
            (await admin.MergePatchAsync($"{Rbac}/clusterroles/system:discovery", """{"metadata":{"annotations":{"rbac.authorization.kubernetes.io/autoupdate":"false"}},"rules":[]}""")).Expect(200);
            (await admin.MergePatchAsync($"{Rbac}/clusterrolebindings/lodestone:viewer", """{"subjects":[{"kind":"User","name":"carol"}]}""")).Expect(200);
            (await admin.DeleteAsync($"{Rbac}/clusterrolebindings/lodestone:agent")).Expect(200);
            (await admin.DeleteAsync($"{Rbac}/clusterrolebindings/lodestone:controller")).Expect(200);
            (await admin.PostAsync($"{Rbac}/clusterrolebindings", """
                {"metadata":{"name":"lodestone:controller"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},"subjects":[]}
                """)).Expect(201);
        }

        await using var second = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path });
        using ApiClient again = await StartAsync(second);

        JsonObject basic = (await again.GetAsync($"{Rbac}/clusterroles/system:basic-user")).Expect(200).Json;
        Assert.Contains("selfsubjectrulesreviews", basic["rules"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("rbac-defaults", (string?)basic["metadata"]!["labels"]!["kubernetes.io/bootstrapping"]);
        Assert.Null((await again.GetAsync($"{Rbac}/clusterroles/system:discovery")).Expect(200).Json["rules"]?.AsArray().FirstOrDefault());
        JsonArray subjects = (await again.GetAsync($"{Rbac}/clusterrolebindings/lodestone:viewer")).Expect(200).Json["subjects"]!.AsArray();
        Assert.Equal(["carol", "lodestone:viewers"], subjects.Select(s => (string?)s!["name"]));
        (await again.GetAsync($"{Rbac}/clusterrolebindings/lodestone:agent")).Expect(200);
        JsonObject controller = (await again.GetAsync($"{Rbac}/clusterrolebindings/lodestone:controller")).Expect(200).Json;
        Assert.Equal("lodestone:controller", (string?)controller["roleRef"]!["name"]);
    }

    [Fact]
    public async Task Start_WhereNothingIsMissing_WritesNothing()
    {
        using var directory = new TempDirectory();
        string version;
        await using (var first = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path }))
        {
            using ApiClient admin = await StartAsync(first);
            version = await AggregatedAsync(admin);
        }

        await using var second = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path });
        using ApiClient again = await StartAsync(second);

        Assert.Equal(version, await AggregatedAsync(again));
    }

    [Fact]
    public async Task AggregatedRoles_ShowWhatTheyAllow()
    {
        using var directory = new TempDirectory();
        await using var server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path });
        using ApiClient admin = await StartAsync(server);
        await AggregatedAsync(admin);

        string rules = (await admin.GetAsync($"{Rbac}/clusterroles/admin")).Expect(200).Json["rules"]!.ToJsonString();

        Assert.Contains("rolebindings", rules, StringComparison.Ordinal);
        Assert.Contains("loadbalancers", rules, StringComparison.Ordinal);
        Assert.Contains("serviceaccounts/token", rules, StringComparison.Ordinal);
    }

    private static async Task<ApiClient> StartAsync(LodestoneApiServer server)
    {
        await server.StartAsync(TestContext.Current.CancellationToken);
        return ApiClient.FromKubeconfig(File.ReadAllText(server.KubeconfigPath));
    }

    /// <summary>Waits until the three aggregated roles have their rules, and tells the version the roles are at then.</summary>
    private static async Task<string> AggregatedAsync(ApiClient admin)
    {
        var waiting = new HashSet<string> { "admin", "edit", "view" };
        using WatchReader watch = await admin.WatchAsync($"{Rbac}/clusterroles?watch=true");
        while (waiting.Count > 0)
        {
            JsonObject item = (await watch.NextAsync())!["object"]!.AsObject();
            if (item["rules"] is JsonArray { Count: > 0 })
            {
                waiting.Remove((string)item["metadata"]!["name"]!);
            }
        }

        return string.Join(',', (await admin.GetAsync($"{Rbac}/clusterroles")).Expect(200).Json["items"]!.AsArray().Select(i => (string)i!["metadata"]!["resourceVersion"]!));
    }
}
