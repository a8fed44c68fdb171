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
    public async Task Agent_WritesItsOwnHostOnly()
    {
        using ApiClient agent = ApiClient.FromKubeconfig(server.Server.Credentials.IssueAgentKubeconfig(server.Server.Url, "host-b"));
        const string Hosts = "/apis/lodestone.dev/v1alpha1/hosts";

        (await agent.PostAsync(Hosts, Samples.Host("host-b"))).Expect(201);
        (await agent.MergePatchAsync($"{Hosts}/host-b/status", "{}")).Expect(200);
        ApiAnswer created = (await agent.PostAsync(Hosts, Samples.Host("host-c"))).ExpectFailure(403, "Forbidden");
        (await server.Admin.PostAsync(Hosts, Samples.Host("host-c"))).Expect(201);
        ApiAnswer patched = (await agent.MergePatchAsync($"{Hosts}/host-c", "{}")).ExpectFailure(403, "Forbidden");
        (await agent.DeleteAsync($"{Hosts}/host-c")).ExpectFailure(403, "Forbidden");

        Assert.Contains("may only create the one named \"host-b\"", created.Message, StringComparison.Ordinal);
        Assert.Equal(
            "hosts.lodestone.dev \"host-c\" is forbidden: User \"lodestone:agent:host-b\" cannot patch resource \"hosts\" in API group \"lodestone.dev\" at the cluster scope",
            patched.Message);
    }

    [Fact]
    public async Task Agent_ReadsWhatItNeedsAndReportsNics()
    {
        string ns = await server.NamespaceAsync();
        string nics = $"/apis/networking.ironcore.dev/v1alpha1/namespaces/{ns}/networkinterfaces";
        string leases = $"/apis/coordination.k8s.io/v1/namespaces/{ns}/leases";
        (await server.Admin.PostAsync(nics, """
            {"metadata":{"name":"nic-1"},"spec":{"networkRef":{"name":"net-a"},"ipFamilies":["IPv4"],"ips":[{"value":"10.0.0.5"}]}}
            """)).Expect(201);
        using ApiClient agent = ApiClient.FromKubeconfig(server.Server.Credentials.IssueAgentKubeconfig(server.Server.Url, "host-x"));

        (await agent.GetAsync(nics)).Expect(200);
        (await agent.MergePatchAsync($"{nics}/nic-1/status", """{"status":{"state":"Available"}}""")).Expect(200);
        (await agent.MergePatchAsync($"{nics}/nic-1", "{}")).ExpectFailure(403, "Forbidden");
        ApiAnswer refused = (await agent.PostAsync(Samples.LoadBalancers(ns), Samples.LoadBalancer("a"))).ExpectFailure(403, "Forbidden");
        (await agent.PostAsync(leases, """{"metadata":{"name":"host-y"}}""")).ExpectFailure(403, "Forbidden");
        (await agent.PostAsync(leases, """{"metadata":{"name":"host-x"},"spec":{"holderIdentity":"host-x"}}""")).Expect(201);

        Assert.Equal(
            $"loadbalancers.networking.ironcore.dev is forbidden: User \"lodestone:agent:host-x\" cannot create resource \"loadbalancers\" in API group \"networking.ironcore.dev\" in the namespace \"{ns}\"",
            refused.Message);
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
