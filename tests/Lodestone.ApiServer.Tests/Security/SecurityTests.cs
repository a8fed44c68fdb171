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
    public async Task Controller_WritesOurKindsButNoNamespaces()
    {
        string ns = await server.NamespaceAsync();
        using ApiClient controller = ApiClient.FromKubeconfig(server.Server.Credentials.IssueControllerKubeconfig(server.Server.Url));

        (await controller.PostAsync(Samples.LoadBalancers(ns), Samples.LoadBalancer("a"))).Expect(201);
        (await controller.MergePatchAsync($"{Samples.LoadBalancers(ns)}/a/status", """{"status":{"ips":["203.0.113.1"]}}""")).Expect(200);
        (await controller.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"x"}}""")).ExpectFailure(403, "Forbidden");
        (await controller.GetAsync("/api/v1/namespaces")).Expect(200);
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
