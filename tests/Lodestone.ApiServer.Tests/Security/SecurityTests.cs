using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Tests.Security;

[SupportedOSPlatform("linux")]
public sealed class SecurityTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public void Files_WithKeys_AreForTheirOwnerOnly()
    {
        foreach (string name in (string[])["ca.key", "server.key", "kubeconfig"])
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(server.DataDirectory, name)));
        }
    }

    [Theory]
    [InlineData("/version", 200)]
    [InlineData("/livez", 200)]
    [InlineData("/readyz?verbose", 200)]
    [InlineData("/healthz/ping", 200)]
    [InlineData("/api", 401)]
    [InlineData("/api/v1/namespaces", 401)]
    public async Task Anonymous_MayAskForHealthAndVersionOnly(string path, int code)
    {
        using ApiClient nobody = ApiClient.FromKubeconfig(File.ReadAllText(server.Server.KubeconfigPath), isAnonymous: true);

        (await nobody.GetAsync(path)).Expect(code);
    }

    [Fact]
    public async Task Certificate_OfAnotherAuthority_IsUnauthorized()
    {
        using var directory = new TempDirectory();
        using var other = Credentials.Open(directory.Path);
        string forged = other.IssueKubeconfig(server.Server.Url, "lodestone:admin", ["system:masters"]);
        forged = forged.Replace(Authority(forged), Authority(File.ReadAllText(server.Server.KubeconfigPath)), StringComparison.Ordinal);
        using ApiClient forger = ApiClient.FromKubeconfig(forged);

        (await forger.GetAsync("/api/v1/namespaces")).ExpectFailure(401, "Unauthorized");
    }

    [Fact]
    public async Task Controller_WritesWhatItDeclares()
    {
        string ns = await server.NamespaceAsync();
        using ApiClient controller = ApiClient.FromKubeconfig(server.Server.Credentials.IssueControllerKubeconfig(server.Server.Url));

        (await controller.PostAsync(Samples.LoadBalancers(ns), Samples.LoadBalancer("a"))).ExpectFailure(403, "Forbidden");
        (await server.Admin.PostAsync(Samples.LoadBalancers(ns), Samples.LoadBalancer("a"))).Expect(201);
        (await controller.MergePatchAsync($"{Samples.LoadBalancers(ns)}/a/status", """{"status":{"ips":["203.0.113.1"]}}""")).Expect(200);
        (await controller.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"x"}}""")).ExpectFailure(403, "Forbidden");
        (await controller.GetAsync("/api/v1/namespaces")).Expect(200);
    }

    [Theory]
    [InlineData("LIST?fieldSelector=metadata.name%3Da", 200)]
    [InlineData("LIST?fieldSelector=metadata.name%3D%3Da&limit=1", 200)]
    [InlineData("LIST?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Da", 200)]
    [InlineData("LIST/a", 200)]
    [InlineData("LIST/a?watch=true&timeoutSeconds=1", 200)]
    [InlineData("LIST", 403)]
    [InlineData("LIST/b", 403)]
    [InlineData("LIST?fieldSelector=metadata.name%3Db", 403)]
    [InlineData("LIST?fieldSelector=metadata.name%21%3Da", 403)]
    [InlineData("LIST?fieldSelector=metadata.namespace%3Da", 403)]
    [InlineData("LIST?fieldSelector=metadata.name%3Da&fieldSelector=metadata.name%3Db", 403)]
    [InlineData("LIST?watch=true&fieldSelector=metadata.name%3Db", 403)]
    public async Task Names_OfARule_CountForListsThatSelectOneName(string path, int code)
    {
        const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
        string ns = await server.NamespaceAsync();
        (await server.Admin.PostAsync($"{Rbac}/namespaces/{ns}/roles", """
            {"metadata":{"name":"one"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"resourceNames":["a"],"verbs":["get","list","watch"]}]}
            """)).Expect(201);
        (await server.Admin.PostAsync($"{Rbac}/namespaces/{ns}/rolebindings", $$$"""
            {"metadata":{"name":"one"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"one"},"subjects":[{"kind":"User","name":"{{{ns}}}"}]}
            """)).Expect(201);
        foreach (string name in (string[])["a", "b"])
        {
            (await server.Admin.PostAsync($"/api/v1/namespaces/{ns}/configmaps", $$$"""{"metadata":{"name":"{{{name}}}"}}""")).Expect(201);
        }

        using ApiClient user = ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, ns, []));

        ApiAnswer answer = (await user.GetAsync(path.Replace("LIST", $"/api/v1/namespaces/{ns}/configmaps", StringComparison.Ordinal))).Expect(code);

        Assert.DoesNotContain("\"name\":\"b\"", answer.Text.Replace("\"details\":{\"name\":\"b\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Viewer_SeesEverythingButSecrets()
    {
        using ApiClient viewer = ApiClient.FromKubeconfig(server.Server.Credentials.IssueUserKubeconfig(server.Server.Url, "vera", isAdmin: false));

        (await viewer.GetAsync("/apis/networking.ironcore.dev/v1alpha1/loadbalancers")).Expect(200);
        (await viewer.GetAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles")).Expect(200);
        (await viewer.GetAsync("/metrics")).Expect(200);
        (await viewer.GetAsync("/api/v1/secrets")).ExpectFailure(403, "Forbidden");
        (await viewer.PostAsync(Samples.LoadBalancers("default"), Samples.LoadBalancer("x"))).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public async Task LodestoneAdmin_AdministersButBecomesNobodyElse()
    {
        string ns = await server.NamespaceAsync();
        using ApiClient admin = ApiClient.FromKubeconfig(server.Server.Credentials.IssueUserKubeconfig(server.Server.Url, "ada", isAdmin: true));
        using ApiClient asMaster = ApiClient.FromKubeconfig(server.Server.Credentials.IssueUserKubeconfig(server.Server.Url, "ada", isAdmin: true));
        asMaster.With("Impersonate-User", "lodestone:admin").With("Impersonate-Group", "system:masters");

        (await admin.PostAsync(Samples.LoadBalancers(ns), Samples.LoadBalancer("x"))).Expect(201);
        (await admin.GetAsync("/api/v1/secrets")).Expect(200);
        (await admin.PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{ns}}}-2"}}""")).Expect(201);
        (await admin.PostAsync("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
            {"metadata":{"name":"ada"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},"subjects":[{"kind":"User","name":"ada"}]}
            """)).ExpectFailure(403, "Forbidden");
        (await asMaster.GetAsync("/api/v1/secrets")).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public async Task Restart_KeepsAuthorityAndObjects()
    {
        using var directory = new TempDirectory();
        string kubeconfig;
        await using (var first = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path }))
        {
            await first.StartAsync(TestContext.Current.CancellationToken);
            kubeconfig = File.ReadAllText(first.KubeconfigPath);
            using ApiClient admin = ApiClient.FromKubeconfig(kubeconfig);
            (await admin.PostAsync(Samples.LoadBalancers("default"), Samples.LoadBalancer("a"))).Expect(201);
        }

        await using var second = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path });
        await second.StartAsync(TestContext.Current.CancellationToken);
        string address = Regex.Match(kubeconfig, @"server:\s*(\S+)").Groups[1].Value;
        using ApiClient again = ApiClient.FromKubeconfig(kubeconfig.Replace(address, second.Url.ToString(), StringComparison.Ordinal));

        (await again.GetAsync($"{Samples.LoadBalancers("default")}/a")).Expect(200);
    }

    private static string Authority(string kubeconfig) => Regex.Match(kubeconfig, @"certificate-authority-data:\s*(\S+)").Groups[1].Value;
}
